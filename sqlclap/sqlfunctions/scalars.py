"""The implementation of scalar and aggregate functions, for all drivers."""

from __future__ import annotations

import heapq
import json
import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlclap.attach.row_keys import row_names
from sqlclap.db.database import Snapshot
from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.statements import statement
from sqlclap.db.vectors import sample_vector, to_blob, unit_vector, usable_rows
from sqlclap.errors import NoVectorsError, QueryError, VectorWarning
from sqlclap.records import columns, records
from sqlclap.search.event_search import SoundEvent
from sqlclap.search.moments import Moment
from sqlclap.search.results import Match, make_match
from sqlclap.sqlfunctions.arguments import (
    refuse,
    want_blob,
    want_count,
    want_integer,
    want_number,
    want_text,
    want_vector,
)
from sqlclap.sqlfunctions.search_options import want_request

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.db.samples import RowKey
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.judgement import Judge
    from sqlclap.search.request import Request
    from sqlclap.search.results import Answer, Matches
    from sqlclap.session import Session

LONGEST_BLOB_S = 3600.0
LARGEST_BLOB_VALUES = 400_000_000
MATCH_COLUMNS = columns(
    Match, ("sample_id", "score", "rank", "path", "duration_s", "weak", "doubt", "heard_share")
)
_OF_EVENTS = ("peak_s", "windows")
"""What events have beside the fields of moments; NULL for moments."""

MOMENT_COLUMNS = (
    *columns(Moment, ("sample_id", "start_s", "end_s", "score", "rank", "path", "doubt")),
    *_OF_EVENTS,
)


def text_vector(session: Session, text: object) -> bytes:
    """``clap_text``."""
    query = want_text("clap_text", "text", text)
    return to_blob(session.text_model.encoder.embed_text(query))


def last_error(session: Session) -> str | None:
    """``clap_last_error``."""
    return session.last_error


def doubt(session: Session, text: object) -> str | None:
    """``clap_doubt``."""
    from sqlclap.search.judgement import in_words
    from sqlclap.search.query import nearest_samples
    from sqlclap.search.request import SearchOptions

    if text is None:
        return None
    vector, model, judge = _asked(session, "clap_doubt", "text", text)
    best = nearest_samples(session, vector, SearchOptions().request(1), model).best
    return in_words(judge(best).doubts)


def _asked(
    session: Session, function: str, name: str, text: object
) -> tuple[Float32Array, StoredModel, Judge]:
    """Return words as a vector, the model that made it, and what judges answers to them."""
    from sqlclap.search.judgement import Words
    from sqlclap.search.query import words_judge

    asked, model = want_text(function, name, text), session.text_model
    words = Words(asked, model.encoder.embed_text(asked))
    return words.vector, model.stored, words_judge(session, model, words)


def audio_vector(session: Session, blob: object) -> bytes:
    """``clap_audio``."""
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.search.query_audio import embed_sound

    sound = want_blob("clap_audio", "blob", blob)
    # No time limit of a host's reaches into a function, and Datasette's SQL is open to strangers.
    DecodingBudget(LONGEST_BLOB_S, "in clap_audio's blob", LARGEST_BLOB_VALUES).check(sound)
    return to_blob(embed_sound(session.query_model.encoder, sound))


def file_vector(session: Session, path: object) -> bytes:
    """``clap_audio_file``."""
    from sqlclap.search.query_audio import embed_sound

    try:
        file = Path(want_text("clap_audio_file", "path", path)).expanduser()
        is_file = file.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, or nobody's home
        if isinstance(error, QueryError):
            raise
        raise refuse("clap_audio_file", "path to be a file", path) from error
    if not is_file:
        raise refuse("clap_audio_file", "path to be a file", path)
    return to_blob(embed_sound(session.query_model.encoder, file))


def sample_vector_blob(session: Session, sample_id: object, *bounds: object) -> bytes | None:
    """``clap_vector``."""
    number = want_integer("clap_vector", "sample_id", sample_id)
    if bounds:
        if len(bounds) != 2:
            raise QueryError("clap_vector: expected end_s beside start_s")
        times = zip(("start_s", "end_s"), bounds, strict=True)
        span = Span(*(want_number("clap_vector", name, value) for name, value in times))
        _, vectors = vectors_of_spans(session.database, session.model, [SampleSpan(number, span)])
        return to_blob(vectors[0]) if len(vectors) else None
    try:
        return to_blob(sample_vector(session.database, session.model, number))
    except NoVectorsError:
        return None


def similarity(_: Session, a: object, b: object) -> float | None:
    """``clap_similarity``: cosine, a · b / (|a| |b|)."""
    first, first_norm = _measured("a", a)
    second, second_norm = _measured("b", b)
    if len(first) != len(second):
        raise QueryError(
            f"clap_similarity: expected vectors of one length, got {len(first)} and "
            f"{len(second)} floats"
        )
    norms = first_norm * second_norm
    return float(first.dot(second)) / norms if 0 < norms < math.inf else None


_Measured: TypeAlias = "tuple[npt.NDArray[np.float64], float]"
# A statement compares one vector with those of all rows: what its last call read of an argument is
# kept with it. One assignment replaces both, so that threads need no lock.
_LAST_MEASURED: dict[str, tuple[object, _Measured]] = {}


def _measured(name: str, value: object) -> _Measured:
    """Return a vector in 64 bits, and its length."""
    known = _LAST_MEASURED.get(name)
    if known is not None and known[0] == value:
        return known[1]
    vector: npt.NDArray[np.float64] = want_vector("clap_similarity", name, value).astype("f8")
    measured = vector, math.sqrt(vector.dot(vector))
    _LAST_MEASURED[name] = (value, measured)
    return measured


def row_key(session: Session, sample_id: object) -> RowKey:
    """``clap_row_key``."""
    number = want_integer("clap_row_key", "sample_id", sample_id)
    _ = session.resources  # says so where this is no library
    found = session.database.execute(statement("attach/key_of"), (number,)).fetchone()
    key: RowKey = None if found is None else found[0]
    return key


def neighbors(session: Session, vector: object, k: object, options: object = None) -> str:
    """``clap_neighbors``."""
    request = want_request("clap_neighbors", k, options)
    answer = _nearest(session, "clap_neighbors", vector, request)
    # Numbers alone: written as the json module writes them, in a third of its time.
    named = row_names(session.database, (one.sample_id for one in answer.nearest))
    rows = [
        f'{{"sample_id":{one.sample_id},"score":{one.score!r},"rank":{rank}'
        + (f',"found_by":"{answer.found_by[one.embedding_id]}"' if answer.found_by else "")
        + (f',"row_key":{json.dumps(named[one.sample_id][0])}}}' if one.sample_id in named else "}")
        for rank, one in enumerate(answer.nearest, start=request.offset + 1)
    ]
    return f"[{','.join(rows)}]"


def all_neighbors(
    session: Session, k: object = None, sample_ids: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_all_neighbors``."""
    from sqlclap.search.neighbors import NeighborsQuery
    from sqlclap.search.planner import Planner

    n = 10 if k is None else want_integer("clap_all_neighbors", "k", k)
    query = NeighborsQuery(session.cache(Planner), session.database, session.model, n)
    parts = query.of_all() if sample_ids is None else query.of(_id_list(sample_ids))
    for part in parts:
        yield from part.keyed_rows(session.database)


def _id_list(given: object) -> list[int]:
    try:
        ids = json.loads(given) if isinstance(given, str) else None
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(type(one) is int for one in ids):
        raise refuse("clap_all_neighbors", "sample_ids to be a JSON array of numbers", given)
    return ids


def explain(session: Session, vector: object, k: object, options: object = None) -> str:
    """``clap_explain``."""
    request = want_request("clap_explain", k, options)
    return str(_nearest(session, "clap_explain", vector, request).plan)


def search_rows(
    session: Session, query: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_search``."""
    from sqlclap.search.judgement import UNJUDGED, in_words
    from sqlclap.search.query import nearest_samples

    request = want_request("clap_search", 10 if k is None else k, options)
    if request.measures and not isinstance(query, bytes):
        from sqlclap.sqlfunctions.query_specs import found_by_measures, match_rows

        yield from match_rows(found_by_measures(session, "clap_search", query, request))
        return
    judge: Judge | None = None
    model: StoredModel | None = None
    with Snapshot(session.database):
        if isinstance(query, bytes):
            vector = unit_vector(want_vector("clap_search", "vector", query))
        else:
            vector, model, judge = _asked(session, "clap_search", "query", query)
        answer = nearest_samples(session, vector, request, model)
        told = answer.match_fields(session.database)
        judged = UNJUDGED if judge is None else judge(answer.best)
    besides = {"doubt": in_words(judged.doubts)} | ({"weak": None} if judge is None else {})
    for rank, one in enumerate(answer.nearest, start=request.offset + 1):
        match = make_match(rank, one, told[one.embedding_id], judged)
        yield tuple(
            besides[name] if name in besides else getattr(match, name) for name in MATCH_COLUMNS
        )


def moments(session: Session, query: object, k: object, options: object = None) -> str:
    """``clap_moments_json``."""
    found, _ = _moments(session, "clap_moments_json", query, (k, options))
    return json.dumps(records(found, remote=True), separators=(",", ":"), allow_nan=False)


def moment_rows(
    session: Session, query: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_moments``."""
    found, is_judged = _moments(session, "clap_moments", query, (10 if k is None else k, options))
    besides: dict[str, Any] = {"doubt": found.doubt} | ({} if is_judged else {"weak": None})
    besides |= {} if issubclass(found.kind, SoundEvent) else dict.fromkeys(_OF_EVENTS)
    for one in found:
        yield tuple(
            besides[name] if name in besides else getattr(one, name) for name in MOMENT_COLUMNS
        )


def _moments(
    session: Session, function: str, query: object, arguments: tuple[object, object]
) -> tuple[Matches, bool]:
    """Return the moments, and whether words were asked for, which are judged."""
    from sqlclap.search.judgement import UNJUDGED
    from sqlclap.search.query import find_moments

    request = replace(want_request(function, *arguments), moments=True)
    if request.measures and not isinstance(query, bytes):
        from sqlclap.sqlfunctions.query_specs import found_by_measures

        return found_by_measures(session, function, query, request), True
    with Snapshot(session.database) as snapshot:
        if isinstance(query, bytes):
            vector = unit_vector(want_vector(function, "vector", query))
            model = session.model_at(snapshot)
            return find_moments(session, model, vector, request, lambda _: UNJUDGED), False
        vector, model, judge = _asked(session, function, "query", query)
        return find_moments(session, model, vector, request, judge), True


def _nearest(session: Session, function: str, vector: object, request: Request) -> Answer:
    from sqlclap.search.query import nearest_samples

    return nearest_samples(session, unit_vector(want_vector(function, "vector", vector)), request)


class MeanTopK:
    """Mean of the k largest values."""

    def __init__(self) -> None:
        self._largest: list[float] = []
        self._k: int | None = None

    def step(self, value: object, k: object) -> None:
        """Add a value; NULL, or NULL for k, is ignored."""
        if value is None or k is None:
            return
        count = want_count("clap_mean_topk", "k", k)
        if self._k not in (None, count):
            raise QueryError(f"clap_mean_topk: expected one k, got {self._k} and {count}")
        self._k = count
        number = want_number("clap_mean_topk", "value", value)
        if len(self._largest) < count:
            heapq.heappush(self._largest, number)
        else:
            heapq.heappushpop(self._largest, number)

    def finalize(self) -> float | None:
        """Return the mean, or None where there was no value."""
        return sum(self._largest) / len(self._largest) if self._largest else None


class Centroid:
    """Normalised mean of vectors."""

    def __init__(self) -> None:
        self._sum: npt.NDArray[np.float64] | None = None
        self._skipped = 0

    def step(self, blob: object) -> None:
        """Add a vector; NULL, zeros and non-finite vectors are ignored."""
        if blob is None:
            return
        vector = want_vector("clap_centroid", "vector", blob)
        if not usable_rows(vector[None])[0]:
            self._skipped += 1
            return
        if self._sum is None:
            self._sum = vector.astype("f8")
        elif len(self._sum) == len(vector):
            self._sum = self._sum + vector
        else:
            raise QueryError(
                f"clap_centroid: expected vectors of one length, got {len(self._sum)} and "
                f"{len(vector)} floats"
            )

    def finalize(self) -> bytes | None:
        """Return the unit vector; None if there was none, or if they cancel out."""
        import numpy as np

        if self._skipped:
            text = f"clap_centroid: skipped {self._skipped} vectors that hold what is no number"
            warnings.warn(text, VectorWarning, stacklevel=2)
        if self._sum is None:
            return None
        norm = float(np.linalg.norm(self._sum))
        return (self._sum / norm).astype("<f4").tobytes() if norm > 0 else None
