"""Every command, given a file that is no library, is damaged, locked or can't be written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import Result

import sqlclap
from sqlclap.library import connection
from tests.cli.running import run
from tests.support.command_tree import Leaf, leaves
from tests.support.hostile_files import NO_DATABASE, state_of
from tests.support.sounds import noise, tone, write_sound

COMMANDS = [leaf for leaf in leaves() if leaf.takes_library]
MAKING = ("ingest", "explore")
"""Commands that make a library where there is none."""

every_command = pytest.mark.parametrize("leaf", COMMANDS, ids=lambda leaf: leaf.name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A library that is whole, the folder that it was filled from, and a file of another kind."""
    folder = tmp_path_factory.mktemp("scene")
    for hz in (110, 220, 440, 880):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    write_sound(folder / "sounds" / "noise.wav", noise(1))
    (folder / "labels.json").write_text('{"format": "sqlclap-labels", "version": 1, "labels": []}')
    with sqlclap.open(folder / "good.db") as library:
        library.ingest([folder / "sounds"])
        library.labels.add("kick")
        library.labels.add_anchors("kick", [1, 2])
    return {
        "library": folder / "good.db",
        "a folder": folder / "sounds",
        "a file": folder / "labels.json",
    }


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would be served until Ctrl-C; and no one waits for a lock."""
    import uvicorn

    calls: list[object] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: calls.append(1))
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 1)
    return calls


def check_refusal(result: Result, path: Path) -> None:
    """One line that names the file, exit code 1, nothing on standard output."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert _shown_name(path) in result.stderr
    assert len(result.stderr) < 1000, "a line that nobody reads"


def _shown_name(path: Path) -> str:
    if len(str(path)) > 250:
        return str(path)[:20]
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
    return name.replace("\n", "\\n").replace("\0", "\\x00")


def calls_of(leaf: Leaf, given: Mapping[str, str | Path]) -> Iterator[list[str]]:
    """Call a command as people do, and for programs."""
    called = leaf.call(given)
    yield called
    if leaf.for_programs:
        yield [*leaf.words, *leaf.for_programs, *called[len(leaf.words) :]]


@every_command
def test_what_is_no_library_is_refused_in_one_line(
    leaf: Leaf, scene: Mapping[str, Path], tmp_path: Path
) -> None:
    wrong = []
    for kind, (name, make) in NO_DATABASE.items():
        home = tmp_path / kind.replace(" ", "-").replace("'", "")
        home.mkdir()
        path = home / name
        make(path, scene["library"])
        before = state_of(tmp_path)
        for call in calls_of(leaf, {**scene, "library": path}):
            try:
                check_refusal(run(*call, stdin=b""), path)
                assert state_of(tmp_path) == before, "something was made or changed"
            except Exception as error:
                wrong.append(f"{kind}: {call}: {type(error).__name__}: {error}")
            except AssertionError as error:
                wrong.append(f"{kind}: {error}")
    assert not wrong, "\n".join(wrong)
