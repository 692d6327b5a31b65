"""A process that writes to or reads from a library.

    python -m tests.support.traffic write LIBRARY SEED ROUNDS
    python -m tests.support.traffic read LIBRARY SEED

A writer takes so many rounds. A reader says when it has its first answer, and asks until its
standard input ends. Both print what they did as JSON. Any error ends them with a traceback and a
non-zero code; so does hanging, which tells where.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import read_transaction, write_transaction
from sqlclap.errors import IndexBusyError
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from tests.support.indexed_library import (
    DIM,
    TOLERANCE,
    ask,
    build,
    scores_of,
    the_model,
    walk_everywhere,
)
from tests.support.patience import PATIENCE_S, be_patient
from tests.support.vector_library import add_samples, one_window, unit_vectors

MOST_KEPT = 800  # by a writer: the exact walks of these tests take the square of all vectors


def write(path: Path, seed: int, rounds: int) -> dict[str, object]:
    """Add, delete and build; return what was stored and is still to be there."""
    rng = np.random.default_rng(seed)
    kept: list[int] = []
    with LibraryFile(path) as file:
        for _ in range(rounds):
            vectors = unit_vectors(10, DIM, int(rng.integers(2**31)))
            kept += add_samples(file, the_model(file), [one_window(v) for v in vectors])
            gone = [kept.pop(at) for at in rng.integers(0, MOST_KEPT, 10) if at < len(kept)]
            with write_transaction(file.connection) as connection:
                for sample_id in gone:
                    connection.execute("DELETE FROM samples WHERE sample_id = ?", (sample_id,))
            if rng.random() < 0.2:
                with suppress(IndexBusyError):  # the other writer is at it
                    build(file, "rebuild" if rng.random() < 0.2 else "auto")
    return {"kept": kept}


def read(path: Path, seed: int) -> dict[str, object]:
    """Ask, by index and exactly, of one state of the library, until told that all is done."""
    rng, planner = np.random.default_rng(seed), Planner()
    generations: set[int] = set()
    asked, is_last = 0, False
    told = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), told.set()), daemon=True).start()
    with LibraryFile(path, "read") as file:
        while not is_last:
            is_last = told.is_set()  # one more answer after that: of the last state
            query = unit_vectors(1, DIM, int(rng.integers(2**31)))[0]
            with read_transaction(file.connection):
                fast = ask(file, query, planner=planner)
                exact = ask(file, query, Request(exact=True), planner)
            if not np.allclose(scores_of(fast), scores_of(exact), atol=TOLERANCE):
                raise ValueError(f"{scores_of(fast)} is not {scores_of(exact)}: {fast.plan}")
            generations.add(fast.plan.generation or 0)
            asked += 1
            if asked == 1:
                sys.stdout.write("asked\n")
                sys.stdout.flush()
    return {"asked": asked, "generations": sorted(generations)}


if __name__ == "__main__":
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
    walk_everywhere()
    be_patient()
    run: Callable[..., dict[str, object]] = write if sys.argv[1] == "write" else read
    sys.stdout.write(json.dumps(run(Path(sys.argv[2]), *map(int, sys.argv[3:]))))
