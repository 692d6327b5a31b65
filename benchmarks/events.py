"""Planted calls, found by labels of five anchors, by an energy detector and by whole files.

The energy detector listens to the band that tells a kind of call best. Whole files: each window
has its recording's score.

Half of the recordings give anchors and judged windows to calibrate by, the other half is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.soundscapes import (
    CALLS,
    FRAME,
    RATE,
    SNRS,
    Call,
    Soundscape,
    band_levels,
    make_soundscape,
)
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.vectors import own_vectors
from sqlclap.labels.labelled_examples import Examples
from sqlclap.labels.precision import normal_quantile
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.threshold_fitting import TargetPrecision, average_precision, fit_point

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int64Array

ANCHORS = 5
ANCHOR_SNRS = (10, 15, 20)
EACH = 3
"""Calls of each kind in a recording."""

TARGET = TargetPrecision(0.8, normal_quantile(0.9))
METHODS = ("label", "energy", "whole file")


@dataclass(frozen=True)
class EventScene:
    """What is made up.

    Attributes
    ----------
    recordings : int
        Half of them to learn from, half to be judged by.
    seconds : float
        Of each.
    seed : int
    """

    recordings: int = 24
    seconds: float = 60.0
    seed: int = 0

    def make(self) -> list[Soundscape]:
        """Make the recordings."""
        made = []
        for number in range(self.recordings):
            rng = np.random.default_rng((self.seed, number))
            made.append(
                make_soundscape(self.seconds, rng.permutation([*CALLS] * EACH).tolist(), rng)
            )
        return made


@dataclass
class EventFigures:
    """What `bench_events` measured, means over the kinds of calls.

    Attributes
    ----------
    windows, calls : int
        In the recordings that are judged.
    chance : float
        Share of windows that hold a call of a kind: the average precision of guessing.
    average_precision : dict
        By method and SNR (in dB), and "all": calls of that SNR among all windows without one.
    recall : dict
        By method and SNR, and "all": of windows that hold a call, above the calibrated threshold.
    precision : dict
        By method, above it; the target is 0.8, to be shown with 90 % confidence. None where no
        kind has a threshold.
    uncalibrated : dict
        By method: kinds of which no threshold meets the target.
    """

    windows: int = 0
    calls: int = 0
    chance: float = 0.0
    average_precision: dict[str, dict[str, float]] = field(default_factory=dict)
    recall: dict[str, dict[str, float]] = field(default_factory=dict)
    precision: dict[str, float | None] = field(default_factory=dict)
    uncalibrated: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Windows:
    """All windows of the library: whose they are, where they lie, and their bands' levels."""

    recording: Int64Array
    start_s: Float64Array
    end_s: Float64Array
    vectors: np.ndarray
    energy: Float64Array


def bench_events(folder: Path, scene: EventScene, model: str | None = None) -> EventFigures:
    """Make recordings below a folder, take them in, and look for what was planted."""
    scapes = scene.make()
    sounds = folder / "sounds"
    sounds.mkdir(parents=True)
    for number, one in enumerate(scapes):
        one.write(sounds / f"{number:04}.wav")
    with sqlclap.open(folder / "events.db", model=model) as library:
        library.ingest([sounds])
        windows = _read_windows(library, scapes)
        anchors = _add_labels(library, scapes)
        return _judge(library, scapes, windows, anchors)


def _sample_ids(library: sqlclap.Library) -> list[int]:
    """Return the recordings' ids, in their order."""
    rows = library.connection.execute("SELECT sample_id FROM samples ORDER BY path")
    return [int(str(row[0])) for row in rows]


def _read_windows(library: sqlclap.Library, scapes: list[Soundscape]) -> _Windows:
    numbers = {sample: number for number, sample in enumerate(_sample_ids(library))}
    query = "SELECT embedding_id, start_s, end_s FROM embeddings WHERE window_index IS NOT NULL"
    places = {int(str(key)): (a, b) for key, a, b in library.connection.execute(query)}
    blocks = list(own_vectors(library.connection, library.session.model, windows=True))
    ids = np.concatenate([one.embedding_ids for one in blocks])
    recording = np.array([numbers[int(key)] for one in blocks for key in one.sample_ids])
    bounds = np.array([places[int(key)] for key in ids], dtype=np.float64)
    vectors = np.concatenate([one.vectors for one in blocks])
    levels = [band_levels(one.samples) for one in scapes]
    energy = [
        levels[number][int(a * RATE / FRAME) : max(int(b * RATE / FRAME), 1)].max(axis=0)
        for number, (a, b) in zip(recording, bounds, strict=True)
    ]
    return _Windows(recording, bounds[:, 0], bounds[:, 1], vectors, np.array(energy))


def _add_labels(
    library: sqlclap.Library, scapes: list[Soundscape]
) -> Mapping[str, list[tuple[int, Call]]]:
    """Make a label of each kind; return its anchors, from the first half's recordings."""
    ids = _sample_ids(library)
    used: dict[str, list[tuple[int, Call]]] = {}
    for kind in CALLS:
        calls = [
            (number, call)
            for number, one in enumerate(scapes[: len(scapes) // 2])
            for call in one.calls
            if call.kind == kind and call.snr_db in ANCHOR_SNRS
        ]
        chosen = calls[:: max(1, len(calls) // ANCHORS)][:ANCHORS]
        library.labels.add(kind)
        spans = [SampleSpan(ids[at], Span(call.start_s, call.end_s)) for at, call in chosen]
        library.labels.add_anchors(kind, [str(one) for one in spans])
        used[kind] = chosen
    return used


def _touched(windows: _Windows, calls: list[tuple[int, Call]]) -> BoolArray:
    """Tell which windows overlap these calls."""
    found = np.zeros(len(windows.recording), dtype=np.bool_)
    for number, call in calls:
        overlaps = (windows.start_s < call.end_s) & (windows.end_s > call.start_s)
        found |= (windows.recording == number) & overlaps
    return found


def _holds(windows: _Windows, scapes: list[Soundscape], kind: str) -> Float64Array:
    """Return the SNR of the call in each window; 0: none; NaN: less than half of one."""
    found = np.zeros(len(windows.recording))
    for number, one in enumerate(scapes):
        for call in (call for call in one.calls if call.kind == kind):
            shared = np.minimum(windows.end_s, call.end_s) - np.maximum(
                windows.start_s, call.start_s
            )
            here = (windows.recording == number) & (shared > 0)
            whole = here & (shared >= 0.5 * (call.end_s - call.start_s))
            found[here & ~whole & (found == 0)] = np.nan
            found[whole] = np.fmax(found[whole], call.snr_db)
    return found


def _judge(
    library: sqlclap.Library,
    scapes: list[Soundscape],
    windows: _Windows,
    anchors: Mapping[str, list[tuple[int, Call]]],
) -> EventFigures:
    half = len(scapes) // 2
    scorer, tested = scorer_of(library.session), windows.recording >= half
    calls = sum(len(one.calls) for one in scapes[half:])
    figures = EventFigures(int(tested.sum()), calls)
    scores, of_files = scorer.score(windows.vectors), _file_scores(library, windows)
    gap = np.full(len(windows.recording), np.inf)
    results: dict[str, list[_Result]] = {method: [] for method in METHODS}
    for kind in CALLS:
        at, snr = scorer.position(kind), _holds(windows, scapes, kind)
        known = ~np.isnan(snr)
        fits = known & ~tested & ~_touched(windows, anchors[kind])
        by_method = {
            "label": (scores.score[:, at], scores.gap[:, at]),
            "energy": (_best_band(windows, snr, fits) / 100, gap),  # thresholds go up to 1
            "whole file": (of_files[:, at], gap),
        }
        for method, (score, margin) in by_method.items():
            examples = Examples(score, margin, snr > 0, np.ones(len(snr)))
            results[method].append(_result(examples, snr, fits, known & tested))
    return _sum_up(figures, results)


def _file_scores(library: sqlclap.Library, windows: _Windows) -> Float64Array:
    """Return each window's recording's scores, shape (windows, labels)."""
    files = library.vectors()
    scores = scorer_of(library.session).score(files.array).score
    rows = np.searchsorted(files.sample_ids, _sample_ids(library))
    return np.asarray(scores[rows[windows.recording]])


def _best_band(windows: _Windows, snr: Float64Array, fits: BoolArray) -> Float64Array:
    """Return the levels of the band that tells a kind best where it may be learned."""
    none = np.full(len(snr), np.inf)

    def well(level: Float64Array) -> float:
        examples = Examples(level, none, snr > 0, np.ones(len(snr)))
        return average_precision(examples.take(fits))

    return max(windows.energy.T, key=well)


@dataclass(frozen=True)
class _Result:
    """One kind's figures by one method."""

    chance: float
    average_precision: dict[str, float]
    recall: dict[str, float]
    precision: float


def _result(examples: Examples, snr: Float64Array, fits: BoolArray, tests: BoolArray) -> _Result:
    point = fit_point(examples.take(fits), TARGET)
    above = np.zeros(len(snr), dtype=np.bool_)
    if point is not None:
        above = (examples.score >= point.threshold) & (examples.gap >= point.gap)
    wanted = {"all": snr > 0} | {f"{one} dB": snr == one for one in SNRS}
    precisions, recalls = {}, {}
    for name, which in wanted.items():
        chosen, held = tests & (which | (snr == 0)), tests & which
        if held.any():
            precisions[name] = average_precision(examples.take(chosen))
            recalls[name] = float(above[held].mean())
    shown = tests & above
    precision = float((snr[shown] > 0).mean()) if shown.any() else float("nan")
    return _Result(float((snr[tests] > 0).mean()), precisions, recalls, precision)


def _sum_up(figures: EventFigures, results: Mapping[str, list[_Result]]) -> EventFigures:
    figures.chance = float(np.mean([one.chance for one in results["label"]]))
    for method, ones in results.items():
        names = ["all", *(f"{snr} dB" for snr in SNRS)]
        figures.average_precision[method] = {
            name: float(
                np.mean([one.average_precision[name] for one in ones if name in one.recall])
            )
            for name in names
            if any(name in one.recall for one in ones)
        }
        figures.recall[method] = {
            name: float(np.mean([one.recall[name] for one in ones if name in one.recall]))
            for name in figures.average_precision[method]
        }
        shown = [one.precision for one in ones if not np.isnan(one.precision)]
        figures.precision[method] = float(np.mean(shown)) if shown else None
        figures.uncalibrated[method] = len(ones) - len(shown)
    return figures
