"""Finds sounds of a set that are like one at its own pitch, or as it sounds at others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError
from sqlclap.finding.transposed import NO_VECTOR, at_own_pitch, together
from sqlclap.search.query import is_vector
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.shards.answers import SetMatches
from sqlclap.shards.asking import Asked, ask, sounds_judge
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.questions import Question, as_asked
from sqlclap.shards.targets import resolve, split_target, vector_of

if TYPE_CHECKING:
    from sqlclap.search.query import Vector
    from sqlclap.search.request import Request
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


def search_transposed(session: SetSession, sound: Target | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set most like one, at its own pitch or at others."""
    plain = Asked(at_own_pitch(asked.request), asked.require_all)
    named, span = split_target(session, sound)
    if span is None and is_vector(named):
        raise QueryError(NO_VECTOR)
    target = resolve(session, named)
    place = (target.place(span),) if isinstance(target, SetSound) else ()
    request = as_asked(session, plain.request)

    def ask_at(semitones: float) -> SetMatches:
        notes: tuple[str, ...] = ()
        if isinstance(target, SetSound):
            vector = vector_of(session, target, span, semitones)
        else:
            vector, notes = embed_with_notes(session.encoder, target, span, semitones)
        question = Question(request, vector, own=place)
        found = ask(session, question, sounds_judge(session), plain)
        found.notes = notes
        return found

    found = {semitones: ask_at(semitones) for semitones in (0.0, *asked.request.transpose)}
    return best_of_pitches(found, asked.request)


def best_of_pitches(found: Mapping[float, SetMatches], request: Request) -> SetMatches:
    """Return each sound once, at the pitch at which it is best; `found` is by semitones."""
    reach = _of_all([one.reach for one in found.values()])
    return together(found, request, partial(SetMatches, reach=reach))


def _of_all(reaches: list[Reach]) -> Reach:
    """Return whom all searches reached: a shard that lacks in one of them is missing."""
    first, *others = reaches
    missing = {one.shard: one for reach in others for one in reach.missing}
    known = {one.shard for one in first.missing}
    return first.without(tuple(one for number, one in missing.items() if number not in known))
