"""A year of one recorder, made up: taking it in, its events, and how often they occur.

Recordings are made a month at a time and removed again once they are taken in: a year of 60 s an
hour is 34 GB of WAV.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

import sqlclap
from benchmarks.soundscapes import SNRS, make_soundscape
from benchmarks.timing import Timing, own_memory_mb, peak_memory_mb, time_runs
from sqlclap.db.spans import SampleSpan, Span, optional_span, speaks_for
from sqlclap.db.statements import write_transaction
from sqlclap.labels.moment_review import MomentReviewRequest
from sqlclap.labels.review import Review
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.votes import CastVote, Verdict, cast_votes

FILES = 8_760
KIND = "trill"
SHARE = 0.01
BEGAN = datetime(2024, 1, 1)
ANSWERS = 100
EVENTS = 100
ANCHORS = 5
RUNS = 3


@dataclass(frozen=True)
class RecorderScene:
    """What is recorded: one file an hour.

    Attributes
    ----------
    files : int
    seconds : float
        Of each file.
    at_once : int
        Files that lie on disk together.
    minutes : float
        No further part is taken in after so long (in minutes); 0: all of them are.
    seed : int
    """

    files: int = FILES
    seconds: float = 60.0
    at_once: int = 730
    minutes: float = 0.0
    seed: int = 0

    def parts(self) -> Iterator[range]:
        """Yield the numbers of the files that lie on disk together, while there is time."""
        began = time.monotonic()
        for first in range(0, self.files, self.at_once):
            if self.minutes and time.monotonic() - began >= 60 * self.minutes:
                return
            yield range(first, min(first + self.at_once, self.files))

    def started(self, number: int) -> datetime:
        """Return when a file begins: they are spread over a year, however many there are."""
        return BEGAN + timedelta(hours=number * FILES // self.files)


@dataclass
class RecorderFigures:
    """What `bench_recorder` measured.

    Attributes
    ----------
    files : int
        Taken in.
    hours : float
        Of sound.
    windows : int
    times_real_time : float
        Seconds of sound taken in a second by the clock.
    times_real_time_by_cpu : float
        Seconds of sound taken in a second of processor time, of all threads together.
    own_memory_mb : list of float
        Memory of this process alone after each part.
    peak_memory_mb : float
        With mapped files.
    library_mb : float
    planted : float
        Share of files that hold the call.
    events : Timing
        The label's first 100 events, among all windows.
    density, window_density : Timing
        The label's share of files, and of windows, by month.
    estimated, low, high : float
        That of all files.
    """

    files: int = 0
    hours: float = 0.0
    windows: int = 0
    times_real_time: float = 0.0
    times_real_time_by_cpu: float = 0.0
    own_memory_mb: list[float] = field(default_factory=list)
    peak_memory_mb: float = 0.0
    library_mb: float = 0.0
    planted: float = 0.0
    events: Timing | None = None
    density: Timing | None = None
    window_density: Timing | None = None
    estimated: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def took_in(self, files: int, file_s: float, clock_s: float, processor_s: float) -> None:
        """Note how far it came: files of `file_s` seconds each, and the time that all took."""
        self.files = files
        self.hours = files * file_s / 3600
        self.times_real_time = files * file_s / clock_s
        self.times_real_time_by_cpu = files * file_s / processor_s
        self.own_memory_mb.append(own_memory_mb())


def bench_recorder(
    folder: Path,
    scene: RecorderScene,
    model: str | None = None,
    told: Callable[[RecorderFigures], None] = lambda _: None,
) -> RecorderFigures:
    """Make recordings below a folder, take them in part by part, and ask about them.

    Parameters
    ----------
    folder : Path
    scene : RecorderScene
    model : str, optional
    told : callable
        Called after each part with the figures so far.
    """
    figures = RecorderFigures()
    path, held = folder / "recorder.db", dict[str, Span]()
    folder.mkdir(parents=True, exist_ok=True)
    with sqlclap.open(path, model=model) as library:
        clock, processor = _Stopwatch(time.perf_counter), _Stopwatch(time.process_time)
        for numbers in scene.parts():
            part = folder / f"part-{numbers.start:05}"
            held |= _record(part, scene, numbers)
            with clock, processor:
                library.ingest([part])
            if not figures.files:
                _label(library, held)
            shutil.rmtree(part)
            figures.took_in(numbers.stop, scene.seconds, clock.seconds, processor.seconds)
            told(figures)
        count = "SELECT count(*) FROM embeddings WHERE window_index IS NOT NULL"
        figures.windows = int(str(library.connection.execute(count).fetchall()[0][0]))
        figures.planted = len(held) / figures.files
        _ask(library, held, figures)
    figures.peak_memory_mb = peak_memory_mb()
    figures.library_mb = path.stat().st_size / 1e6
    return figures


@dataclass
class _Stopwatch:
    """Adds up what a clock says has passed within `with` blocks."""

    clock: Callable[[], float]
    seconds: float = 0.0
    began: float = 0.0

    def __enter__(self) -> None:
        self.began = self.clock()

    def __exit__(self, *_: object) -> None:
        self.seconds += self.clock() - self.began


def _record(part: Path, scene: RecorderScene, numbers: range) -> dict[str, Span]:
    """Write a part's files; return where calls are, by name."""
    part.mkdir(parents=True)
    held: dict[str, Span] = {}
    for number in numbers:
        rng = np.random.default_rng((scene.seed, number))
        # The first ones are the label's examples.
        kinds = [KIND] if number < ANCHORS or rng.random() < SHARE else []
        made = make_soundscape(scene.seconds, kinds, rng, SNRS[2:])
        name = f"{scene.started(number):%Y%m%d_%H%M%S}.wav"
        made.write(part / name)
        for call in made.calls:
            held[name] = Span(call.start_s, call.end_s)
    return held


def _label(library: sqlclap.Library, held: dict[str, Span]) -> None:
    """Make the label of the first calls, while their files are there."""
    rows = library.connection.execute("SELECT path, sample_id FROM samples")
    ids = {str(path): int(str(key)) for path, key in rows}
    anchors = [SampleSpan(ids[name], span) for name, span in [*held.items()][:ANCHORS]]
    library.labels.add(KIND)
    library.labels.add_anchors(KIND, [str(one) for one in anchors])


def _ask(library: sqlclap.Library, held: dict[str, Span], figures: RecorderFigures) -> None:
    """Look for the call, answer a review truly, and estimate how often it is there."""
    library.index.build()

    def find_events() -> None:
        library.labels.matches(KIND, EVENTS, moments=True, confidence="low")

    find_events()  # the first one maps the index
    figures.events = time_runs(find_events, RUNS)
    labels = library.labels
    asked = MomentReviewRequest(KIND, ANSWERS, seed=0)
    for review in (labels.review(KIND, ANSWERS, seed=0), labels.review_moments(asked)):
        _answer(library, held, review)
    figures.density = time_runs(lambda: library.labels.density(KIND, by="month"), RUNS)
    by_month = partial(library.labels.density, KIND, by="month", moments=True)
    figures.window_density = time_runs(by_month, RUNS)
    (found,) = library.labels.density(KIND)
    figures.estimated, figures.low, figures.high = found.density, found.low, found.high


def _answer(library: sqlclap.Library, held: dict[str, Span], review: Review) -> None:
    """Answer a review truly. Files are gone by now: votes on windows are stored as others store."""
    label = library.labels.get(KIND)
    scorer = scorer_of(library.session)
    for item in review.items:
        span, call = optional_span(item.start_s, item.end_s), held.get(item.path)
        holds = call is not None and (span is None or speaks_for(call, span))
        verdict: Verdict = "accept" if holds else "reject"
        vote = CastVote(verdict, "review", review.review_id, item.stratum)
        place = SampleSpan(item.sample_id, span)
        with write_transaction(library.connection) as connection:
            cast_votes(connection, label, [place], vote, scorer)
