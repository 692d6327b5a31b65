"""What commands tell other programs of while they work: which phase, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.index.handle import LibraryIndex
from sqlclap.map.clusters import LibraryClusters
from sqlclap.map.maps import LibraryMap
from sqlclap.running_work import RunningWork, running_work, work_file
from sqlclap.watching import Watcher
from tests.cli.running import fail, run, succeed
from tests.support.map_tables import draw_map
from tests.support.sounds import tone, write_sound

Arguments = tuple[Path | str, ...]


@pytest.fixture
def path(filled: sqlclap.Library) -> Path:
    draw_map(filled.path)
    return filled.path


@pytest.fixture
def given(path: Path, fake_bundle: Path) -> Arguments:
    """The library and its model, as commands take them."""
    return (path, "--model", str(fake_bundle))


@contextmanager
def looking(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, path: Path
) -> Iterator[list[RunningWork]]:
    """Note what is told while a method of the library is at work."""
    seen: list[RunningWork] = []
    does: Callable[..., Any] = getattr(owner, method)

    def does_and_looks(self: object, *given: Any, **named: Any) -> Any:
        answer = does(self, *given, **named)
        found = running_work(path)
        assert found is not None
        seen.append(found)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(owner, method, does_and_looks)
        yield seen


def test_taking_in_is_told_while_it_goes_on(
    path: Path, given: Arguments, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sound(sounds / "new.wav", tone(990))
    with looking(monkeypatch, sqlclap.Library, "ingest", path) as seen:
        succeed("ingest", *given)
    (told,) = seen
    assert (told.state, told.phase) == ("running", "sounds")
    assert told.to_come == []  # so few sounds need no index
    assert running_work(path) is None
    assert not work_file(path).exists()


def test_maps_clusters_and_the_index_are_told(
    path: Path, given: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command, (owner, method), phase in (
        (("map", *given), (LibraryMap, "place"), "map"),
        (("cluster", *given), (LibraryClusters, "assign"), "clusters"),
        (("index", "build", *given), (LibraryIndex, "build"), "index"),
    ):
        with looking(monkeypatch, owner, method, path) as seen:
            succeed(*command)
        assert [(one.state, one.phase, one.to_come) for one in seen] == [("running", phase, [])]
        assert running_work(path) is None


def test_taking_in_that_was_interrupted_is_told_as_stopped(
    path: Path, given: Arguments, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sound(sounds / "new.wav", tone(990))

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sqlclap.progress.NullProgress.advanced", interrupted)
        patch.setattr("sqlclap.running_work.ToldProgress.advanced", interrupted)
        assert run("ingest", *given).exit_code == 130
    told = running_work(path)
    assert told is not None
    assert (told.state, told.phase) == ("stopped", "sounds")
    succeed("ingest", *given)
    assert running_work(path) is None


def test_a_command_that_is_refused_tells_nothing(path: Path, given: Arguments) -> None:
    fail("ingest", *given, path.parent / "nowhere")
    fail("map", *given, "--neighbors", "1")
    assert running_work(path) is None


def test_watching_is_told_while_it_takes_in(
    path: Path, given: Arguments, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sound(sounds / "new.wav", tone(990))

    def once(self: Any) -> None:
        self._take_in([sounds])

    monkeypatch.setattr(Watcher, "run", once)
    with looking(monkeypatch, sqlclap.Library, "ingest", path) as seen:
        succeed("watch", *given)
    assert [(one.state, one.phase) for one in seen] == [("running", "sounds")]
    assert running_work(path) is None


def test_a_library_is_the_same_by_any_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(path)
    assert work_file(tmp_path / "link.db") == work_file(path)
