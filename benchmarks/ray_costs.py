"""What an ingest on Ray costs beside a local one: processor time of all processes, in turns.

Each turn is a process of its own. It loads the model, or starts Ray and its workers, and takes in a
few files before the clock starts: start-up stands apart.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

WAYS = ("local", "ray")
WARM_UP_FILES = 8
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class RayScene:
    """What is measured.

    Attributes
    ----------
    folder : Path
        Of sounds.
    model : str
        Name or folder of a model.
    files : int
        Taken of the folder, in the order of their paths.
    runs : int
        Turns of each way.
    """

    folder: Path
    model: str
    files: int
    runs: int


@dataclass(frozen=True)
class Turn:
    """One ingest.

    Attributes
    ----------
    way : str
    files : int
        Sounds that it took in.
    seconds_of_sound : float
    startup_cpu_s, cpu_s : float
        Processor time of this process and all that it started, before the clock and after.
    wall_s : float
    """

    way: str
    files: int
    seconds_of_sound: float
    startup_cpu_s: float
    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class RayFigures:
    """Medians over turns, and the ratio of the ways' processor times.

    Attributes
    ----------
    turns : list of Turn
    local_cpu_s, ray_cpu_s : float
    local_wall_s, ray_wall_s : float
    times_cpu : float
        Ray's processor time over the local ingest's: the medians'.
    ms_a_file : float
        Processor time that Ray costs more for each file.
    """

    turns: list[Turn]
    local_cpu_s: float
    ray_cpu_s: float
    local_wall_s: float
    ray_wall_s: float
    times_cpu: float
    ms_a_file: float


def bench_ray(scene: RayScene, told: Callable[[Turn], None]) -> RayFigures:
    """Take the same files in locally and on Ray, in turns, into new libraries.

    Parameters
    ----------
    scene : RayScene
    told : callable
        Called after each turn.
    """
    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        chosen, few = _chosen(scene, Path(folder))
        ways = WAYS * scene.runs
        turns = []
        for way in ways:
            turns.append(_in_own_process(way, scene.model, chosen, few))
            told(turns[-1])
    cpu = {way: statistics.median(one.cpu_s for one in turns if one.way == way) for way in WAYS}
    wall = {way: statistics.median(one.wall_s for one in turns if one.way == way) for way in WAYS}
    return RayFigures(
        turns,
        cpu["local"],
        cpu["ray"],
        wall["local"],
        wall["ray"],
        times_cpu=cpu["ray"] / cpu["local"],
        ms_a_file=1000 * (cpu["ray"] - cpu["local"]) / max(1, turns[0].files),
    )


def _chosen(scene: RayScene, folder: Path) -> tuple[Path, Path]:
    """Copy the files that are taken in, and others for the start, into two folders."""
    from sqlclap.audio.formats import AUDIO_SUFFIXES

    found = sorted(one for one in scene.folder.rglob("*") if one.suffix.lower() in AUDIO_SUFFIXES)
    chosen, few = folder / "chosen", folder / "few"
    for target, files in ((chosen, found[: scene.files]), (few, found[-WARM_UP_FILES:])):
        target.mkdir()
        for number, file in enumerate(files):
            shutil.copyfile(file, target / f"{number}{file.suffix}")
    return chosen, few


def _in_own_process(way: str, model: str, chosen: Path, few: Path) -> Turn:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure, way, model, chosen, few).result()


def measure(way: str, model: str, chosen: Path, few: Path) -> Turn:
    """Take files in by one way, after a few for the start."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `sqlclap ingest` does
    import sqlclap
    from sqlclap.ingest.pipeline import ingest  # what follows it, such as an index, is no worker's
    from sqlclap.ray_ingest.crew import ray_crew

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sqlclap-")))
        crew = stack.enter_context(ray_crew("auto")) if way == "ray" else None
        options = sqlclap.IngestOptions(crew=crew)
        library = stack.enter_context(sqlclap.open(folder / "measured.db", model=model))
        ingest(library.session, [few], options)
        before, began = processor_time_s(), time.perf_counter()
        report = ingest(library.session, [chosen], options)
        wall = time.perf_counter() - began
        spent = processor_time_s() - before
    return Turn(way, report.new, report.seconds_of_sound, before, spent, wall)


def processor_time_s() -> float:
    """Return the processor time of this process and of all below it, also of those that ended."""
    parents, spent = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        pid = int(entry.name)
        parents[pid] = int(words[1])
        spent[pid] = sum(map(int, words[11:15]))  # its own, and of children that were waited for
    return sum(spent[pid] for pid in spent if _is_below(pid, os.getpid(), parents)) / TICKS_PER_S


def _is_below(pid: int, above: int, parents: dict[int, int]) -> bool:
    while pid and pid != above:
        pid = parents.get(pid, 0)
    return pid == above
