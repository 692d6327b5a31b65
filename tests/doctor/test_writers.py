"""The doctor while another process writes, replaces the index and takes changes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlclap.db.library_file import LibraryFile
from sqlclap.doctor import examine
from tests.support.indexed_library import make_indexed

ROUNDS = 25
WRITER = """
import sys
from pathlib import Path
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from tests.support.indexed_library import build, the_model
from tests.support.patience import be_patient
from tests.support.vector_library import add_samples, one_window, unit_vectors
be_patient()
path, done = Path(sys.argv[1]), Path(sys.argv[2])
with LibraryFile(path) as file:
    print("ready", flush=True)
    number = 0
    while not done.exists():
        number += 1
        vectors = [one_window(v) for v in unit_vectors(20, 16, seed=number)]
        ids = add_samples(file, the_model(file), vectors)
        with write_transaction(file.connection) as connection:
            connection.executemany(
                "DELETE FROM samples WHERE sample_id = ?", [(i,) for i in ids[number % 3 :]]
            )
        if number % 4 == 0:
            build(file, "rebuild" if number % 8 else "auto")
    print(number)
"""


def test_no_false_alarm_while_others_write(tmp_path: Path) -> None:
    path, done = tmp_path / "library.db", tmp_path / "done"
    make_indexed(path, 200)
    command = [sys.executable, "-c", WRITER, str(path), str(done)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            with LibraryFile(path, "read") as file:
                rounds: list[Any] = []
                states: set[object] = set()
                while len(rounds) < ROUNDS or len(states) < ROUNDS:
                    assert writer.poll() is None
                    rounds.append(examine(file.connection))
                    states.add(file.connection.pragma("data_version"))
        finally:
            done.touch()
        written = int(writer.stdout.readline())
        assert writer.wait() == 0
    assert written > 1
    alarms = [
        found
        for findings in rounds
        for found in findings
        if found.level == "problem" or "left behind" in found.text
    ]
    assert alarms == []
    assert all({found.what for found in findings} >= {"index", "rows"} for findings in rounds)


def test_what_came_and_went_again_is_no_fault(tmp_path: Path) -> None:
    """Neither index nor library hold it; before, the index's count seemed to be one short."""
    from tests.support.indexed_library import the_model
    from tests.support.vector_library import add_samples, one_window, unit_vectors

    path = tmp_path / "library.db"
    make_indexed(path, 50)
    with LibraryFile(path) as file:
        (one,) = add_samples(file, the_model(file), [one_window(unit_vectors(1, 16, seed=3)[0])])
        file.connection.execute("DELETE FROM samples WHERE sample_id = ?", (one,))
        assert [found for found in examine(file.connection) if found.level == "problem"] == []
