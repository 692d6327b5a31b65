"""Many processes at once, and processes that are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sqlclap.db.library_file import LibraryFile
from tests.support.indexed_library import generations
from tests.support.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]
ROUNDS = 100  # of each writer


def start(*arguments: object) -> subprocess.Popen[str]:
    # One thread a process: the machine is shared by all of them.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_writers_and_four_readers_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    # Made as the writers make theirs, with walks that miss nothing: a difference is a fault.
    code = "import sys, pathlib; from tests.support.indexed_library import *; walk_everywhere(); "
    make = [sys.executable, "-c", f"{code}make_indexed(pathlib.Path(sys.argv[1]))", str(path)]
    subprocess.run(make, cwd=ROOT, check=True)
    readers = [start("tests.support.traffic", "read", path, seed) for seed in range(4)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "asked\n"
    writers = [start("tests.support.traffic", "write", path, seed, ROUNDS) for seed in (4, 5)]
    ended = [process.communicate(timeout=PATIENCE_S) for process in writers]
    # A newer generation, whatever the writers built; of a narrower walk, it might miss something.
    again = "with LibraryFile(pathlib.Path(sys.argv[1])) as file: build(file, 'rebuild')"
    subprocess.run([sys.executable, "-c", f"{code}\n{again}", str(path)], cwd=ROOT, check=True)
    ended += [process.communicate(timeout=PATIENCE_S) for process in readers]
    told = "".join(errors for _, errors in ended)
    assert not told, told  # in full: what is rare is seen once
    done = [json.loads(output) for output, _ in ended]

    kept = {sample_id for writer in done[:2] for sample_id in writer["kept"]}
    with LibraryFile(path) as file:
        rows = file.connection.execute("SELECT sample_id FROM embeddings").fetchall()
        vectors = file.connection.execute("SELECT count(*) FROM vec_1").get
    there = {row[0] for row in rows}
    assert kept <= there
    assert (len(there), vectors) == (300 + len(kept), 300 + len(kept))
    for reader in done[2:]:
        assert reader["asked"] > 1
        assert len(reader["generations"]) > 1, "no new generation was noticed"
    assert len(generations(path)) <= 2  # the last, and a draft that came second


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "trials"), [("vectors", 38), ("ingest", 14)])
def test_killed_at_any_moment_nothing_is_lost(tmp_path: Path, kind: str, trials: int) -> None:
    """As many trials as stated, on each of two libraries at once: 104 of both kinds."""
    lanes = [tmp_path / "one", tmp_path / "two"]
    processes = []
    for seed, lane in enumerate(lanes):
        lane.mkdir()
        arguments = (lane, trials, 1000 * seed, kind)
        processes.append(start("tests.support.crash_trials", *arguments))
    for process in processes:
        output, errors = process.communicate(timeout=PATIENCE_S)
        assert output.startswith(f"{trials} of {trials} well"), f"{output}\n{errors}"
