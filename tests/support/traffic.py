"""A process that writes to or reads from a library for a while.

    python -m tests.support.traffic write|read LIBRARY SECONDS SEED

It prints what it did as JSON. Any error ends it with a traceback and a non-zero code; so does a
process that goes on for long after its time, which tells where it was.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from sqlclap.errors import IndexBusyError
from sqlclap.library import LibraryFile, read_transaction, write_transaction
from sqlclap.similarity import Planner, Request
from tests.support.indexed_library import (
    DIM,
    TOLERANCE,
    ask,
    build,
    scores_of,
    the_model,
    walk_everywhere,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

LONGEST_AFTER_S = 40  # that a process may take to end after its time, on a busy machine
MOST_KEPT = 800  # by a writer: the exact walks of these tests take the square of all vectors


def write(path: Path, seconds: float, seed: int) -> dict[str, object]:
    """Add, delete and build without end; return what was stored and is still to be there."""
    rng, ends, builds = np.random.default_rng(seed), time.monotonic() + seconds, 0
    kept: list[int] = []
    longest_s = 0.0
    with LibraryFile(path) as file:
        while time.monotonic() < ends:
            began = time.monotonic()
            vectors = unit_vectors(10, DIM, int(rng.integers(2**31)))
            kept += add_samples(file, the_model(file), [one_window(v) for v in vectors])
            gone = [kept.pop(at) for at in rng.integers(0, MOST_KEPT, 10) if at < len(kept)]
            with write_transaction(file.connection) as connection:
                for sample_id in gone:
                    connection.execute("DELETE FROM samples WHERE sample_id = ?", (sample_id,))
            longest_s = max(longest_s, time.monotonic() - began)
            if rng.random() < 0.2:
                with suppress(IndexBusyError):  # the other writer is at it
                    build(file, "rebuild" if rng.random() < 0.2 else "auto")
                    builds += 1
    return {"kept": kept, "builds": builds, "longest_write_s": longest_s}


def read(path: Path, seconds: float, seed: int) -> dict[str, object]:
    """Ask without end, by index and exactly, of one state of the library."""
    rng, ends, planner = np.random.default_rng(seed), time.monotonic() + seconds, Planner()
    generations: set[int] = set()
    asked = 0
    with LibraryFile(path, "read") as file:
        while time.monotonic() < ends:
            query = unit_vectors(1, DIM, int(rng.integers(2**31)))[0]
            with read_transaction(file.connection):
                fast = ask(file, query, planner=planner)
                exact = ask(file, query, Request(exact=True), planner)
            if not np.allclose(scores_of(fast), scores_of(exact), atol=TOLERANCE):
                raise ValueError(f"{scores_of(fast)} is not {scores_of(exact)}: {fast.plan}")
            generations.add(fast.plan.generation or 0)
            asked += 1
    return {"asked": asked, "generations": sorted(generations)}


if __name__ == "__main__":
    faulthandler.dump_traceback_later(float(sys.argv[3]) + LONGEST_AFTER_S, exit=True)
    walk_everywhere()
    run = {"write": write, "read": read}[sys.argv[1]]
    sys.stdout.write(json.dumps(run(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))
