"""Searches of a set: by words, by sound, and by a vector."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlclap.errors import NoTextTowerError, UnknownFolderError
from sqlclap.search.background import Backgrounds
from sqlclap.search.event_search import COUNTING_SHARE
from sqlclap.search.judgement import (
    UNJUDGED,
    Judgement,
    Words,
    judge_sound,
    judge_text_vector,
    judge_words,
)
from sqlclap.search.query import as_query_vector, hear_sound, is_vector, weak_below
from sqlclap.search.request import Request
from sqlclap.search.results import Match
from sqlclap.shards.answers import SetMatches, joined_plan
from sqlclap.shards.questions import Part, Question, ShardPlace, answer, check_request, merged
from sqlclap.shards.targets import SetSound, resolve, split_target, vector_of

if TYPE_CHECKING:
    from sqlclap.search.background import Background
    from sqlclap.search.query import Vector
    from sqlclap.search.targets import Target
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

JudgeOf = Callable[["Background | None"], Callable[[float | None], Judgement]]
"""Makes what judges an answer of the background of all shards that answered."""


@dataclass(frozen=True)
class Asked:
    """How a set is asked.

    Attributes
    ----------
    request : Request
    require_all : bool
        A shard that doesn't answer is an error.
    """

    request: Request
    require_all: bool = False


def search_words(session: SetSession, text: str | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set that words describe best; see `Library.search`."""
    request = check_request(asked.request)
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


def words_judge(session: SetSession, words: Words) -> JudgeOf:
    """Return what makes the judge of answers to words."""
    encoder = session.encoder
    return lambda background: partial(judge_words, encoder, background, words)


def unjudged(_: Background | None) -> Callable[[float | None], Judgement]:
    """Make what judges nothing."""
    return lambda _: UNJUDGED


def check_words(session: SetSession) -> None:
    """Check that the set's model has words.

    Raises
    ------
    NoTextTowerError
    """
    try:
        _ = session.encoder.bundle.text
    except NoTextTowerError as error:
        raise NoTextTowerError(f"{error}; a set is of one model: search it by sound") from error


def search_similar(session: SetSession, sound: Target | Vector, asked: Asked) -> SetMatches:
    """Return the sounds of a set that are most like a sound; see `Library.similar`."""
    request = check_request(asked.request)
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
            vector, notes = hear_sound(session.encoder, target, span)
    found = ask(session, Question(request, vector, own=own), sounds_judge(session), asked)
    found.notes = notes
    return found


def sounds_judge(session: SetSession) -> JudgeOf:
    """Return what makes the judge of answers to a sound."""
    floor = weak_below(session.model)
    return lambda background: partial(judge_sound, floor, background)


def ask(session: SetSession, question: Question, judge_of: JudgeOf, asked: Asked) -> SetMatches:
    """Ask all shards, and merge what they answer.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    UnknownFolderError
        The filter's folder is in no shard.
    """
    began = time.perf_counter()
    if question.request.events is not None and question.request.min_score is None:
        question = replace(question, request=_with_floor(session, question, asked))
    encoder = session.encoder if session.model.has_words else None

    def job(reader: ShardReader) -> tuple[Part | UnknownFolderError, Background]:
        backgrounds = reader.session.cache(Backgrounds)
        return answer(reader, question), backgrounds.of(reader.database, reader.model, encoder)

    found, reach = session.ask(job)
    reach.check(asked.require_all)
    parts = _answered([part for part, _ in found.answers])
    judge = judge_of(session.background([one for _, one in found.answers]))
    judgement = judge(max((one.best for one in parts if one.best is not None), default=None))
    rows = _ranked(parts, question.request, judgement)
    plan = joined_plan([one.plan for one in parts], time.perf_counter() - began)
    matches = SetMatches(rows, plan, judgement.doubts, _kind(parts), reach)
    matches.model = session.model.name
    return matches


def _ranked(parts: list[Part], request: Request, judgement: Judgement) -> list[Match]:
    page = enumerate(merged(parts, request), start=request.offset + 1)
    return [replace(one, rank=rank, weak=judgement.is_weak(one.score)) for rank, one in page]


def _answered(parts: list[Part | UnknownFolderError]) -> list[Part]:
    known = [one for one in parts if isinstance(one, Part)]
    for one in parts:
        if not known and isinstance(one, UnknownFolderError):
            raise one
    return known


def _kind(parts: list[Part]) -> type[Match]:
    return parts[0].kind if parts else Match


def _with_floor(session: SetSession, question: Question, asked: Asked) -> Request:
    """Return an events' request with the score from which windows count: it is the set's best's."""
    alone = replace(question.request, events=None, offset=0, limit=1)
    first = ask(session, replace(question, request=alone), unjudged, asked)
    best = first[0].score if first else 0.0
    floor = min(best, COUNTING_SHARE * best)
    return replace(question.request, min_score=floor)
