"""Kills ingests into a set at random moments, and looks what is lost or twice.

python -m tests.support.set_trials FOLDER --trials 100
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from pathlib import Path

from sqlclap import IngestOptions
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.making import init_set
from tests.support.fake_bundle import build_fake_bundle
from tests.support.forking import forked, load_before_forks
from tests.support.sounds import tone, write_sound

SOUNDS = 60


def work(folder: Path) -> None:
    """Take the sounds in."""
    options = IngestOptions(threads=1, commit_every_s=0.0)
    with open_set(folder / "set.toml", SetOptions(model=str(folder / "model"))) as opened:
        opened.ingest([folder / "sounds"], options)


def inspect(folder: Path, is_whole: bool) -> None:
    """Raise where something is twice or astray; with `is_whole`, where something is lost."""
    with open_set(folder / "set.toml", SetOptions(model=str(folder / "model"))) as opened:
        report = verify_set(opened)
        assert report.is_well, report.problems
        if is_whole:
            assert report.sounds == SOUNDS
            status = opened.info()
            assert status.vectors == SOUNDS, status


def trial(folder: Path, longest_s: float) -> bool:
    """Kill an ingest into a new set, look, take the rest in, and look again."""
    for one in folder.glob("set*"):
        one.unlink()
    _wait(forked(lambda: init_set(folder / "set.toml", 3, str(folder / "model"))))
    victim = forked(lambda: work(folder))
    time.sleep(random.uniform(0, longest_s))
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    steps = (lambda: inspect(folder, False), lambda: work(folder), lambda: inspect(folder, True))
    return all(_wait(forked(step)) == 0 for step in steps)


def _wait(child: int) -> int:
    return os.waitpid(child, 0)[1]


def main() -> None:
    """Run the trials, and print how many were well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=100)
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    load_before_forks()
    build_fake_bundle(folder / "model")
    for number in range(SOUNDS):
        write_sound(folder / "sounds" / f"{number}.wav", tone(100 + 13 * number, seconds=0.2))
    _wait(forked(lambda: init_set(folder / "set.toml", 3, str(folder / "model"))))
    began = time.monotonic()
    _wait(forked(lambda: work(folder)))
    longest_s = time.monotonic() - began
    well = 0
    for number in range(asked.trials):
        well += trial(folder, longest_s)
        print(f"{well} of {number + 1} well", flush=True)


if __name__ == "__main__":
    main()
