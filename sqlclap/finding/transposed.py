"""Finds sounds that are like one at its own pitch, or as it sounds at others.

Each pitch is a search of its own; a sound counts by the best of its scores. What is among the best
of all is among the best of one of them, so that nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlclap.db.exact import BELOW_ALL
from sqlclap.db.samples import Sample
from sqlclap.errors import QueryError
from sqlclap.search import query
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.search.results import Match, Matches, Plan
from sqlclap.search.spans import transposed_vector
from sqlclap.search.targets import resolve_target, split_span

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.query import Vector
    from sqlclap.search.request import Request
    from sqlclap.search.targets import Target, Whole
    from sqlclap.session import Session

NO_VECTOR = "a vector has no pitch to be transposed: ask with the sound itself"
_Found = TypeVar("_Found", bound=Matches)


def search_transposed(session: Session, sound: Target | Vector, request: Request) -> Matches:
    """Return the sounds most like one, at its own pitch or at others; see `Library.similar`."""
    plain = at_own_pitch(request)
    named, span = split_span(session.database, sound)
    if span is None and query.is_vector(named):
        raise QueryError(NO_VECTOR)
    target, model = resolve_target(session.database, cast("Whole", named)), session.query_model
    others = plain
    if isinstance(target, Sample):
        others = replace(plain, without=target.sample_id, without_span=span)

    def ask(semitones: float) -> Matches:
        if not semitones:
            return query.search_similar(session, sound, plain)
        if isinstance(target, Sample):
            vector = transposed_vector(session, target, span, semitones)
        else:
            vector, _ = embed_with_notes(model.encoder, target, span, semitones)
        return query.search_embedded(session, model.stored, vector, others)

    pitches = (0.0, *request.transpose)
    return together({semitones: ask(semitones) for semitones in pitches}, request, Matches)


def search_pitches(
    session: Session, model: StoredModel, heard: Mapping[float, Float32Array], request: Request
) -> Matches:
    """Return the sounds most like one that was heard at its own pitch, 0, and at others.

    Parameters
    ----------
    session : Session
    model : StoredModel
    heard : mapping of float to array of float32, shape (d,)
        The sound's vectors of unit length, by semitones.
    request : Request

    Raises
    ------
    QueryError
    """
    plain = at_own_pitch(request)
    found = {at: query.search_embedded(session, model, one, plain) for at, one in heard.items()}
    return together(found, request, Matches)


def together(
    found: Mapping[float, _Found], request: Request, make: Callable[..., _Found]
) -> _Found:
    """Return one answer for several pitches.

    Parameters
    ----------
    found : mapping of float to Matches
        By semitones, with 0.
    request : Request
    make : callable
        Makes an answer of matches, a plan, doubts and the kind of matches.
    """
    own, best = found[0.0], _best_of(found)
    matches = make(_joined(found, request), _plan_of(found), best.doubts, own.kind)
    matches.model, matches.notes = own.model, own.notes
    return matches


def at_own_pitch(request: Request) -> Request:
    """Return the request for one of the searches: from the first page on.

    Raises
    ------
    QueryError
        It asks for what can't be said of several searches.
    """
    if request.sort is not None or request.or_text is not None:
        raise QueryError("transpose goes best first, by sound alone: not with sort or or_text")
    if request.aspects or request.events is not None:
        raise QueryError("transpose compares single sounds and moments: not with aspect or events")
    return replace(request, transpose=()).from_start()


def _best_of(found: Mapping[float, _Found]) -> _Found:
    """Return the answer with the best match: its doubts and notes become those of the whole."""
    return max(found.values(), key=lambda one: one[0].score if len(one) else BELOW_ALL)


def _joined(found: Mapping[float, Matches], request: Request) -> list[Match]:
    """Return the page that is asked for, each sound once, at the pitch where it is most alike."""
    best: dict[tuple[Any, ...], Match] = {}
    for semitones, matches in found.items():
        for match in matches:
            known = best.get(_place(match))
            if known is None or match.score > known.score:
                best[_place(match)] = replace(match, transposed=semitones)
    in_order = sorted(best.items(), key=lambda item: (-item[1].score, item[0]))
    page = in_order[request.offset : request.offset + request.limit]
    return [replace(one, rank=rank) for rank, (_, one) in enumerate(page, request.offset + 1)]


def _place(match: Match) -> tuple[Any, ...]:
    return match.sample_id, getattr(match, "start_s", 0.0), getattr(match, "end_s", 0.0)


def _plan_of(found: Mapping[float, Matches]) -> Plan:
    """Return the plan: that of the sound's own pitch, with the work of all pitches."""
    plans = [one.plan for one in found.values()]
    others = ", ".join(f"{semitones:+g}" for semitones in found if semitones)
    return replace(
        plans[0],
        reason=f"{plans[0].reason}; again at {others} semitones",
        ranked=sum(one.ranked for one in plans),
        seconds=sum(one.seconds for one in plans),
    )
