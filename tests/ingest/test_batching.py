"""Windows on their way through the audio tower: nothing waits for long, nothing is mixed up."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from sqlclap.audio.descriptors import DescriptorMeter
from sqlclap.audio.front_end import SoundReport, WindowFeatures
from sqlclap.db.sources import Source
from sqlclap.errors import ModelSanityError
from sqlclap.ingest.embedding import EmbeddedSound, Outcome, WindowBatcher
from sqlclap.ingest.plan import FileTask
from sqlclap.ingest.reading import Failure, Item, SoundEnd, SoundFacts, WindowChunk
from sqlclap.ingest.scan import FoundFile
from sqlclap.models.encoder import Encoder
from sqlclap.models.towers import POOL_FROM

NAN = float("nan")


class SlowTower:
    """An encoder whose answers come when the test says so; a window's vector is its number."""

    windows_per_run = 2
    concurrent_runs = 2

    def __init__(self) -> None:
        self.begun: list[tuple[Future[Any], np.ndarray]] = []
        self.at_the_end: list[int] = []

    @property
    def bundle(self) -> Any:
        return self

    @property
    def contract(self) -> Any:
        return self

    dim = 1

    def submit_windows(self, features: np.ndarray) -> Future[Any]:
        future: Future[Any] = Future()
        self.begun.append((future, features))
        return future

    def embed_windows(self, features: np.ndarray) -> np.ndarray:
        self.at_the_end.append(len(features))
        if np.isnan(features).any():
            raise ModelSanityError("no direction")
        return features

    def answer(self, which: int) -> None:
        future, features = self.begun[which]
        if np.isnan(features).any():
            future.set_exception(ModelSanityError("no direction"))
        else:
            future.set_result(features)


def task(name: str) -> FileTask:
    return FileTask(Source(1, "/"), FoundFile(name, 1, 1), None)


def sound(name: str, *numbers: float) -> list[Item]:
    windows = [
        WindowFeatures(index, index, index + 1.0, np.array([number], np.float32))
        for index, number in enumerate(numbers)
    ]
    measured = DescriptorMeter(8000).finish()
    facts = SoundFacts(name, 8000, 1, "WAV", SoundReport(), measured, None)
    return [WindowChunk(task(name), windows, name), SoundEnd(task(name), facts)]


def names(outcomes: list[Outcome]) -> list[tuple[str, list[float] | None]]:
    return [
        (done.task.file.path, done.windows.vectors[:, 0].tolist())
        if isinstance(done, EmbeddedSound)
        else (done.task.file.path, None)
        for done in outcomes
    ]


@pytest.fixture
def tower() -> SlowTower:
    return SlowTower()


@pytest.fixture
def batcher(tower: SlowTower) -> WindowBatcher:
    return WindowBatcher(cast(Encoder, tower), windows_under_way=8)


def add(batcher: WindowBatcher, *sounds: list[Item]) -> list[Outcome]:
    return [done for items in sounds for item in items for done in batcher.add(item)]


def test_little_is_embedded_at_the_end_in_one_go(batcher: WindowBatcher, tower: SlowTower) -> None:
    assert add(batcher, sound("a", 1, 2), sound("b", 3)) == []
    assert names(list(batcher.flush())) == [("a", [1, 2]), ("b", [3])]
    assert (tower.begun, tower.at_the_end) == ([], [3])


def test_the_tower_starts_before_its_limit_is_reached(
    batcher: WindowBatcher, tower: SlowTower
) -> None:
    first = range(POOL_FROM * tower.windows_per_run)
    assert add(batcher, *[sound(f"{number}", number) for number in first]) == []
    assert len(tower.begun) == POOL_FROM
    tower.answer(1)  # the second run is done first: the first comes first nevertheless
    assert add(batcher, sound("next", 9)) == []
    tower.answer(0)
    assert names(add(batcher, sound("after", 10))) == [
        ("0", [0]),
        ("1", [1]),
        ("2", [2]),
        ("3", [3]),
    ]


def test_a_sound_of_many_runs_comes_out_whole(
    batcher: WindowBatcher, tower: SlowTower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "submit_windows", ready)
    numbers = list(range(41))
    done = names(add(batcher, sound("long", *numbers), sound("short", 99)) + list(batcher.flush()))
    assert done == [("long", numbers), ("short", [99])]


def ready(features: np.ndarray) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(features)
    return future


def test_a_run_that_breaks_takes_only_its_own_sound(
    batcher: WindowBatcher, tower: SlowTower
) -> None:
    add(batcher, *[sound(f"{number}", number) for number in range(6)], sound("bad", NAN, 7))
    for which in range(len(tower.begun)):
        tower.answer(which)
    done = list(batcher.flush())
    assert [item.task.file.path for item in done if isinstance(item, Failure)] == ["bad"]
    assert names(done)[:6] == [(f"{number}", [number]) for number in range(6)]
    assert add(batcher, sound("bad", 8)) == []  # the rest of it was still on its way


def test_a_sound_that_breaks_off_leaves_no_windows(
    batcher: WindowBatcher, tower: SlowTower
) -> None:
    pieces, _ = sound("broken", *range(9))
    add(batcher, [pieces])
    failed = Failure(task("broken"), "decode", "ends early")
    assert batcher.add(failed) == [failed]
    for which in range(len(tower.begun)):
        tower.answer(which)
    assert list(batcher.flush()) == []


def test_what_was_not_begun_is_given_up(batcher: WindowBatcher, tower: SlowTower) -> None:
    add(batcher, *[sound(f"{number}", number) for number in range(8)])
    batcher.close()
    assert [future.cancelled() for future, _ in tower.begun] == [True] * POOL_FROM


def test_a_sound_that_breaks_while_more_of_it_is_added_leaves_nothing_to_submit(
    batcher: WindowBatcher, tower: SlowTower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "submit_windows", broken)
    tower.embed_windows = broken_now  # type: ignore[method-assign]
    done = add(batcher, sound("bad", *range(40))) + list(batcher.flush())
    assert [(type(item).__name__, item.task.file.path) for item in done] == [("Failure", "bad")]


def broken(features: np.ndarray) -> Future[Any]:
    assert len(features)
    future: Future[Any] = Future()
    future.set_exception(ModelSanityError("no direction"))
    return future


def broken_now(features: np.ndarray) -> np.ndarray:
    raise ModelSanityError("no direction")


def test_the_input_of_a_whole_sound_is_never_in_a_run_with_windows(
    batcher: WindowBatcher, tower: SlowTower, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []

    def seen(features: np.ndarray) -> Future[np.ndarray]:
        shapes.append(features.shape)
        return ready(features.reshape(len(features), -1)[:, :1])

    monkeypatch.setattr(tower, "submit_windows", seen)
    monkeypatch.setattr(tower, "embed_windows", lambda features: seen(features).result())
    outcomes: list[Outcome] = []
    for number in range(9):
        pieces, end = sound(f"{number}", number, number)
        assert isinstance(end, SoundEnd)
        whole = np.full((4, 1), 100 + number, np.float32)
        outcomes += add(batcher, [pieces, replace(end, whole=whole)])
    outcomes += batcher.flush()
    assert names(outcomes) == [(f"{number}", [number, number]) for number in range(9)]
    assert [
        float(done.windows.whole[0])
        for done in outcomes
        if isinstance(done, EmbeddedSound) and done.windows.whole is not None
    ] == [100 + number for number in range(9)]
    assert {shape[1:] for shape in shapes} == {(1,), (4, 1)}
