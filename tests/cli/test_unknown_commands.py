"""A command that there isn't: what is alike is named, or what could have been said."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sqlclap.cli import main

CASES = {
    ("favourit", "add"): "did you mean `sqlclap favourite`?",
    ("index", "buid", "sounds.db"): "did you mean `sqlclap index build`?",
    ("favourite", "sounds.db"): "expected add, list or remove after `sqlclap favourite`",
    ("sounds.db",): "`sqlclap --help` lists them",
}


@pytest.mark.parametrize("given", CASES)
def test_an_unknown_command_says_what_could_be_meant(given: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*given])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].endswith(CASES[given])


def test_it_says_so_in_json_where_that_is_asked_for() -> None:
    done = CliRunner().invoke(main, ["index", "sounds.db", "--json"])
    told = json.loads(done.stderr)
    assert told["code"] == "usage"
    assert "expected build, drop, status or verify" in told["error"]
