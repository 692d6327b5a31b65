"""The functions that search by words or a vector, for all drivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.attach.row_keys import row_names
from sqlclap.db.database import Snapshot
from sqlclap.db.vectors import unit_vector
from sqlclap.search.event_search import SoundEvent
from sqlclap.search.results import make_match
from sqlclap.sqlfunctions.arguments import refuse, want_integer, want_text, want_vector
from sqlclap.sqlfunctions.result_rows import (
    EVENT_COLUMNS,
    MATCH_COLUMNS,
    MOMENT_COLUMNS,
    match_rows,
    matches_json,
)
from sqlclap.sqlfunctions.search_options import want_request

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.judgement import Judge
    from sqlclap.search.request import Request
    from sqlclap.search.results import Answer, Matches
    from sqlclap.session import Session


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
    return matches_json(found)


def moment_rows(
    session: Session, query: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_moments``."""
    found, is_judged = _moments(session, "clap_moments", query, (10 if k is None else k, options))
    besides: dict[str, Any] = {"doubt": found.doubt} | ({} if is_judged else {"weak": None})
    besides |= {} if issubclass(found.kind, SoundEvent) else dict.fromkeys(EVENT_COLUMNS)
    for one in found:
        yield tuple(
            besides[name] if name in besides else getattr(one, name) for name in MOMENT_COLUMNS
        )


def _moments(
    session: Session, function: str, query: object, arguments: tuple[object, object]
) -> tuple[Matches, bool]:
    """Return the moments, and whether words were asked for, which are judged."""
    from sqlclap.search.judgement import unjudged
    from sqlclap.search.query import find_moments

    request = replace(want_request(function, *arguments), moments=True)
    if request.measures and not isinstance(query, bytes):
        return found_by_measures(session, function, query, request), True
    with Snapshot(session.database) as snapshot:
        if isinstance(query, bytes):
            vector = unit_vector(want_vector(function, "vector", query))
            model = session.model_at(snapshot)
            return find_moments(session, model, vector, request, unjudged), False
        vector, model, judge = _asked(session, function, "query", query)
        return find_moments(session, model, vector, request, judge), True


def _nearest(session: Session, function: str, vector: object, request: Request) -> Answer:
    from sqlclap.search.query import nearest_samples

    return nearest_samples(session, unit_vector(want_vector(function, "vector", vector)), request)


def found_by_measures(session: Session, function: str, text: object, request: Request) -> Matches:
    """Return what words find where those for measures are taken for what they mean."""
    from sqlclap.finding.find import find_in_statement
    from sqlclap.finding.query import as_query

    return find_in_statement(session, as_query(want_text(function, "query", text)), request)
