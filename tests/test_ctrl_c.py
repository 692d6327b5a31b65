"""Ctrl-C that waits where it would break something."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from sqlclap.ctrl_c import ctrl_c_waits, let_ctrl_c
from sqlclap.thread_pool import ThreadPool


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that is a KeyboardInterrupt; what it does is put back, and checked, at the end."""
    former = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    assert signal.signal(request.param, former) is signal.default_int_handler


def test_it_waits_until_the_block_is_done(number: signal.Signals) -> None:
    steps = []

    @ctrl_c_waits()
    def work() -> None:
        signal.raise_signal(number)
        steps.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["whole"]


def test_it_strikes_where_it_is_let_through_and_only_once(number: signal.Signals) -> None:
    with ctrl_c_waits():
        let_ctrl_c()
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            let_ctrl_c()
        let_ctrl_c()


def test_the_second_one_strikes_at_once(number: signal.Signals) -> None:
    with ctrl_c_waits():
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            let_ctrl_c()


def test_blocks_within_blocks_wait_for_the_outer_one(number: signal.Signals) -> None:
    steps = []

    @ctrl_c_waits()
    def work() -> None:
        with ctrl_c_waits():
            signal.raise_signal(number)
        steps.append("whole")
        with ctrl_c_waits():
            let_ctrl_c()  # nothing waits for this block
        steps.append("still")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["whole", "still"]


def test_an_error_of_the_block_is_told_with_it(number: signal.Signals) -> None:
    @ctrl_c_waits()
    def work() -> None:
        signal.raise_signal(number)
        raise ValueError("full")

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert isinstance(caught.value.__context__, ValueError)


def test_what_is_not_heard_stays_so() -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ctrl_c_waits():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, former)


def test_a_programs_own_handler_is_asked() -> None:
    heard: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with ctrl_c_waits():
            signal.raise_signal(signal.SIGINT)
            assert heard == []
            let_ctrl_c()
            assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, former)
    assert heard == [signal.SIGINT]


def test_other_threads_have_nothing_to_wait_for() -> None:
    ended: Future[str] = Future()

    def work() -> None:
        with ctrl_c_waits():
            let_ctrl_c()
            ended.set_result("done")

    with ctrl_c_waits():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert ended.result() == "done"


def test_a_pool_knows_its_threads_after_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    real = threading.Thread.start

    def start(thread: threading.Thread) -> Any:
        real(thread)
        signal.raise_signal(number)

    with ThreadPool(1) as pool:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", start)
            with pytest.raises(KeyboardInterrupt):
                pool.submit(int)
        assert pool.submit(int, "7").result() == 7
        assert len(pool._threads) == 1
