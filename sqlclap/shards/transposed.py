"""Finds sounds of a set that are like one at its own pitch, or as it sounds at others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import QueryError
from sqlclap.finding.transposed import NO_VECTOR, ask_each, at_own_pitch, best_of, joined, plan_of
from sqlclap.search.query import hear_sound, is_vector
from sqlclap.shards.answers import SetMatches
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.questions import Question, as_asked
from sqlclap.shards.searching import Asked, ask, search_similar, sounds_judge
from sqlclap.shards.targets import resolve, split_target, vector_of

if TYPE_CHECKING:
    from sqlclap.search.query import Vector
    from sqlclap.search.targets import Target
    from sqlclap.shards.session import SetSession


def search_transposed(session: SetSession, sound: Target | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set most like one, at its own pitch or at others."""
    plain = Asked(at_own_pitch(asked.request), asked.require_all)
    named, span = split_target(session, sound)
    if span is None and is_vector(named):
        raise QueryError(NO_VECTOR)
    own = search_similar(session, sound, plain)
    target = resolve(session, named)
    place = (target.place(span),) if isinstance(target, SetSound) else ()
    request = as_asked(session, plain.request)

    def ask_at(semitones: float) -> SetMatches:
        if isinstance(target, SetSound):
            vector = vector_of(session, target, span, semitones)
        else:
            vector, _ = hear_sound(session.encoder, target, span, semitones)
        question = Question(request, vector, own=place)
        return ask(session, question, sounds_judge(session), plain)

    found = ask_each(own, asked.request, ask_at)
    rows, doubts = joined(found, asked.request), best_of(found).doubts
    matches = SetMatches(rows, plan_of(found), doubts, own.kind, own.reach)
    matches.model, matches.notes = own.model, own.notes
    return matches
