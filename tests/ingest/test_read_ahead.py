"""Threads that read ahead: all results, in order within a work, and errors that surface."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sqlclap.ingest.read_ahead import ReadAhead


def results_of(work: int) -> Iterator[tuple[int, int]]:
    for step in range(5):
        yield work, step


def running() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "sqlclap-read" in thread.name]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("depth", [1, 3, 100])
def test_every_result_comes_once_and_in_order_within_its_work(threads: int, depth: int) -> None:
    found = list(ReadAhead(range(40), results_of, threads, depth))
    assert sorted(found) == [(work, step) for work in range(40) for step in range(5)]
    for work in range(40):
        assert [step for w, step in found if w == work] == [0, 1, 2, 3, 4]
    assert running() == []


def test_no_works_give_no_results() -> None:
    assert list(ReadAhead([], results_of, 2, 3)) == []


def test_reading_pauses_when_enough_waits() -> None:
    begun = []

    def note(work: int) -> Iterator[int]:
        begun.append(work)
        yield work

    results: Any = iter(ReadAhead(range(100), note, 2, 4))
    next(results)
    time.sleep(0.3)
    assert len(begun) <= 4 + 2 + 1
    results.close()
    assert running() == []


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt(), MemoryError()])
def test_an_error_in_a_thread_reaches_whoever_reads(error: BaseException) -> None:
    def read(work: int) -> Iterator[int]:
        if work == 7:
            raise error
        yield work

    with pytest.raises(type(error)):
        list(ReadAhead(range(100), read, 3, 2))
    assert running() == []


def test_an_error_among_the_works_reaches_whoever_reads() -> None:
    def works() -> Iterator[int]:
        yield 1
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        list(ReadAhead(works(), results_of, 3, 2))
