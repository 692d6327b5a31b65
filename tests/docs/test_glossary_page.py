"""The glossary names every table, every command and every name that has changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sqlclap
from sqlclap.deprecated import renamed_names
from tests.support.command_tree import leaves
from tests.support.fake_bundle import build_fake_bundle

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TERMS = [row for row in ROW.findall(PAGE.partition("## Former names")[0]) if row[0] != "term"]
COMMANDS = sorted({leaf.words[0] for leaf in leaves()})


def quoted(text: str) -> set[str]:
    """Return what stands in backticks."""
    return set(re.findall(r"`([^`]+)`", text))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_by_the_term_that_it_is_about(command: str) -> None:
    shown = quoted(" ".join(where for _, _, where in TERMS))
    assert shown & {f"sqlclap {command}", command}, f"no term of docs/glossary.md shows {command}"


def test_every_table_is_told_by_the_term_that_it_holds(tmp_path: Path) -> None:
    bundle = build_fake_bundle(tmp_path / "bundle")
    with sqlclap.open(tmp_path / "library.db", model=str(bundle)) as library:
        rows = library.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND name NOT LIKE 'vec_%' AND name NOT LIKE 'sound\\_words\\__%' ESCAPE '\\'"
        ).fetchall()
    shown = quoted(" ".join(where for _, _, where in TERMS))
    assert {str(row[0]) for row in rows} - shown == set()


def test_terms_are_defined_once() -> None:
    names = [name for terms, _, _ in TERMS for name in terms.split(", ")]
    assert len(names) == len(set(names))
    assert len(names) > 60


def test_renamed_names_are_all_there() -> None:
    renamed = renamed_names()
    assert ("sqlclap.labels.Ballot", "sqlclap.labels.votes.CastVote") in renamed
    for former, present in renamed:
        assert f"| `{former}` | `{present}` |" in PAGE
