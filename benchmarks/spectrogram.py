"""The first view of a long recording's spectrogram, as the page asks a fresh server for it."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np

import sqlclap
from sqlclap.audio.spectrogram import SpectrogramGrid

SECONDS_AT_ONCE = 10
AT_ONCE = 5
"""Tiles that the page asks for together."""


@dataclass(frozen=True)
class SpectrogramScene:
    """What is drawn.

    Attributes
    ----------
    minutes : float
        Of noise with a tone that rises each ten seconds.
    sample_rate : int
        In Hz.
    pixels : int
        Of the picture's width.
    recording : Path, optional
        One that there is, instead.
    """

    minutes: float = 60.0
    sample_rate: int = 48_000
    pixels: int = 1_400
    recording: Path | None = None


@dataclass(frozen=True)
class SpectrogramFigures:
    """What it took.

    Attributes
    ----------
    first_view_ms : float
        From the first request to the last tile's last byte.
    processor_ms : float
        Of the server for it: what it takes where nothing else runs; NaN where unknown.
    again_ms : float
        The same once more: tiles are kept.
    tiles : int
    megabytes : float
        Of tiles.
    resident_before_mb, resident_peak_mb : float
        Of the whole server: before, and at most; NaN where the system doesn't tell.
    """

    first_view_ms: float
    processor_ms: float
    again_ms: float
    tiles: int
    megabytes: float
    resident_before_mb: float
    resident_peak_mb: float


def bench_spectrogram(folder: Path, scene: SpectrogramScene) -> SpectrogramFigures:
    """Make a recording and a library, serve it, and ask for the first view of all of it."""
    recording = scene.recording or write_recording(folder / "long.wav", scene)
    with sqlclap.open(folder / "long.db") as library:
        library.ingest([recording])
    with _serving(folder / "long.db") as (process, base):
        root = f"{base}/-/sqlclap/long/sample/1"
        _fetch(root)  # the server is awake; no sound has been opened
        before, worked = _memory_mb(process.pid, "VmRSS"), _processor_ms(process.pid)
        began = time.perf_counter()
        sizes = first_view(root, scene)
        viewed, worked = time.perf_counter(), _processor_ms(process.pid) - worked
        first_view(root, scene)
        again = time.perf_counter()
        return SpectrogramFigures(
            1000 * (viewed - began),
            worked,
            1000 * (again - viewed),
            len(sizes),
            sum(sizes) / 1e6,
            before,
            _memory_mb(process.pid, "VmHWM"),
        )


def write_recording(file: Path, scene: SpectrogramScene) -> Path:
    """Write the sound as WAV, in pieces, and return its file."""
    rng, rate = np.random.default_rng(0), scene.sample_rate
    left = round(60 * scene.minutes * rate)
    seconds = np.arange(rate) / rate
    rising = 0.3 * np.sin(2 * np.pi * (1_000 + 0.1 * rate * seconds) * seconds)
    with wave.open(str(file), "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(rate)
        while left > 0:
            piece = 0.02 * rng.standard_normal(SECONDS_AT_ONCE * rate)
            piece[:rate] += rising
            output.writeframes((32_767 * piece[:left]).astype("<i2").tobytes())
            left -= len(piece)
    return file


def first_view(root: str, scene: SpectrogramScene) -> list[int]:
    """Ask for all tiles of the level that fills the picture; return their sizes in bytes."""
    told = json.loads(_fetch(f"{root}/spectrogram"))
    rate, n_fft = told["sample_rate"], told["n_fft"]
    frames = round(told["duration_s"] * rate)
    columns = SpectrogramGrid(n_fft, 0).columns(frames)
    level = round(math.log2(max(columns / scene.pixels, 1)))  # as the page chooses it
    grid = SpectrogramGrid(n_fft, level)
    asked = f"n_fft={n_fft}&level={grid.level}&version={told['version']}"
    count = -(-grid.columns(frames) // told["tile_columns"])
    tiles = (f"{root}/spectrogram/tile?{asked}&tile={number}" for number in range(count))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [*pool.map(lambda address: len(_fetch(address)), tiles)]


def _fetch(address: str) -> bytes:
    with urlopen(address) as answer:  # noqa: S310 - of the server that was started here
        content: bytes = answer.read()
    return content


@contextmanager
def _serving(library: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-u", "-m", "sqlclap", "serve", str(library), "--no-browser"]
    process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        output: Any = process.stdout
        found = re.search(r"on (http://\S+)/ ", output.readline())
        if found is None:
            raise RuntimeError("sqlclap serve did not say where it serves")
        yield process, found[1]
    finally:
        process.terminate()
        process.wait()


def _processor_ms(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    found = re.search(rf"{name}:\s+(\d+) kB", status.read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")
