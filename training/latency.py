"""How much processor time the bundle's graphs take: ``python -m training.latency``.

Processor time of a single-threaded session, not wall time, so that other work on the machine
hardly counts.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from sqlclap.durable import write_whole
from training import paths
from training.features import FRONT_END
from training.procedural.catalogue import make_sound

_REPEATS = 60
_BATCH = 16


def median_ms(work: Callable[[], object]) -> float:
    """Return the median processor time of a piece of work (in ms), after three warm-ups."""
    taken = []
    for turn in range(_REPEATS + 3):
        started = time.process_time()
        work()
        if turn >= 3:
            taken.append((time.process_time() - started) * 1e3)
    return statistics.median(taken)


def session(name: str):
    """Open one of the bundle's graphs on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = str(paths.BUNDLE / name)
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def measure() -> dict[str, float]:
    """Return the processor time of loading, of windows, of features and of a text (in ms)."""
    from sqlclap.audio.front_end import FrontEnd

    front_end = FrontEnd(FRONT_END)
    sound = make_sound("pad", 0)[: FRONT_END.window_samples]
    batch = np.stack([front_end.features(sound)] * _BATCH)
    audio, text = session("audio.onnx"), session("text.onnx")
    ids = np.array([[101, 2784, 5926, 102]])
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    return {
        "load audio.onnx": median_ms(lambda: session("audio.onnx")),
        "load text.onnx": median_ms(lambda: session("text.onnx")),
        "features of a window": median_ms(lambda: front_end.features(sound)),
        "one window alone": median_ms(lambda: audio.run(None, {"features": batch[:1]})),
        "a window in a batch of 16": median_ms(lambda: audio.run(None, {"features": batch}))
        / _BATCH,
        "a text of four tokens": median_ms(lambda: text.run(None, feed)),
    }


def main() -> None:
    """Measure, print and store for the model card."""
    found = {name: round(value, 2) for name, value in measure().items()}
    paths.REPORTS.mkdir(parents=True, exist_ok=True)
    write_whole(paths.REPORTS / "latency.json", json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"{value:8.2f} ms  {name}")


if __name__ == "__main__":
    main()
