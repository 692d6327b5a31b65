"""Asks all shards of a set a question, and puts together what they answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlclap.errors import NoTextTowerError, UnknownFolderError
from sqlclap.search.event_search import COUNTING_SHARE
from sqlclap.search.judgement import (
    UNJUDGED,
    Judgement,
    Words,
    judge_sound,
    judge_words,
)
from sqlclap.search.query import weak_below
from sqlclap.search.request import Request
from sqlclap.search.results import Answer as FoundAnswer
from sqlclap.search.results import Match
from sqlclap.search.text_fusion import without_words
from sqlclap.shards.answers import SetMatches, joined_plan
from sqlclap.shards.jobs import Answer, Describe
from sqlclap.shards.lacking_tags import checked_reach
from sqlclap.shards.questions import (
    Candidate,
    Part,
    Question,
    merged,
)

if TYPE_CHECKING:
    from sqlclap.search.background import Background
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.word_ranks import WordFigures

T = TypeVar("T")

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
    if question.request.or_text is not None:
        return _ask_either(session, question, judge_of, asked)
    began = time.perf_counter()
    if question.request.events is not None and question.request.min_score is None:
        question = replace(question, request=_with_floor(session, question, asked))
    found = _Found.of(session, question, asked)
    page, lost = found.page(session, question.request)
    if lost or (found.lacks(page) and not question.request.exact):
        question = replace(question, request=replace(question.request, exact=True))
        found = _Found.of(session, question, asked)
        page, lost = found.page(session, question.request)
    judgement = judge_of(session.background(found.backgrounds))(found.best)
    told = found.matches(page, judgement, question.request.offset + 1)
    plan = joined_plan([one.plan for one in found.parts], time.perf_counter() - began)
    reach = with_tags(session, found.reach.without(lost), asked)
    return _named(session, SetMatches(told, plan, judgement.doubts, found.kind, reach))


def _ask_either(
    session: SetSession, question: Question, judge_of: JudgeOf, asked: Asked
) -> SetMatches:
    """Ask for what is like the query, or has certain words; see `sqlclap.search.text_fusion`."""
    from sqlclap.shards.word_ranks import RankByWords, fuse

    began, request = time.perf_counter(), question.request
    assert request.or_text is not None  # noqa: S101 it was looked at
    figures = _word_figures(session, request.or_text, asked)
    for exact in (request.exact, True):
        alone = replace(question, request=replace(without_words(request), exact=exact))
        found = _Found.of(session, alone, asked)
        told, reach = session.ask(RankByWords(question, figures))
        reach.check(asked.require_all)
        plan = joined_plan([one.plan for one in found.parts], time.perf_counter() - began)
        near = merged(found.parts, alone.request)
        by_sound = FoundAnswer([], plan, found.best)
        page, answer = fuse(near, by_sound, answered(told.answers), request)
        fields, lost = tell(session, page)
        if len(fields) == len(page):
            break
    judgement = judge_of(session.background(found.backgrounds))(found.best)
    by = answer.found_by.get
    rows = [
        Match(rank, one.score, judgement.is_weak(one.score), found_by=by(whole), **fields[whole])
        for rank, one in enumerate(page, start=request.offset + 1)
        if (whole := one.sample_id) in fields
    ]
    reach = with_tags(session, found.reach.without(lost), asked)
    return _named(session, SetMatches(rows, answer.plan, judgement.doubts, found.kind, reach))


def with_tags(session: SetSession, reach: Reach, asked: Asked) -> Reach:
    """Return a reach with the shards that lack tags of the label that is filtered by."""
    return checked_reach(session, reach, [asked.request.only.label], asked.require_all)


def _named(session: SetSession, matches: SetMatches) -> SetMatches:
    matches.model = session.model.name
    return matches


def _word_figures(session: SetSession, expression: str, asked: Asked) -> WordFigures:
    from sqlclap.shards.word_ranks import CountWords, WordFigures

    counted, reach = session.ask(CountWords(expression))
    reach.check(asked.require_all)
    return WordFigures.of_all(counted.answers)


def candidates(session: SetSession, question: Question, asked: Asked) -> list[Candidate]:
    """Return what shards have for a question, as one page, before anything is told of it."""
    return merged(_Found.of(session, question, asked).parts, question.request)


@dataclass(frozen=True)
class _Found:
    """What shards answered.

    Attributes
    ----------
    parts : list of Part
    backgrounds : list of Background
    reach : Reach
    """

    parts: list[Part]
    backgrounds: list[Background]
    reach: Reach

    @classmethod
    def of(cls, session: SetSession, question: Question, asked: Asked) -> _Found:
        found, reach = session.ask(Answer(question, session.model.has_words))
        reach.check(asked.require_all)
        parts = answered(part for part, _ in found.answers)
        return cls(parts, [one for _, one in found.answers], reach)

    @property
    def best(self) -> float | None:
        return max((one.best for one in self.parts if one.best is not None), default=None)

    @property
    def kind(self) -> type[Match]:
        return self.parts[0].kind if self.parts else Match

    @cached_property
    def fields(self) -> dict[int, dict[str, Any]]:
        """What is told of candidates, by the set's ids, as far as it is known."""
        return {key: one for part in self.parts for key, one in (part.fields or {}).items()}

    def page(self, session: SetSession, request: Request) -> tuple[list[Any], tuple[Missing, ...]]:
        """Return the page, of which all is known then, and shards that went since they answered."""
        page = merged(self.parts, request)
        if request.moments:
            return page, ()
        unknown = [one for one in page if one.sample_id not in self.fields]
        if not unknown:
            return page, ()
        more, lost = tell(session, unknown)
        self.fields.update(more)
        return page, lost

    def lacks(self, page: list[Any]) -> bool:
        """Whether sounds of a page went behind an index's back."""
        return any(type(one) is Candidate and one.sample_id not in self.fields for one in page)

    def matches(self, page: list[Any], judgement: Judgement, first: int) -> list[Match]:
        """Return a page's sounds that there still are as matches, ranked from `first`."""
        is_weak = judgement.is_weak
        if self.kind is not Match:  # moments are told whole
            told = enumerate(page, start=first)
            return [replace(one, rank=rank, weak=is_weak(one.score)) for rank, one in told]
        there = (one for one in page if one.sample_id in self.fields)
        return [
            Match(rank, one.score, is_weak(one.score), **self.fields[one.sample_id])
            for rank, one in enumerate(there, start=first)
        ]


def tell(
    session: SetSession, rows: list[Candidate]
) -> tuple[dict[int, dict[str, Any]], tuple[Missing, ...]]:
    """Return what is told of candidates that there still are, by the set's ids.

    And which shards have gone since they answered.
    """
    numbers = {one.shard for one in rows}
    shards = [one for one in session.shards if one.number in numbers]
    found = session.fleet.ask(shards, Describe(rows))
    return {key: one for part in found.answers for key, one in part.items()}, found.missing


def answered(parts: Iterable[T | UnknownFolderError]) -> list[T]:
    """Return what shards answered in which there is the filter's folder.

    Raises
    ------
    UnknownFolderError
        There is none.
    """
    known, unknown = list[T](), list[UnknownFolderError]()
    for one in parts:
        if isinstance(one, UnknownFolderError):
            unknown.append(one)
        else:
            known.append(one)
    if unknown and not known:
        raise unknown[0]
    return known


def _with_floor(session: SetSession, question: Question, asked: Asked) -> Request:
    """Return an events' request with the score from which windows count: it is the set's best's."""
    alone = replace(question.request, events=None, offset=0, limit=1)
    first = ask(session, replace(question, request=alone), unjudged, asked)
    best = first[0].score if first else 0.0
    floor = min(best, COUNTING_SHARE * best)
    return replace(question.request, min_score=floor)
