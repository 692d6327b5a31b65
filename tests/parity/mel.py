"""The front end alone: processor time of one core for a window of real sound.

    python -m tests.parity.mel BUNDLE

Prints JSON. numpy from 2.0 on transforms in single precision, which the `laion` environment's 1.26
can't: run it where sqlclap is used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np

from sqlclap.db.exact import ONE_THREAD
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from tests.parity.recordings import read_all, recordings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=50)
    chosen = parser.parse_args()
    encoder = Encoder(open_bundle(chosen.bundle))
    spec = encoder.bundle.contract.front_end
    sounds = np.concatenate(read_all(recordings(), encoder))
    window = sounds[: spec.window_samples]
    if len(window) < spec.window_samples:
        raise SystemExit(f"expected {spec.window_samples} samples of sound, got {len(window)}")
    times = []
    with ONE_THREAD:
        for _ in range(chosen.rounds):
            began = time.thread_time()
            encoder.front_end.features(window)
            times.append(1000 * (time.thread_time() - began))
    print(json.dumps({"median_ms": statistics.median(times), "least_ms": min(times)}))


if __name__ == "__main__":
    main()
