"""A library with a recording in which calls lie at known times, and cuts of it as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import sqlclap
from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan, Span
from tests.support.sounds import RATE, noise, tone, write_sound

CALLS = {"a": (1.0, 1.4), "b": (3.25, 4.5), "c": (6.0, 6.3)}
"""Where the calls of `dawn.wav` are, in seconds."""

LENGTH_S = 8.0
B = Span(*CALLS["b"])
CLOSE = 2e-6
ANCHORS = "SELECT sample_id, start_s, end_s FROM anchors ORDER BY anchor_id"


def dawn() -> np.ndarray:
    """Return a recording of quiet noise with three calls, shape (n,), float32."""
    samples = 0.02 * noise(5, LENGTH_S)
    for number, (start_s, end_s) in enumerate(CALLS.values()):
        call = tone(500 + 400 * number, end_s - start_s)
        at = round(start_s * RATE)
        samples[at : at + len(call)] += call
    return samples


def cut(samples: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    """Return a stretch of a recording."""
    return samples[round(start_s * RATE) : round(end_s * RATE)]


def write_recordings(folder: Path) -> None:
    """Write the recording in two formats, its calls as files of their own, and other sounds."""
    samples = dawn()
    write_sound(folder / "dawn.wav", samples)
    write_sound(folder / "dusk.flac", samples[::-1])
    for name, times in CALLS.items():
        write_sound(folder / "calls" / f"{name}.wav", cut(samples, *times))
    for hz in (110, 880):
        write_sound(folder / "tones" / f"tone-{hz}.wav", tone(hz))
    write_sound(folder / "odd@1-2.wav", noise(7, 3.0))


def ids_of(library: sqlclap.Library) -> dict[str, int]:
    """Return the samples' ids by path."""
    rows: list[Any] = library.connection.execute("SELECT path, sample_id FROM samples").fetchall()
    return dict(rows)


def sounds_of(library: sqlclap.Library) -> Path:
    """Return the folder of a library's recordings."""
    return library.path.parent / "sounds"


def states(library: sqlclap.Library) -> list[str]:
    """Return the states of the anchors of `bird`."""
    return [anchor.state for anchor in library.labels.anchors("bird")]


def scores(library: sqlclap.Library) -> dict[str, float]:
    """Return the scores of what `bird` finds, by path."""
    return {one.path: one.score for one in library.labels.matches("bird", 50)}


def span_vector(library: sqlclap.Library, path: str, span: Span) -> np.ndarray:
    """Return the vector that is kept of a span, shape (dim,)."""
    place = SampleSpan(ids_of(library)[path], span)
    return vectors_of_spans(library.connection, library.session.model, [place])[1][0]


def vector_of(library: sqlclap.Library, path: str) -> np.ndarray:
    """Return a sample's own vector, shape (dim,)."""
    ids, vectors = library.vectors()
    return vectors[list(ids).index(ids_of(library)[path])]
