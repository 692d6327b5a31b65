"""Searches of a set: by words, by sound, and by a vector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from sqlclap.finding.query import Query
from sqlclap.finding.transposed import at_own_pitch
from sqlclap.search.judgement import Words, judge_text_vector
from sqlclap.search.query import as_query_vector, is_vector
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.shards.asking import Asked, ask, check_words, sounds_judge, words_judge
from sqlclap.shards.composing import find
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.questions import Question, ShardPlace, as_asked
from sqlclap.shards.targets import resolve, split_target, vector_of
from sqlclap.shards.transposed import best_of_pitches, search_transposed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.arrays import Float32Array
    from sqlclap.search.query import Vector
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import SetMatches
    from sqlclap.shards.session import SetSession


def search_words(session: SetSession, text: str | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set that words describe best; see `Library.search`."""
    if asked.request.measures and isinstance(text, str):
        return find(session, Query().more(text), asked)
    request = as_asked(session, asked.request)
    check_words(session)
    if isinstance(text, str):
        words = Words(text, session.encoder.embed_text(text))
        return ask(session, Question(request, words.vector), words_judge(session, words), asked)
    vector = as_query_vector(text, session.model)
    encoder = session.encoder
    return ask(
        session,
        Question(request, vector),
        lambda background: partial(judge_text_vector, encoder, background, vector),
        asked,
    )


def search_similar(session: SetSession, sound: Target | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set that are most like a sound; see `Library.similar`."""
    if asked.request.transpose:
        return search_transposed(session, sound, asked)
    if asked.request.aspects:
        return _similar_in_aspects(session, sound, asked)
    request = as_asked(session, asked.request)
    named, span = split_target(session, sound)
    notes: tuple[str, ...] = ()
    own: tuple[ShardPlace, ...] = ()
    if span is None and is_vector(named):
        vector = as_query_vector(named, session.model)
    else:
        target = resolve(session, named)
        if isinstance(target, SetSound):
            vector, own = vector_of(session, target, span), (target.place(span),)
        else:
            vector, notes = embed_with_notes(session.encoder, target, span)
    found = ask(session, Question(request, vector, own=own), sounds_judge(session), asked)
    found.notes = notes
    return found


def _similar_in_aspects(session: SetSession, sound: Target | Vector, asked: Asked) -> SetMatches:
    named, span = split_target(session, sound)
    if span is None and is_vector(named):
        return find(session, Query().toward(named), asked)
    return find(session, Query().like(cast("Target", sound)), asked)


def search_pitches(
    session: SetSession, heard: Mapping[float, Float32Array], asked: Asked
) -> SetMatches:
    """Return the sounds of a set most like one that was heard at its own pitch, and at others."""
    plain = Asked(at_own_pitch(asked.request), asked.require_all)
    found = {at: search_similar(session, one, plain) for at, one in heard.items()}
    return best_of_pitches(found, asked.request)
