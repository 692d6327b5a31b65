"""Products on one BLAS thread, and everyone else's number as it was."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from threadpoolctl import threadpool_limits

from sqlclap.db.exact import ONE_THREAD
from tests.support.blas import numpy_blas_threads
from tests.support.patience import PATIENCE_S

ALONE = """
import numpy
from threadpoolctl import threadpool_info, threadpool_limits
from sqlclap.db.exact import ONE_THREAD
import threading

def threads():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

threadpool_limits(2, user_api="blas")  # however many cores this machine has
first_is_in, second_is_in, seen = threading.Event(), threading.Event(), []

def hold_first():
    with ONE_THREAD:
        first_is_in.set()
        second_is_in.wait()

def hold_second():
    first_is_in.wait()
    with ONE_THREAD:
        second_is_in.set()
        first.join()
        seen.append(threads())

first, second = threading.Thread(target=hold_first), threading.Thread(target=hold_second)
first.start()
second.start()
second.join()
with ONE_THREAD:
    seen.append(threads())
assert seen == [{1}, {1}], seen
assert threads() == {2}, threads()
"""


def test_one_thread_as_long_as_it_is_needed() -> None:
    with threadpool_limits(2, user_api="blas"):
        assert numpy_blas_threads() == {2}
        with ONE_THREAD:
            with ONE_THREAD:
                assert numpy_blas_threads() == {1}
            assert numpy_blas_threads() == {1}
        assert numpy_blas_threads() == {2}


def test_an_error_lifts_the_limit_too() -> None:
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(ValueError, match="shapes"), ONE_THREAD:
            raise ValueError("shapes")
        assert numpy_blas_threads() == {2}


def test_threads_that_overlap_do_not_put_each_others_limit_back() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True)


def test_many_threads_leave_the_number_as_it_was() -> None:
    before, seen = numpy_blas_threads(), []

    def multiply() -> None:
        for _ in range(50):
            with ONE_THREAD:
                seen.append(numpy_blas_threads())

    threads = [threading.Thread(target=multiply) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert seen == [{1}] * 400
    assert numpy_blas_threads() == before
