"""Kill -9 at random moments: `python -m tests.support.crash_trials FOLDER TRIALS SEED KIND`.

This process imports everything once and forks a victim for each trial, kills it, and forks an
inspector; it starts no threads of its own, so forking is safe. A victim notes what it is about to
delete and what it has committed; nothing committed may be missing afterwards, and nothing that is
gone may be found.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.index import settings as policy
from sqlclap.index.handle import stray_folders
from sqlclap.index.meta import read_state
from sqlclap.search.request import Request
from tests.support.fake_bundle import build_fake_bundle
from tests.support.forking import forked, load_before_forks
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    generations,
    scores_of,
    the_model,
    walk_everywhere,
)
from tests.support.patience import be_patient
from tests.support.sounds import tone, write_sound
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

DIM = 16
OLDEST = "SELECT sample_id FROM samples ORDER BY sample_id DESC LIMIT -1 OFFSET ?"
MOST_SAMPLES = 400
SEGMENT_ROWS = 150
MOST_SEGMENTS = 8  # of such a size, that one generation has, or that one merge leaves behind
COUNT_VECTORS = "SELECT count(*) FROM vec_{}"
Life = Callable[[Path, int, int], None]
ROUNDS = 2.5  # that a victim may live for at most


def note(pipe: int, word: str, ids: list[int]) -> None:
    """Write a line that survives the victim."""
    os.write(pipe, f"{word} {' '.join(map(str, ids))}\n".encode())


def live_by_vectors(folder: Path, pipe: int, seed: int) -> None:
    """Add, delete, build and catch up without end."""
    rng = np.random.default_rng(seed)
    with LibraryFile(folder / "library.db") as file:
        note(pipe, "begun", [])
        while True:
            vectors = unit_vectors(20, DIM, int(rng.integers(2**31)))
            ids = add_samples(file, the_model(file), [one_window(v) for v in vectors])
            note(pipe, "stored", list(ids))
            gone = [int(i) for i in rng.choice(ids, 3, replace=False)]
            # The oldest go, so that the last trials' rounds are no longer than the first ones'.
            oldest: list[Any] = file.connection.execute(OLDEST, (MOST_SAMPLES,)).fetchall()
            gone += [int(row[0]) for row in oldest]
            note(pipe, "deleting", gone)
            with write_transaction(file.connection) as connection:
                for sample_id in gone:
                    connection.execute("DELETE FROM samples WHERE sample_id = ?", (sample_id,))
            build(file, "rebuild" if rng.random() < 0.2 else "auto")


def live_by_ingest(folder: Path, pipe: int, seed: int) -> None:
    """Ingest new sounds without end; the index follows at once."""
    policy.EXACT_BELOW, policy.REFRESH_ROWS = 1, 1
    rng = np.random.default_rng(seed)
    model = str(folder / "model")
    options = sqlclap.IngestOptions(threads=1, commit_every_s=0.02)
    with sqlclap.open(folder / "library.db", model=model) as library:
        library.encoder.prepare_audio()
        note(pipe, "begun", [])
        while True:
            for _ in range(8):
                hz = float(rng.uniform(100, 2000))
                write_sound(folder / "sounds" / f"{hz:.6f}.wav", tone(hz, seconds=0.3))
            library.ingest([folder / "sounds"], options)
            rows: list[Any] = library.connection.execute("SELECT sample_id FROM samples").fetchall()
            note(pipe, "stored", [int(row[0]) for row in rows])


def inspect(folder: Path, lines: list[str]) -> None:
    """Compare what is there with what was noted; raise where it differs."""
    stored: set[int] = set()
    doubtful: set[int] = set()
    for line in lines:
        word, *ids = line.split()
        if word != "begun":
            (stored if word == "stored" else doubtful).update(map(int, ids))
    with LibraryFile(folder / "library.db") as file:
        check_rows(file, stored - doubtful)
        check_answers(file)
        strays = stray_folders(file.connection)
        assert len([name for name in strays if "-s" not in name]) <= 2, "leftovers pile up"
        assert len(strays) <= 2 + MOST_SEGMENTS, "leftovers pile up"
        assert len(generations(folder / "library.db")) <= 3


def check_rows(file: LibraryFile, stored: set[int]) -> None:
    """Nothing committed is missing, and every row has its vector."""
    there = {row[0] for row in file.connection.execute("SELECT sample_id FROM samples")}
    assert stored <= there, f"lost {sorted(stored - there)}"
    number = the_model(file).model_id
    rows = file.connection.execute("SELECT count(*) FROM embeddings").get
    vectors = file.connection.execute(COUNT_VECTORS.format(int(number))).get
    assert rows == vectors, f"{rows} embeddings, {vectors} vectors"


def check_answers(file: LibraryFile) -> None:
    """The index and the exact search say the same; no ghost is among the answers."""
    there = {row[0] for row in file.connection.execute("SELECT sample_id FROM samples")}
    for query in unit_vectors(3, the_model(file).dim, seed=len(there)):
        fast, exact = ask(file, query), ask(file, query, Request(exact=True))
        assert np.allclose(scores_of(fast), scores_of(exact), atol=TOLERANCE), str(fast.plan)
        assert {one.sample_id for one in fast.nearest} <= there, "a ghost"


def round_takes(folder: Path, live: Life) -> float:
    """Time a victim's round on this machine, as busy as it is now (in seconds)."""
    reading, writing = os.pipe()
    victim = forked(lambda: live(folder, writing, 0))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        begun, rounds = 0.0, 0
        for line in pipe:
            begun = begun or time.monotonic()
            rounds += line.startswith(b"stored")
            if rounds == 3:
                break
        taken = time.monotonic() - begun
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        (folder / "notes").write_bytes(b"")  # what it stored is not looked for
    return taken / 3


def trial(folder: Path, live: Life, seed: int, longest_s: float) -> bool:
    """Let a victim live for a random while, kill it, inspect; return whether all was well."""
    reading, writing = os.pipe()
    notes = (folder / "notes").open("ab")
    victim = forked(lambda: live(folder, writing, seed))
    os.close(writing)
    begun = os.read(reading, len("begun \n"))
    time.sleep(float(np.random.default_rng(seed).uniform(0, longest_s)))
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    with os.fdopen(reading, "rb") as pipe, notes:
        notes.write(begun + pipe.read())
    lines = (folder / "notes").read_text().splitlines()
    _, status = os.waitpid(forked(lambda: inspect(folder, lines)), 0)
    return status == 0


def prepare(folder: Path, kind: str) -> None:
    """Make the library that the victims share."""
    if kind == "ingest":
        build_fake_bundle(folder / "model")
        write_sound(folder / "sounds" / "first.wav", tone(440))
        with sqlclap.open(folder / "library.db", model=str(folder / "model")) as library:
            library.ingest([folder / "sounds"])
            library.index.build()
        return
    with LibraryFile(folder / "library.db", "create") as file:
        vectors = unit_vectors(200, DIM)
        add_samples(file, add_model(file, DIM), [one_window(vector) for vector in vectors])
        build(file)


LIVES = {"ingest": live_by_ingest, "vectors": live_by_vectors}


def main(folder: Path, trials: int, seed: int, kind: str) -> int:
    """Run the trials; print how many were well, and what became of the library."""
    load_before_forks()
    walk_everywhere()
    be_patient()
    policy.SEGMENT_ROWS = SEGMENT_ROWS  # so that there are several, and merges
    live = LIVES[kind]
    # The scene is made in a child too: what starts threads here could not be forked.
    os.waitpid(forked(lambda: prepare(folder, kind)), 0)
    longest_s = ROUNDS * round_takes(folder, live)
    well = sum(trial(folder, live, seed + number, longest_s) for number in range(trials))
    with LibraryFile(folder / "library.db", "read") as file:
        state = read_state(file.connection, the_model(file).model_id)
        samples = file.connection.execute("SELECT count(*) FROM samples").get
    generation = state.meta.generation if state else 0
    sys.stdout.write(f"{well} of {trials} well; {samples} samples, generation {generation}\n")
    return 0 if well == trials else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
