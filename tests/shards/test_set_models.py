"""A set that goes over to another model, and two models compared on its labels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.db.spans import Span
from sqlclap.errors import LibraryBusyError, NoAnchorsError, PartialAnswerError, SetError
from sqlclap.labels.votes import CastVote
from sqlclap.shards import SetOptions, model_use, open_set
from sqlclap.shards.jobs import VectorOf
from sqlclap.shards.making import init_set
from sqlclap.shards.node import Node, NodeOptions
from sqlclap.shards.protocol import entry_of
from sqlclap.shards.set_file import read_set
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import noise, tone, write_sound
from tests.support.two_models import EARS, WORDS, install_two_models

EACH = 14
TONES = [f"tone-{one:02}.wav" for one in range(EACH)]
NOISES = [f"noise-{one:02}.wav" for one in range(EACH)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQLCLAP_HOME", str(folder))
        install_two_models(folder)
        yield folder


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set and a library of the model without words, with a label and votes."""
    folder = tmp_path_factory.mktemp("models")
    for number, name in enumerate(TONES):
        write_sound(folder / "sounds" / name, tone(100 + 70 * number))
    for number, name in enumerate(NOISES):
        write_sound(folder / "sounds" / name, noise(number))
    with init_set(folder / "set.toml", 2, EARS) as made:
        made.ingest([folder / "sounds"])
        say(made)
    with sqlclap.open(folder / "one.db", model=EARS) as library:
        library.ingest([folder / "sounds"])
        say(library)
    return folder


def say(made: Any) -> None:
    made.labels.ensure("tone", TONES[:2])
    made.labels.ensure("noise", NOISES[:2])
    made.labels.vote("tone", TONES[2:], CastVote("accept"))
    made.labels.vote("tone", NOISES[2:], CastVote("reject"))


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def told(made: Any) -> list[Any]:
    """What questions are answered with."""
    similar = made.similar(TONES[3], 5)
    matches = made.labels.matches("tone", 8)
    return [
        [(one.path, round(one.score, 6)) for one in similar],
        [(one.path, round(one.score, 6), round(one.gap, 6)) for one in matches],
    ]


def test_a_set_goes_over_to_another_model_as_a_library_does(folder: Path) -> None:
    path, names = folder / "set.toml", ("set.toml", "one.db")
    with open_set(path) as opened:
        before = told(opened)
        version = opened.file.model_version
    used = [succeed("models", "use", folder / one, WORDS) for one in names]
    assert f"28 sounds without a vector of it: run sqlclap ingest {folder / 'one.db'}" in used[1]
    assert "28 sounds (" in used[0]
    with open_set(path) as opened:
        assert opened.backlog() == 2 * EACH
        with pytest.raises(PartialAnswerError, match="no vectors of wordy yet: `sqlclap ingest"):
            opened.search("tone")
    reports = [rows_of("ingest", folder / one) for one in names]
    assert [one["embedded"] for one in reports] == [2 * EACH] * 2
    with open_set(path) as opened, sqlclap.open(folder / "one.db") as library:
        assert told(opened) == told(library)
        assert told(opened) != before
        found, wanted = opened.search("tone", 9), library.search("tone", 9)
        assert [(one.path, one.score) for one in found] == [(one.path, one.score) for one in wanted]
        assert opened.backlog() == 0
    compared = [rows_of("models", "compare", folder / one, EARS, WORDS) for one in names]
    assert compared[0] == compared[1]
    assert [one["votes"] for one in compared[0] if one["label"] == "tone"] == [24, 24]
    assert "without" not in succeed("models", "use", path, EARS)
    with open_set(path) as opened:
        assert (told(opened), opened.file.model_version) == (before, version)
    assert "all is well" in succeed("shards", "verify", path)


def test_a_map_stays_with_its_model(folder: Path) -> None:
    path = folder / "set.toml"
    succeed("map", path)
    with open_set(path) as opened:
        drawn = opened.info().map_version
        assert drawn
        opened.use_model(WORDS)
        assert opened.info().map_version is None
        opened.use_model(EARS)
        assert opened.info().map_version == drawn
        assert not any(one.differing for one in opened.info().shards)


def test_a_shard_that_is_locked_does_not_answer_until_it_is_done_there(folder: Path) -> None:
    path = folder / "set.toml"
    locked = apsw.Connection(str(folder / "set-0002.db"))
    locked.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        done = run("models", "use", path, WORDS, "--json")
    locked.close()
    assert (done.exit_code, "not written, shard 2" in done.stderr) == (1, True)
    assert [one["shard"] for one in json.loads(done.stdout)["not_written"]] == [2]
    ingested = run("ingest", path)
    assert "`sqlclap models use SET NAME`" in ingested.stderr
    with open_set(path) as opened:
        reach = opened.search("tone", 30).reach
        assert [one.shard for one in reach.missing] == [2]
    succeed("models", "use", path, WORDS)
    succeed("ingest", path)
    with open_set(path) as opened:
        assert len(opened.search("tone", 30)) == 2 * EACH
        assert len(opened.labels.matches("tone", 30)) > 2


def test_another_model_than_the_sets_is_refused(folder: Path) -> None:
    """Its vectors would be compared with those of the set's, and found alike or not by chance."""
    path = folder / "set.toml"
    with open_set(path) as opened:
        opened.use_model(WORDS)
        opened.ingest()
        opened.use_model(EARS)  # vectors of both are there
    with open_set(path, SetOptions(model=WORDS)) as opened:
        for ask in (
            lambda: opened.search("tone"),
            lambda: opened.similar(folder / "sounds" / TONES[0]),
            lambda: opened.labels.matches("tone"),
        ):
            with pytest.raises(SetError, match=r"is of ears .*, not of wordy"):
                ask()
        assert "is of ears" in fail("search", path, "tone", "--model", WORDS)
    with open_set(path, SetOptions(model=EARS)) as opened:
        opened.use_model(WORDS)
        assert len(opened.search("tone", 5)) == 5


class Crash(BaseException):
    """What ends a program."""


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_crash_leaves_a_set_that_says_who_is_missing(
    folder: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the second shard, before the catalog, and before the file is written."""
    path, left = folder / "set.toml", step
    own = model_use._use
    with open_set(path) as opened:
        before = told(opened)

    def crashing(*arguments: Any) -> Any:
        nonlocal left
        if not left:
            raise Crash
        left -= 1
        return own(*arguments)

    monkeypatch.setattr(model_use, "_use", crashing)
    monkeypatch.setattr(model_use, "change_set", crashing)
    with open_set(path) as opened, pytest.raises(Crash):
        opened.use_model(WORDS)
    monkeypatch.undo()
    assert read_set(path).model == EARS
    with open_set(path) as opened:
        assert [one.name for one in opened.labels.list()] == ["noise", "tone"]
        if step == 1:
            assert [one.shard for one in opened.labels.matches("tone").reach.missing] == [1]
        else:
            with pytest.raises(PartialAnswerError, match="models use SET NAME"):
                opened.labels.matches("tone")
        opened.use_model(EARS)
        assert told(opened) == before


def test_a_node_does_not_hear_spans_by_another_model(folder: Path) -> None:
    with open_set(folder / "set.toml") as opened:
        opened.use_model(WORDS)
        opened.use_model(EARS)
        (shard, *_) = opened.shards
    asked = {"shards": [entry_of(shard)], "job": VectorOf(1, Span(0.0, 0.2)), "known": {}}
    for model, is_told in ((EARS, False), (WORDS, True)):
        node = Node(folder / "set.toml", NodeOptions("0123456789abcdef", model=model))
        missing = node.answer(asked)["missing"]
        assert ("is of ears" in str(missing)) == is_told
        node.close()


def test_a_catalog_that_is_busy_gets_its_vectors_by_the_next_ingest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        opened.use_model(WORDS)
        with monkeypatch.context() as patch:
            patch.setattr("sqlclap.shards.ingest.refresh_copies", busy)
            assert opened.ingest().embedded == 2 * EACH
        with pytest.raises(NoAnchorsError):
            opened.labels.matches("tone")
        assert opened.ingest().unchanged == 2 * EACH
        assert len(opened.labels.matches("tone", 5)) == 5


def busy(*_: Any) -> int:
    raise LibraryBusyError("the catalog is busy")
