"""What an ingest with workers elsewhere holds in memory, by the number of files: made-up ones.

The whole of an ingest but reading: a listing is made up, planned in pages, handed to an engine
that answers at once, and stored. Then it is taken in again with all files in another folder, so
that each is new and gone. Each count is a process of its own.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import tempfile
import threading
from collections.abc import Collection, Generator, Hashable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import own_memory_mb

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import EmbeddedSound, Outcome
    from sqlclap.ingest.plan import FileTask
    from sqlclap.ingest.scan import Scan
    from sqlclap.models.bundle import Bundle
    from sqlclap.ray_ingest.dispatch import Answer, Batch

WORKERS = 8
SAMPLED_S = 0.02
FILES_A_FOLDER = 1_000
RATE = 48_000


@dataclass(frozen=True)
class Held:
    """What one ingest held.

    Attributes
    ----------
    files : int
    moved : bool
        Whether all files lie in another folder than before.
    start_mb, most_mb : float
        Memory of this process alone, without mapped files, before and at most (in megabytes).
    """

    files: int
    moved: bool
    start_mb: float
    most_mb: float


def bench_planning(files: int, moves: bool) -> list[Held]:
    """Take in so many made-up files, and again as moved ones."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measured, files, moves).result()


def _measured(files: int, moves: bool) -> list[Held]:
    import sqlclap
    from sqlclap.ingest.pipeline import IngestOptions, ingest
    from sqlclap.ingest.shares import FileShare

    found = []
    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        options = IngestOptions(crew=_Crew(Path(folder)))
        with sqlclap.open(Path(folder) / "made-up.db") as library:
            for scans in [_MadeUp(100, "warm"), *[_MadeUp(files, n) for n in _names(moves)]]:
                start = own_memory_mb()
                with _watched() as most:
                    share = FileShare(lambda _, __: True, scans)
                    ingest(library.session, [folder], options, share=share)
                found.append(Held(files, scans.folder != "old", start, max(most)))
    return found[1:]


def _names(moves: bool) -> list[str]:
    return ["old", "new"] if moves else ["old"]


class _MadeUp(dict[Hashable, "Scan"]):
    """A scan of files that are nowhere, whatever is asked for."""

    def __init__(self, files: int, folder: str) -> None:
        super().__init__()
        self._files = files
        self.folder = folder

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: Hashable) -> Scan:
        from sqlclap.ingest.scan import FoundFile, Scan

        scan = Scan()
        for n in range(self._files):
            path = f"{self.folder}/{n // FILES_A_FOLDER:05}/recording-{n:08}.wav"
            scan.files.append(FoundFile(path, 90_000 + n % 5_000, 1_700_000_000_000_000_000 + n))
        return scan


class _Crew:
    """Workers that answer what they were given without reading it: a silent sound for each file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def outcomes(self, bundle: Bundle, tasks: Collection[FileTask]) -> Generator[Outcome]:
        from sqlclap.ray_ingest.dispatch import Dispatcher

        if tasks:
            yield from Dispatcher(_Engine(_sound(bundle, self._folder))).outcomes(tasks)


class _Engine:
    def __init__(self, sound: EmbeddedSound) -> None:
        self._sound = sound
        self._given: dict[int, Batch] = {}

    def free_workers(self) -> list[int]:
        return [one for one in range(WORKERS) if one not in self._given]

    def submit(self, worker: int, batch: Batch) -> None:
        self._given[worker] = batch

    def wait(self) -> Answer:
        from sqlclap.ray_ingest.dispatch import Answer

        worker = next(iter(self._given))
        return Answer(worker, [self._outcome(task) for task in self._given.pop(worker)])

    def _outcome(self, task: FileTask) -> EmbeddedSound:
        name = task.file.path.rpartition("/")[2]
        facts = replace(self._sound.facts, content_hash=hashlib.sha256(name.encode()).hexdigest())
        return replace(self._sound, task=task, facts=facts)


def _sound(bundle: Bundle, folder: Path) -> EmbeddedSound:
    """Read one short silent file, of which the others' answers are made."""
    import wave

    from sqlclap.db.sources import Source
    from sqlclap.ingest.embedding import EmbeddedSound
    from sqlclap.ingest.plan import FileTask
    from sqlclap.ingest.scan import FoundFile
    from sqlclap.ray_ingest.worker import EncoderWorker

    with wave.open(str(folder / "one.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * RATE // 10))
    task = FileTask(Source(1, str(folder)), FoundFile("one.wav", 1, 1), None)
    (sound,) = EncoderWorker(bundle, dict).embed((task,))
    (folder / "one.wav").unlink()
    if not isinstance(sound, EmbeddedSound):
        raise TypeError(f"expected a sound, got {sound}")
    return sound


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Look at this process's memory again and again, in a thread."""
    found, is_over = [own_memory_mb()], threading.Event()

    def look() -> None:
        while not is_over.wait(SAMPLED_S):
            found[:] = [max(found[0], own_memory_mb())]

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()
