"""Errors of commands that were asked for JSON: one object on standard error, and no output.

`test_hostile_libraries` calls every command so, with what is no library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import Result

from tests.cli.running import run
from tests.support.command_tree import Leaf, leaves

LEAVES = [leaf for leaf in leaves() if leaf.for_programs]


def told(result: Result) -> dict[str, Any]:
    """Return the error, which comes after all notes."""
    assert result.stdout == ""
    error: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])
    assert list(error) == ["error", "code"]
    return error


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_every_command_tells_of_a_wrong_option_as_json(leaf: Leaf) -> None:
    library = ["x.db"] if leaf.takes_library else []
    plain = run(*leaf.words, *library, "--no-such")
    asked = run(*leaf.words, *library, "--json", "--no-such")
    assert plain.exit_code == asked.exit_code == 2
    assert "Error: No such option '--no-such'" in plain.stderr
    assert told(asked)["code"] == "usage"
    assert "No such option '--no-such'" in told(asked)["error"]


def test_the_code_is_that_of_the_pages_api(scene: Mapping[str, Path]) -> None:
    library = scene["library"]
    for command, code, status in (
        (("label", "show", library, "nothing"), "unknown_label", 1),
        (("similar", library, "nothing.wav"), "unknown_sound", 1),
        (("search", library, "kick", "--where", "nothing ="), "query", 1),
        (("query", library, "SELEC"), "query", 1),
        (("info", library.parent / "gone.db"), "library", 1),
        (("search", library, "kick", "-n", "many"), "usage", 2),
        (("sources", "remove", library, scene["a folder"]), "failed", 1),  # not confirmed
    ):
        asked = run(*command, "--json", stdin=b"n\n")
        assert (told(asked)["code"], asked.exit_code) == (code, status), command


def test_lines_of_json_have_such_errors_too_and_a_search_for_the_words_has_not(
    scene: Mapping[str, Path],
) -> None:
    library = scene["library"]
    assert told(run("similar", library, "nothing.wav", "--nl"))["code"] == "unknown_sound"
    plain = run("similar", "--", library, "--json")
    assert plain.stderr.startswith("Error: '--json' is neither a sample id")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_can_not_be_written_is_told_as_json(scene: Mapping[str, Path]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "sqlclap", "info", scene["library"], "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=os.environ | {"SQLCLAP_HOME": str(scene["library"].parent)},
        )
    assert ended.returncode == 1
    assert "standard output can't be written" in json.loads(ended.stderr)["error"]


def _of_a_module_in_c() -> ImportError:
    error = ImportError("initialization failed")
    error.__cause__ = KeyboardInterrupt()
    return error


def _of_a_file_half_written() -> ValueError:
    error = ValueError("can't close the archive")
    error.__context__ = RuntimeError("interrupted")
    error.__context__.__context__ = KeyboardInterrupt()
    return error


@pytest.mark.parametrize(
    "ended", [KeyboardInterrupt(), _of_a_module_in_c(), _of_a_file_half_written()], ids=repr
)
def test_ctrl_c_is_ctrl_c_whatever_error_came_of_it(
    ended: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(name: str) -> NoReturn:
        raise ended

    monkeypatch.setattr("sqlclap.cli.import_module", stop)
    plain = run("ingest", "x.db", "sounds")
    assert (plain.exit_code, plain.stdout, plain.stderr) == (130, "", "stopped\n")
    asked = run("ingest", "x.db", "sounds", "--json")
    assert (asked.exit_code, told(asked)) == (130, {"error": "stopped", "code": "stopped"})
