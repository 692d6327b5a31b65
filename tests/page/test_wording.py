"""Errors on the page have codes, and name neither a command of a terminal nor a path."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from datasette_sqlclap.responses import RefusedError, error_answer, status_of
from datasette_sqlclap.wording import (
    BY_STATUS,
    code_of_kind,
    names_command,
    without_commands,
    without_paths,
    worded,
)

import sqlclap
from sqlclap.errors import LibraryBusyError, NoAnchorsError, SqlclapError
from tests.page.visiting import Site

HOUSE = Path(sqlclap.__file__).parent
PLUGIN = HOUSE.parent / "datasette_plugins" / "datasette_sqlclap"
SCRIPTS = PLUGIN / "frontend" / "src"


def kinds(of: type[SqlclapError] = SqlclapError) -> Iterator[type[SqlclapError]]:
    yield of
    for below in of.__subclasses__():
        yield from kinds(below)


KINDS = [kind for kind in dict.fromkeys(kinds()) if kind.__module__ == "sqlclap.errors"]


def messages(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what errors are raised with, with an x for each value, and where."""
    for file in sorted(folder.rglob("*.py")):
        if file.is_relative_to(HOUSE / "cli"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            for argument in node.exc.args:
                yield f"{file.relative_to(HOUSE.parent)}:{node.lineno}", text_of(argument)


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(one) for one in node.values)
    return "x"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_error_has_a_code_and_no_command_or_path(kind: type[SqlclapError]) -> None:
    for text in (
        "/home/ana/my.db is odd: run `sqlclap doctor --repair /home/ana/my.db`",
        "`sqlclap ingest /home/ana` comes first",
        "pip install 'sqlclap[map]' (in /opt/venv/lib/python3.11)",
    ):
        answer = error_answer(kind(text))
        told = json.loads(answer.body or "")
        assert 400 <= answer.status < 600
        assert told["code"] == code_of_kind(kind)
        assert told["error"]
        assert not names_command(told["error"])
        assert "/home" not in told["error"]
        assert "/opt" not in told["error"]


def test_codes_are_unlike() -> None:
    codes = [*map(code_of_kind, KINDS), *BY_STATUS.values()]
    assert len(KINDS) > 50
    assert len({*codes}) == len(codes)


def test_whatever_is_raised_can_be_told_on_a_page() -> None:
    found = [*messages(HOUSE)]
    named = [(where, text) for where, text in found if names_command(text)]
    assert len(found) > 400
    assert len(named) > 30
    for where, text in named:
        said = without_commands(text)
        assert not names_command(worded(SqlclapError(text), text)), where
        assert said == said.strip(" ,;:"), where
        assert said.count("(") == said.count(")"), where


def test_the_plugin_itself_names_no_command() -> None:
    assert [where for where, text in messages(PLUGIN) if names_command(text)] == []
    shown = [*(PLUGIN / "templates").glob("*.html"), *SCRIPTS.rglob("*.ts")]
    assert len(shown) > 80
    for file in shown:
        lines = [line for line in file.read_text().splitlines() if "/** " not in line]
        assert not [line for line in lines if "sqlclap serve" in line or "“sqlclap" in line], file


WORDS = [
    (
        "label 'x' has no positive anchor with a vector under m: give it examples with "
        "`sqlclap anchor add`, or look at `sqlclap anchor list`",
        "label 'x' has no positive anchor with a vector under m",
    ),
    (
        "x: fit it to its votes (`sqlclap calibrate ... --apply`), ask for less (--target), or tag "
        "all the same (--force)",
        "x: fit it to its votes, ask for less, or tag all the same",
    ),
    (
        "expected a sound that aspects compare with, as `sqlclap similar` takes it; got none",
        "expected a sound that aspects compare with; got none",
    ),
    ("`sqlclap ingest` comes first", ""),
    ("all is well: nothing to do", "all is well: nothing to do"),
]


@pytest.mark.parametrize(("text", "said"), WORDS)
def test_what_names_a_command_is_left_out(text: str, said: str) -> None:
    assert without_commands(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no sound in /home/ana/Some/kick.wav: gone", "no sound in kick.wav: gone"),
        ("in '/srv/a/b/' or ~/x/y.db", "in 'b' or y.db"),
        (r"C:\Users\ana\kick.wav is gone", "kick.wav is gone"),
        ("drums/kick.wav of https://example.org/a/b and 1/2", None),
    ],
)
def test_paths_are_cut_down_to_names(text: str, said: str | None) -> None:
    assert without_paths(text) == (text if said is None else said)


def test_what_helps_on_the_page_is_said_instead() -> None:
    text = "label 'x' has no anchor: make some, `sqlclap anchor add`"
    told = worded(NoAnchorsError(text), text)
    assert told == "label 'x' has no anchor: make some: give it examples under Labels"


def test_refusals_have_codes_of_their_own_or_of_their_status() -> None:
    for refused, code in (
        (RefusedError(404, "gone"), "not_found"),
        (RefusedError(409, "no map", "no_map"), "no_map"),
    ):
        assert json.loads(error_answer(refused).body or "")["code"] == code
    assert status_of(RefusedError(409, "no map", "no_map")) == 409
    held = error_answer(LibraryBusyError("another program holds the write lock"))
    assert (held.status, held.headers["Retry-After"]) == (503, "2")


@pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
def test_the_page_the_api_and_sql_say_the_same(
    site: Site, library: Path, open_site: Callable[..., Site]
) -> None:
    site.local.post("api/labels", {"name": "empty"})
    matched = site.anyone.get("api/matches?label=empty")
    assert (matched.status_code, matched.json()["code"]) == (409, "no_anchors")
    asked = "/sounds/-/query.json" if hasattr(site.datasette, "allowed") else "/sounds.json"
    query = "SELECT clap_matches('empty', 5)"
    in_sql = site.local.get(asked, params={"sql": query}).json()["error"]
    for told in (matched.json()["error"], in_sql):
        assert "no positive anchor" in told
        assert not names_command(told)
        assert str(library.parent) not in told
