"""Every option and argument of every command, given what nobody means."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from sqlclap import watching
from tests.cli.running import run
from tests.support.command_tree import LIBRARY_NAMES, Leaf, leaves

NUMBERS = ("nan", "inf", "-1", "0", "1e-320", "99999999999999999999", "")
TEXTS = ("", "\udce9", "a" * 5000, "[", "\x1b[31m", "\n")
# They measure for long, or fetch from elsewhere: the same options as other commands'.
NOT_TRIED = ("bench", "models pull", "models export")
COMMANDS = [leaf for leaf in leaves() if not leaf.name.startswith(NOT_TRIED)]


def hostile_calls(leaf: Leaf, given: Mapping[str, Path]) -> Iterator[list[str]]:
    """Call a command with each hostile value in each place that takes one."""
    for one in leaf.command.params:
        is_flag = isinstance(one, click.Option) and one.is_flag
        if is_flag or one.name is None or (one.name in LIBRARY_NAMES and one.required):
            continue
        is_number = isinstance(one.type, click.types.IntParamType | click.types.FloatParamType)
        for value in NUMBERS if is_number else TEXTS:
            if isinstance(one, click.Argument):
                yield leaf.call({**given, one.name: value})
            else:
                called, start = leaf.call(given), len(leaf.words)
                values = [value] * one.nargs
                yield [*called[:start], one.opts[0], *values, *called[start:]]


@pytest.mark.parametrize("leaf", COMMANDS, ids=lambda leaf: leaf.name)
def test_a_hostile_value_is_answered_or_refused_in_one_line(
    leaf: Leaf, scene: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    monkeypatch.setattr(watching.Watcher, "_watch_those_there", lambda _, stop: stop.set())
    here = Path(shutil.copytree(scene["a folder"], tmp_path / "here"))
    monkeypatch.chdir(here)  # which an empty path must not stand for
    library = Path(shutil.copyfile(scene["library"], tmp_path / "sounds.db"))
    for call in hostile_calls(leaf, {**scene, "library": library}):
        result = run(*call, stdin=b"")
        assert result.exit_code in (0, 1, 2), call
        assert "\x1b" not in result.stderr, call
        if result.exit_code == 2:
            assert result.stderr.startswith("Usage: "), call
        if result.exit_code == 1 and leaf.name != "index verify":
            assert result.stderr.splitlines()[-1].startswith("Error: "), call
            assert result.stdout == "", call
    files = [path for path in here.iterdir() if path.is_file()]  # folders may be what was asked for
    assert sorted(path.suffix for path in files) == [".wav"] * 4


@pytest.mark.parametrize(
    "arguments",
    [("ingest", "LIBRARY", ""), ("sources", "remove", "LIBRARY", "", "--yes"), ("search", "", "x")],
    ids=lambda arguments: arguments[0],
)
def test_an_empty_path_is_not_the_current_folder(
    scene: Mapping[str, Path], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    library = Path(shutil.copyfile(scene["library"], tmp_path / "sounds.db"))
    result = run(*(str(library) if one == "LIBRARY" else one for one in arguments))
    assert result.exit_code == 1
    assert "is empty: expected a path" in result.stderr


def test_serving_on_an_empty_address_is_not_serving_on_all(scene: Mapping[str, Path]) -> None:
    result = run("serve", scene["library"], "--host", "", "--no-browser")
    assert result.exit_code == 1
    assert "it is empty; try --host 127.0.0.1" in result.stderr
