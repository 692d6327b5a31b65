"""Labels at scale: matches, SQL functions, the view, calibration, tagging."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.timing import Timing, summarise_times, time_runs
from benchmarks.vector_library import MODEL, make_vector_library
from sqlclap.db.exact import nearest
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import sample_vector
from sqlclap.errors import LibraryError, NotEnoughVotesError
from sqlclap.index.handle import LibraryIndex
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.tagging import TagRequest
from sqlclap.sqlfunctions.adapters import register_functions

if TYPE_CHECKING:
    import apsw

MATCHES = 100
ROWS = 10_000
VOTES = 2_000
EXHAUSTIVE_LABELS = 3
SPREAD = 20
"""Every so many of a sound's neighbours becomes an anchor, so that anchors differ."""


@dataclass
class LabelFigures:
    """What `bench_labels` measured.

    Attributes
    ----------
    vectors, labels, anchors : int
        Size of the library; labels; anchors each.
    load_anchors : Timing
        Reading all anchors anew, as the first question after a change does.
    matches : Timing
        The first 100 matches of a label with gaps over all labels, anchors at hand.
    overlap : float
        Of those with exhaustive scoring, mean over a few labels.
    exhaustive : Timing
        The peer: the same by scoring every sample.
    functions : Timing
        clap_score and clap_gap over 10,000 rows in one SELECT.
    view : Timing
        label_scores for one sample.
    calibrate : Timing
        From 2,000 votes.
    tag_s : float
        All labels over the whole library, in one call.
    tagged : int
    """

    vectors: int
    labels: int
    anchors: int
    load_anchors: Timing | None = None
    matches: Timing | None = None
    overlap: float = 0.0
    exhaustive: Timing | None = None
    functions: Timing | None = None
    view: Timing | None = None
    calibrate: Timing | None = None
    tag_s: float = 0.0
    tagged: int = 0


@dataclass(frozen=True)
class LabelSizes:
    """How large the bench is.

    Attributes
    ----------
    vectors, labels, anchors, runs : int
    """

    vectors: int = 20_000
    labels: int = 20
    anchors: int = 10
    runs: int = 5
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(f"label {number}" for number in range(self.labels))
        object.__setattr__(self, "names", names)


def bench_labels(path: Path, sizes: LabelSizes) -> LabelFigures:
    """Measure labels in a library of made-up vectors.

    Parameters
    ----------
    path : Path
        The library; made where it isn't there, and kept. Its labels are made anew.
    sizes : LabelSizes

    Raises
    ------
    LibraryError
        The library was not made by this: its labels are somebody's.
    """
    _make_library(path, sizes)
    with LibraryFile(path) as file:
        LibraryIndex(file.connection, default_model(file.connection)).refresh()
    with sqlclap.open(path, mode="write") as library:
        _make_labels(library, sizes)
        figures = LabelFigures(sizes.vectors, sizes.labels, sizes.anchors)
        _measure_matches(library, sizes, figures)
        _measure_sql(library, sizes, figures)
        _measure_calibration(library, sizes, figures)
        _measure_tagging(library, figures)
    return figures


def _make_library(path: Path, sizes: LabelSizes) -> None:
    """Fill a new library, or make sure that what there is was made here: its labels go."""
    with LibraryFile(path, "create") as file:
        models = [name for (name,) in file.connection.execute("SELECT name FROM models")]
    if not models:
        make_vector_library(path, sizes.vectors)
    elif models != [MODEL]:
        raise LibraryError(
            f"{path} holds sounds of your own, and measuring replaces all labels; "
            "name a file that isn't there yet"
        )


def _make_labels(library: sqlclap.Library, sizes: LabelSizes) -> None:
    """Give each label anchors among the neighbours of a sound of its own."""
    connection = library.connection
    with write_transaction(connection):
        connection.execute("DELETE FROM labels")
    model = default_model(connection)
    chosen = _some(sizes, sizes.labels, seed=0)
    owner = "SELECT sample_id FROM embeddings WHERE embedding_id = ?"
    for name, seed in zip(sizes.names, chosen, strict=True):
        vector = sample_vector(connection, model, seed)
        found = nearest(connection, model, vector, sizes.anchors * SPREAD)
        anchors = [connection.execute(owner, (one.embedding_id,)).get for one in found[::SPREAD]]
        library.labels.add(name, threshold=0.75, gap=0.1)
        library.labels.add_anchors(name, anchors)


def _measure_matches(library: sqlclap.Library, sizes: LabelSizes, figures: LabelFigures) -> None:
    def load_anew() -> None:
        with write_transaction(connection):
            connection.execute("UPDATE labels SET notes = 'changed'")
        library.labels.settings(sizes.names[0])

    connection = library.connection
    figures.load_anchors = time_runs(load_anew, sizes.runs)
    for name in sizes.names:  # pages and the index come into memory
        library.labels.matches(name, MATCHES)
    find = library.labels.matches
    times = [_timed(partial(find, name, MATCHES)) for name in sizes.names * sizes.runs]
    figures.matches = summarise_times(times)
    shares, times = [], []
    for name in sizes.names[:EXHAUSTIVE_LABELS]:
        fast = {match.sample_id for match in library.labels.matches(name, MATCHES)}
        began = time.perf_counter()
        exact = library.labels.matches(name, MATCHES, exact=True)
        times.append(time.perf_counter() - began)
        shares.append(len(fast & {match.sample_id for match in exact}) / len(exact))
    figures.overlap = sum(shares) / len(shares)
    figures.exhaustive = summarise_times(times)


def _measure_sql(library: sqlclap.Library, sizes: LabelSizes, figures: LabelFigures) -> None:
    connection = library.connection
    register_functions(connection)
    rows = min(ROWS, sizes.vectors)
    query = (
        "SELECT sum(clap_score(?1, sample_id)), sum(clap_gap(?1, sample_id)) FROM samples "
        "WHERE sample_id BETWEEN ?2 AND ?3"
    )
    times = []
    for run in range(sizes.runs):
        # Other rows each time: what was scored before is at hand.
        first = 1 + run * rows % max(sizes.vectors - rows + 1, 1)
        bindings = (sizes.names[0], first, first + rows - 1)
        times.append(_timed(partial(_fetch, connection, query, bindings)))
    figures.functions = summarise_times(times)
    one = "SELECT * FROM label_scores WHERE sample_id = ?"
    samples = _some(sizes, 4 * sizes.runs, seed=1)
    times = [_timed(partial(_fetch, connection, one, (key,))) for key in samples]
    figures.view = summarise_times(times)


def _measure_calibration(
    library: sqlclap.Library, sizes: LabelSizes, figures: LabelFigures
) -> None:
    """Vote on the label's best matches and on as many others, right where the score is high."""
    name = sizes.names[0]
    wanted = min(VOTES, sizes.vectors // 2)
    connection = library.connection
    _vote(connection, name, wanted)

    def calibrate() -> None:
        try:
            library.calibrations.fit(name, CalibrationRequest())
        except NotEnoughVotesError as error:
            raise RuntimeError(f"{name}: {error}") from error

    figures.calibrate = time_runs(calibrate, sizes.runs)


def _vote(connection: apsw.Connection, name: str, wanted: int) -> None:
    insert = (
        "INSERT INTO votes (label_id, sample_id, verdict, source) "
        "SELECT (SELECT label_id FROM labels WHERE name = ?1), value ->> 'sample_id', "
        "iif(value ->> 'score' > 0.75, 'accept', 'reject'), 'bench' "
        "FROM json_each(clap_matches(?1, ?2))"
    )
    with write_transaction(connection):
        connection.execute(insert, (name, wanted))


def _measure_tagging(library: sqlclap.Library, figures: LabelFigures) -> None:
    began = time.perf_counter()
    runs = library.labels.tag(TagRequest())
    figures.tag_s = time.perf_counter() - began
    figures.tagged = sum(run.tagged for run in runs)
    for run in runs:
        if run.run_id is not None:
            library.labels.untag(run.run_id)


def _some(sizes: LabelSizes, count: int, seed: int) -> list[int]:
    """Return `count` different sample ids."""

    drawn = np.random.default_rng(seed).choice(sizes.vectors, size=count, replace=False)
    return [int(key) + 1 for key in drawn]


def _fetch(connection: apsw.Connection, query: str, bindings: tuple[object, ...]) -> object:
    return connection.execute(query, bindings).fetchall()


def _timed(phase: Callable[[], object]) -> float:
    began = time.perf_counter()
    phase()
    return time.perf_counter() - began
