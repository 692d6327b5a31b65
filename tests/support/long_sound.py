"""Long recordings, written piece by piece, and the memory that ingesting one takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

PROGRAM = """
import json, resource, sys
import sqlclap
library, model, folder = sys.argv[1:]
with sqlclap.open(library, model=model) as opened:
    report = opened.ingest([folder])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"new": report.new, "elapsed_s": report.elapsed_s, "peak_mb": peak / 1024}))
"""


def write_long_sound(path: Path, minutes: float, rate: int) -> Path:
    """Write a mono recording that never repeats: a rising tone under noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
        for second in range(round(60 * minutes)):
            time = second + np.arange(rate) / rate
            sweep = np.sin(2 * np.pi * (100 + second / 4) * time)
            file.write((0.4 * sweep + 0.05 * rng.standard_normal(rate)).astype(np.float32))
    return path


def ingest_apart(library: Path, model: Path, folder: Path) -> dict[str, float]:
    """Ingest a folder in a process of its own; return its report and peak memory (in MB)."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(library), str(model), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures
