"""An audio tower on a device: batches, binding of what goes in and out, and half floats."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.audio.front_end import FrontEnd
from sqlclap.models.bundle import Bundle
from sqlclap.models.contract import Precision
from sqlclap.models.device_runs import run_bound
from sqlclap.models.precision import convert
from sqlclap.models.runtime import Device, open_graph
from sqlclap.models.sanity import probe_sounds

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array


@dataclass(frozen=True)
class DeviceScene:
    """What is measured.

    Attributes
    ----------
    device : {"cpu", "cuda"}
    precisions : tuple of str
    batches : tuple of int
        Windows of a run.
    runs : int
        Repetitions, after one that isn't counted.
    """

    device: Device = "cpu"
    precisions: tuple[Precision, ...] = ("fp32", "fp16")
    batches: tuple[int, ...] = (1, 4, 16, 64)
    runs: int = 5


def bench_device(bundle: Bundle, scene: DeviceScene) -> list[dict[str, Any]]:
    """Time a bundle's audio tower; each row says how far its vectors are from the processor's.

    Parameters
    ----------
    bundle : Bundle
    scene : DeviceScene

    Returns
    -------
    list of dict
        ``precision``, ``batch``, ``way`` ("plain" or "bound"), ``ms_a_window``,
        ``windows_per_s``, ``lowest_cosine``.
    """
    graph, output = bundle.read("audio.onnx"), bundle.contract.outputs.audio
    windows = _windows(bundle)
    exact = _unit(_embed(open_graph(graph, "cpu"), windows, output, 1))
    rows = []
    for precision in scene.precisions:
        session = open_graph(convert(graph, precision), scene.device)
        for batch in scene.batches:
            vectors = _unit(_embed(session, windows, output, min(batch, len(windows))))
            cosine = float((vectors * exact).sum(axis=1).min())
            about = {"precision": precision, "lowest_cosine": cosine}
            timed = _time_batch(session, np.resize(windows, (batch, *windows.shape[1:])), scene)
            rows += [about | row for row in timed]
    return rows


def _windows(bundle: Bundle) -> Float32Array:
    front_end = FrontEnd(bundle.contract.front_end)
    spec = front_end.spec
    sounds = [sound[: spec.window_samples] for sound in probe_sounds(spec.sample_rate)]
    return np.stack([front_end.features(sound) for sound in sounds])


def _feeds(session: Any, features: Float32Array) -> dict[str, Any]:
    entry = session.get_inputs()[0]
    return {entry.name: features[:, None] if len(entry.shape) == features.ndim + 1 else features}


def _embed(session: Any, features: Float32Array, output: str | None, batch: int) -> Float32Array:
    names = None if output is None else [output]
    parts = [
        session.run(names, _feeds(session, features[start : start + batch]))[0]
        for start in range(0, len(features), batch)
    ]
    return np.concatenate(parts).astype(np.float32)


def _time_batch(session: Any, features: Float32Array, scene: DeviceScene) -> list[dict[str, Any]]:
    feeds = _feeds(session, features)
    ways: dict[str, Callable[[], object]] = {
        "plain": lambda: session.run(None, feeds),
        "bound": lambda: run_bound(session, feeds, None, scene.device),
    }
    rows = []
    for name, run in ways.items():
        run()
        times = []
        for _ in range(scene.runs):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        each = statistics.median(times) / len(features)
        figures = {"ms_a_window": 1000 * each, "windows_per_s": 1 / each}
        rows.append({"batch": len(features), "way": name} | figures)
    return rows


def _unit(vectors: Float32Array) -> Float32Array:
    norms: Float32Array = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / norms
