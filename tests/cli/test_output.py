"""Tables for people: as wide as the terminal, whatever one path is like."""

from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import sqlclap
from sqlclap.cli.table_output import BETWEEN, NARROWEST, column_limits, cut
from tests.cli.running import rows_of, run, succeed
from tests.support.sounds import tone, write_sound

LETTERS = st.characters(exclude_characters="…", exclude_categories=("C", "M", "Z"))


@given(st.text(LETTERS, max_size=60), st.integers(3, 40))
def test_cut_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    if cell_len(text) > width:
        head, _, tail = shown.partition("…")
        assert text.startswith(head.rstrip())
        assert text.endswith(tail)


@given(st.lists(st.integers(0, 6000), min_size=1, max_size=6), st.integers(1, 300))
def test_columns_fit_where_they_can_and_the_widest_give_way(lengths: list[int], width: int) -> None:
    limits = column_limits(["x"] * len(lengths), [["y" * length for length in lengths]], width)
    room = width - BETWEEN * (len(lengths) - 1)
    assert sum(limits) <= max(room, NARROWEST * len(lengths))
    narrowed = [limit for limit, length in zip(limits, lengths, strict=True) if limit < length]
    assert all(limit >= min(NARROWEST, *narrowed) for limit in narrowed)
    assert len(set(narrowed)) <= 1


@pytest.fixture
def deep(filled: sqlclap.Library, sounds: Path) -> tuple[Path, str]:
    """A library with a sound at the end of a very long path, and that path."""
    path = "/".join(["a long folder name " * 8] * 6) + "/kick.wav"
    write_sound(sounds / path, tone(111))
    filled.ingest([sounds])
    filled.close()
    return filled.path, path


def test_one_long_path_does_not_widen_a_table(deep: tuple[Path, str]) -> None:
    library, path = deep
    printed = succeed("similar", library, "1").splitlines()
    assert max(map(len, printed)) < 300
    (cut_line,) = [line for line in printed if "…" in line]
    assert cut_line.rstrip().endswith("/kick.wav")
    assert path in [row["path"] for row in rows_of("similar", library, "1")]
    rows = csv.DictReader(io.StringIO(succeed("similar", library, "1", "--csv")))
    assert path in [row["path"] for row in rows]


@pytest.mark.parametrize("columns", [60, 100])
def test_a_table_fits_into_the_terminal(deep: tuple[Path, str], columns: int) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "sqlclap", "similar", str(deep[0]), "1"]
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    ended = subprocess.run(command, stdout=slave, env=environment, check=True)
    os.close(slave)
    printed = os.read(master, 100_000).decode()
    os.close(master)
    lines = printed.splitlines()
    assert ended.returncode == 0
    assert len(lines) == 2 + 6
    assert max(cell_len(line.rstrip()) for line in lines if "\x1b" not in line) <= columns


def test_explore_looks_for_what_it_needs_first(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasette", None)
    ended = run("explore", sounds, "--library", tmp_path / "new.db")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "pip install 'sqlclap[datasette]'" in ended.stderr
    assert not (tmp_path / "new.db").exists()
