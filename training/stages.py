"""Stages that skip themselves when their output is there and nothing they depend on changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from sqlclap.durable import write_whole


@dataclass(frozen=True)
class Stage:
    """One step of the build.

    Attributes
    ----------
    name : str
        Unique; also the name of its stamp.
    run : callable
        Does the work; what it returns goes into the log.
    outputs : tuple of Path
        Files or folders that must exist for the stage to count as done.
    after : tuple of str
        Stages whose results it reads.
    config : mapping
        Anything that changes the result; JSON-able. Raise its "version" when the code changes
        what comes out.
    """

    name: str
    run: Callable[[], object]
    outputs: tuple[Path, ...]
    after: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)


def fingerprints(stages: list[Stage]) -> dict[str, str]:
    """Return a hash of each stage's configuration and of all that it builds on.

    Parameters
    ----------
    stages : list of Stage
        In an order in which every stage comes after those it names.
    """
    marks: dict[str, str] = {}
    for stage in stages:
        content = [stage.name, dict(stage.config), [marks[name] for name in stage.after]]
        encoded = json.dumps(content, sort_keys=True).encode()
        marks[stage.name] = hashlib.sha256(encoded).hexdigest()
    return marks


def stamp_path(name: str, folder: Path) -> Path:
    """Return where a stage's fingerprint is kept."""
    return folder / (name.replace("/", "-") + ".json")


def is_done(stage: Stage, mark: str, folder: Path) -> bool:
    """Tell whether a stage ran with this fingerprint and its outputs are still there."""
    stamp = stamp_path(stage.name, folder)
    if not stamp.exists() or json.loads(stamp.read_text())["fingerprint"] != mark:
        return False
    return all(output.exists() for output in stage.outputs)


def run_here(stage: Stage) -> object:
    """Run a stage in this process."""
    return stage.run()


def run_stages(
    stages: list[Stage],
    folder: Path,
    jobs: int = 1,
    runner: Callable[[Stage], object] = run_here,
) -> dict[str, str]:
    """Run what is not done yet, each stage as soon as those it names are.

    Parameters
    ----------
    stages : list of Stage
        In an order in which every stage comes after those it names.
    folder : Path
        Where stamps are kept.
    jobs : int
        Stages that run at the same time.
    runner : callable
        Runs one stage; `run_here` unless it is to happen in a process of its own.

    Returns
    -------
    dict
        "ran" or "skipped" by stage name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marks = fingerprints(stages)
    outcome: dict[str, str] = {}
    waiting = []
    for stage in stages:
        stale = any(outcome.get(name) != "skipped" for name in stage.after)
        if not stale and is_done(stage, marks[stage.name], folder):
            outcome[stage.name] = "skipped"
        else:
            waiting.append(stage)
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future, Stage] = {}
        while waiting or running:
            _start_ready(
                waiting, running, outcome, lambda stage: pool.submit(_timed, stage, runner)
            )
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stage = running.pop(future)
                _stamp(stage, marks[stage.name], folder, future.result())
                outcome[stage.name] = "ran"
    return outcome


def _start_ready(
    waiting: list[Stage],
    running: dict[Future, Stage],
    outcome: dict[str, str],
    submit: Callable[[Stage], Future],
) -> None:
    for stage in [s for s in waiting if all(name in outcome for name in s.after)]:
        waiting.remove(stage)
        running[submit(stage)] = stage


def _timed(stage: Stage, runner: Callable[[Stage], object]) -> tuple[object, float]:
    print(f"[{stage.name}] starts", flush=True)
    started = time.monotonic()
    return runner(stage), time.monotonic() - started


def _stamp(stage: Stage, mark: str, folder: Path, result: tuple[object, float]) -> None:
    said, took = result
    print(f"[{stage.name}] {said if said is not None else 'done'} ({took:.0f} s)", flush=True)
    stamp = {"fingerprint": mark, "seconds": round(took, 1)}
    write_whole(stamp_path(stage.name, folder), json.dumps(stamp) + "\n")
