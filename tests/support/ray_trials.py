"""Workers, the command and a disk fail: `python -m tests.support.ray_trials FOLDER TRIALS`.

Each trial takes sounds into a new set of two shards, by a crew whose workers die. It is broken off
a few times: by kill -9, or since the second shard's disk, a small one of its own, is full. Then one
ingest comes to its end. Each sound has to be there, once, and to have been written once.

As `tests.support.crash_trials`, this starts no threads before it forks.
"""

from __future__ import annotations

import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import sqlclap
from sqlclap.ingest import batches
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.making import init_set
from tests.support.fake_bundle import build_fake_bundle
from tests.support.forking import forked, load_before_forks
from tests.support.patience import be_patient
from tests.support.ray_scene import LocalCrew
from tests.support.sounds import tone, write_sound

SOUNDS = 14
DISK_BYTES = 4 << 20
WHOLE, STOPPED = 0, 3
KINDS = ("worker", "command", "full")


def prepare(folder: Path) -> None:
    """Make the sounds, and the set that each trial starts from, with what a local ingest makes."""
    build_fake_bundle(folder / "model")
    for number in range(SOUNDS):
        write_sound(folder / "sounds" / f"{number}.wav", tone(100 + 41 * number, 0.4))
    (folder / "empty").mkdir()
    init_set(folder / "empty" / "set.toml", 2, str(folder / "model")).close()
    text = (folder / "empty" / "set.toml").read_text()
    assert '"set-0002.db"' in text
    changed = text.replace('"set-0002.db"', '"small/set-0002.db"')
    (folder / "empty" / "set.toml").write_text(changed)
    with sqlclap.open(folder / "local.db", model=str(folder / "model")) as library:
        library.ingest([folder / "sounds"])


def renew(folder: Path) -> None:
    """Put the empty set in the place of the trial before."""
    trial = folder / "trial"
    for old in [*trial.glob("*.*"), *trial.glob(".set*"), *(trial / "small").iterdir()]:
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    for file in (folder / "empty").iterdir():
        place = trial / "small" if file.name.startswith("set-0002") else trial
        if file.is_file():
            shutil.copyfile(file, place / file.name)


def take_in(folder: Path, seed: int) -> None:
    """Ingest with random deaths of workers; end with what became of it."""
    rng = random.Random(seed)
    crew = LocalCrew(lambda batch: len(batch) > 1 and rng.random() < 0.3)
    options = sqlclap.IngestOptions(crew=crew, commit_every_s=0)
    with open_set(folder / "trial" / "set.toml", SetOptions(model=str(folder / "model"))) as opened:
        report = opened.ingest([folder / "sounds"], options)
    assert not report.failed, report.failed
    told = [str(one) for one in report.not_written]
    with (folder / "told").open("a") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in told)
    os._exit(STOPPED if told else WHOLE)


def inspect(folder: Path) -> None:
    """Raise unless each sound is in one shard, with the vector of a local ingest, written once."""
    found: dict[str, bytes] = {}
    with open_set(folder / "trial" / "set.toml", SetOptions(model=str(folder / "model"))) as opened:
        report = verify_set(opened)
        assert report.is_well, report.problems
        for shard in opened.shards:
            with shard.open("read") as library:
                own = vectors_of(library)
                changes = "SELECT count(*), count(DISTINCT embedding_id) FROM embedding_changes"
                written = library.connection.execute(changes).fetchall()
            assert written == [(len(own), len(own))], f"done twice: {written}"
            assert not own.keys() & found.keys(), "in two shards"
            found |= own
    with sqlclap.open(folder / "local.db", mode="read", model=str(folder / "model")) as library:
        wanted = vectors_of(library)
    assert found.keys() == wanted.keys(), f"lost {wanted.keys() - found.keys()}"
    for name, vector in wanted.items():
        theirs, ours = (np.frombuffer(one, np.float32) for one in (vector, found[name]))
        np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=name)


def vectors_of(library: sqlclap.Library) -> dict[str, bytes]:
    """Return all vectors by path and window."""
    rows: list[Any] = library.connection.execute(
        "SELECT s.path, e.window_index, v.vector FROM samples AS s JOIN embeddings AS e"
        " USING (sample_id) JOIN vec_1 AS v USING (embedding_id)"
    ).fetchall()
    assert len({row[:2] for row in rows}) == len(rows)
    return {f"{path} {window}": bytes(vector) for path, window, vector in rows}


@contextmanager
def filled(small: Path, left: int) -> Iterator[None]:
    """Leave so many bytes of a disk."""
    free = shutil.disk_usage(small).free
    filler = small / "filler"
    filler.write_bytes(bytes(max(0, free - left)))
    try:
        yield
    finally:
        filler.unlink()


def run(folder: Path, seed: int) -> int:
    """Ingest in a process of its own; return how it ended."""
    _, status = os.waitpid(forked(lambda: take_in(folder, seed)), 0)
    return os.waitstatus_to_exitcode(status)


def broken_off(folder: Path, kind: str, rng: random.Random, takes_s: float) -> str:
    """Ingest once with trouble of a kind; return what came of it."""
    seed = rng.randrange(1 << 30)
    if kind == "full":
        with filled(folder / "trial" / "small", rng.randrange(0, 400_000)):
            ended = run(folder, seed)
        assert ended in (WHOLE, STOPPED), f"a full disk ended it with {ended}"
        return "full" if ended == STOPPED else "had room"
    victim = forked(lambda: take_in(folder, seed))
    if kind == "command":
        time.sleep(rng.uniform(0, takes_s))
        os.kill(victim, signal.SIGKILL)
    ended = os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1])
    assert ended in (WHOLE, -signal.SIGKILL), ended
    return "killed" if ended else "came to its end"


def trial(folder: Path, number: int, takes_s: float, counts: collections.Counter[str]) -> None:
    """Break a set's ingest off a few times, let it come to its end, and look."""
    rng = random.Random(number)
    renew(folder)
    for _ in range(rng.randrange(1, 4)):
        kind = KINDS[number % len(KINDS)] if rng.random() < 0.7 else rng.choice(KINDS)
        counts[broken_off(folder, kind, rng, takes_s)] += 1
    assert run(folder, number) == WHOLE, f"trial {number}"
    _, status = os.waitpid(forked(lambda: inspect(folder)), 0)
    counts["well" if status == 0 else "not well"] += 1


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount a small file system of memory; needs root."""
    place.mkdir(parents=True)
    size = f"size={DISK_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def main(folder: Path, trials: int) -> int:
    """Run the trials; print what happened as JSON."""
    load_before_forks()
    be_patient()
    batches.FILES = 3
    os.waitpid(forked(lambda: prepare(folder)), 0)
    counts: collections.Counter[str] = collections.Counter()
    with small_disk(folder / "trial" / "small"):
        renew(folder)
        began = time.monotonic()
        assert run(folder, 0) == WHOLE
        takes_s = time.monotonic() - began
        for number in range(trials):
            trial(folder, number, takes_s, counts)
    told = [json.loads(line) for line in (folder / "told").read_text().splitlines()]
    assert all("no room" in one for one in told), told
    print(json.dumps(counts))
    return 0 if counts["well"] == trials else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
