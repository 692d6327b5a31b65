"""One connection a thread, none across a fork, none after closing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import read_transaction, write_transaction
from sqlclap.errors import LibraryError
from tests.support.forking import forked
from tests.support.patience import PATIENCE_S

INSERT = "INSERT INTO sources (root) VALUES (?)"
COUNT = "SELECT count(*) FROM sources"


@pytest.fixture
def file(tmp_path: Path) -> LibraryFile:
    return LibraryFile(tmp_path / "sounds.db", "create")


def in_a_thread(work: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=PATIENCE_S)


def test_every_thread_has_a_connection_of_its_own(file: LibraryFile) -> None:
    assert file.connection is file.connection
    assert in_a_thread(lambda: file.connection) is not file.connection


def test_connections_of_ended_threads_are_closed(file: LibraryFile) -> None:
    for _ in range(20):
        in_a_thread(lambda: file.connection.execute(COUNT).get)
    assert len(file._connections) <= 2


def test_threads_that_write_at_once_lose_nothing(file: LibraryFile) -> None:
    def write(number: int) -> None:
        for step in range(20):
            with write_transaction(file.connection) as connection:
                connection.execute(INSERT, (f"/{number}/{step}",))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    assert file.connection.execute(COUNT).get == 80


def test_a_read_transaction_sees_one_state(file: LibraryFile) -> None:
    def write() -> None:
        with write_transaction(file.connection) as connection:
            connection.execute(INSERT, ("/new",))

    with read_transaction(file.connection) as connection:
        assert connection.execute(COUNT).get == 0
        in_a_thread(write)
        assert connection.execute(COUNT).get == 0
    assert file.connection.execute(COUNT).get == 1


def test_a_forked_process_gets_a_connection_of_its_own(file: LibraryFile) -> None:
    before = file.connection

    def write() -> None:
        with write_transaction(file.connection) as connection:
            connection.execute(INSERT, ("/from the child",))
        assert connection is not before

    assert os.waitstatus_to_exitcode(os.waitpid(forked(write), 0)[1]) == 0
    assert file.connection is before
    assert file.connection.execute(COUNT).get == 1


def test_a_closed_library_says_so_in_every_thread(file: LibraryFile) -> None:
    opened = threading.Event()
    closed = threading.Event()

    def use_after_closing() -> None:
        _ = file.connection
        opened.set()
        closed.wait(PATIENCE_S)
        with pytest.raises(LibraryError, match="has been closed"):
            _ = file.connection

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(use_after_closing)
        opened.wait(PATIENCE_S)
        file.close()
        file.close()
        closed.set()
        other.result(timeout=PATIENCE_S)
    with pytest.raises(LibraryError, match="has been closed"):
        _ = file.connection


def test_closing_lets_other_threads_end_what_they_ask_and_is_no_error(file: LibraryFile) -> None:
    """The other thread is within a statement: SQLite's connections can't be closed then."""
    within, closed = threading.Event(), threading.Event()

    def wait_within(*_: object) -> int:
        within.set()
        closed.wait(PATIENCE_S)
        return 7

    def ask() -> int:
        file.connection.create_scalar_function("wait_within", wait_within)
        answer = int(file.connection.execute("SELECT wait_within()").get)
        with pytest.raises(LibraryError, match="has been closed"):
            _ = file.connection
        return answer

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(ask)
        within.wait(PATIENCE_S)
        file.close()
        closed.set()
        assert other.result(timeout=PATIENCE_S) == 7


def test_a_relative_name_outlives_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with sqlclap.open("sounds.db") as library:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        assert in_a_thread(lambda: library.info().counts["samples"]) == 0
