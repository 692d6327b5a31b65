"""Composed queries of a set: terms are found and scaled once, for all shards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.finding.aspect_scores import weigh_aspects
from sqlclap.finding.find import judge_terms, share_of
from sqlclap.finding.formula import WeighedTerm, make_formula
from sqlclap.finding.measured_query import read_measures
from sqlclap.finding.measures import alike_count
from sqlclap.finding.terms import FoundTerm
from sqlclap.finding.vector_files import refuse_other_space
from sqlclap.search.judgement import UNJUDGED, Words
from sqlclap.search.query import as_query_vector
from sqlclap.search.query_audio import embed_with_notes, measure_sound
from sqlclap.search.request import Request, SearchOptions
from sqlclap.shards.asking import (
    Asked,
    JudgeOf,
    ask,
    candidates,
    check_words,
    sounds_judge,
    unjudged,
    words_judge,
)
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.measuring import SetMeasures, Weighing, weigh_measures
from sqlclap.shards.questions import Question, ShardPlace, as_asked
from sqlclap.shards.targets import resolve, split_target, vector_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlclap.arrays import Float32Array
    from sqlclap.finding.measured_query import MeasuredQuery
    from sqlclap.finding.query import Query, Term
    from sqlclap.finding.scales import Scale
    from sqlclap.search.background import Background
    from sqlclap.search.judgement import Judgement
    from sqlclap.shards.answers import SetMatches
    from sqlclap.shards.session import SetSession


@dataclass(frozen=True)
class SetTerm:
    """What a term stands for in a set.

    Attributes
    ----------
    found : FoundTerm
        Its `place` is within the shard of `own`.
    judge_of : callable
    own : ShardPlace or None
        The set's sound that it is.
    """

    found: FoundTerm
    judge_of: JudgeOf = unjudged
    own: ShardPlace | None = None

    def judged_by(self, background: Background | None) -> FoundTerm:
        """Return it with the judge for one answer."""
        return replace(self.found, judge=self.judge_of(background))


def find(session: SetSession, query: Query, asked: Asked) -> SetMatches:
    """Return the sounds of a set that a composed query puts first; see `Library.find`."""
    measured = read_measures(session.catalog.database, query, asked.request)
    request = as_asked(session, measured.request)
    aspects, request = request.aspects, replace(request, aspects=None)
    terms = tuple(find_set_term(session, term) for term in measured.query.checked().terms)
    found = tuple(one.found for one in terms)
    scales, sounds = session.scales(np.array([one.vector for one in found], dtype=np.float32))
    notes = tuple(f"{one.term}: {note}" for one in found for note in one.notes)
    if len(terms) == 1 and not (measured.measures or aspects):
        own = tuple(one.own for one in terms if one.own is not None)
        question = Question(request, found[0].vector, own=own)
        judge_of = terms[0].judge_of
    else:
        question = _composed(terms, scales, request)
        judge_of = _judge_of(terms, scales)
        weigh = _Weigh(session, asked, question)
        if measured.measures:
            weigh.measures(measured, sounds)
        if aspects:
            notes += weigh.aspects(aspects, terms)
        question = replace(question, weighing=weigh.weighing)
    matches = ask(session, question, judge_of, asked)
    matches.terms = tuple(map(share_of, found, scales))
    matches.notes, matches.understood = notes, measured.told
    return matches


def question_of(session: SetSession, query: Query) -> Question:
    """Return what a composed query asks each shard, without what is measured of sounds.

    Raises
    ------
    PartialAnswerError
        Several terms are scaled by the sounds of all shards, and one is missing.
    """
    request = SearchOptions().request(1)
    measured = read_measures(session.catalog.database, query, request)
    terms = tuple(find_set_term(session, term) for term in measured.query.checked().terms)
    vectors = np.array([one.found.vector for one in terms], dtype=np.float32)
    if len(terms) == 1 and not measured.measures:
        own = tuple(one.own for one in terms if one.own is not None)
        return Question(request, terms[0].found.vector, own=own)
    scales, _ = session.scales(vectors, require_all=True)
    return _composed(terms, scales, request)


class _Weigh:
    """Compares a question's measures and aspects with the set's sounds."""

    def __init__(self, session: SetSession, asked: Asked, question: Question) -> None:
        self._session, self._asked, self._question = session, asked, question
        self._measures = SetMeasures(session, asked.require_all)
        self.weighing: Weighing | None = None

    def measures(self, measured: MeasuredQuery, sounds: int) -> None:
        """Compare measures with what sounds like the other terms have, filters or not."""
        assert self._question.formula is not None  # noqa: S101 it is composed
        alike: list[tuple[int, int]] = []
        if not measured.names_nothing:
            near = Question(Request(alike_count(sounds)), self._question.vector)
            rows = candidates(self._session, near, self._asked)
            alike = [(one.shard, one.scored.sample_id) for one in rows]
        unit = self._question.formula.unit
        self.weighing = Weighing(weigh_measures(self._measures, measured, unit, alike))

    def aspects(self, weights: Mapping[str, float], terms: tuple[SetTerm, ...]) -> tuple[str, ...]:
        """Compare aspects with the sounds that are wanted; return what lacks."""
        owner = {id(one.found): one.own for one in terms}

        def own(term: FoundTerm) -> Mapping[str, float]:
            return self._measures.own(owner[id(term)], term)

        found = tuple(one.found for one in terms)
        weighed = weigh_aspects(weights, found, own, self._measures.whole)
        weighing = self.weighing or Weighing()
        self.weighing = replace(weighing, aspects=weighed.parts, share=weighed.share)
        return weighed.notes


def _composed(terms: tuple[SetTerm, ...], scales: tuple[Scale, ...], request: Request) -> Question:
    weighed = [
        WeighedTerm(one.found.vector, one.found.term.weight, scale)
        for one, scale in zip(terms, scales, strict=True)
    ]
    formula = make_formula(weighed)
    own = (one.own for one in terms if one.found.term.is_positive)
    return Question(request, formula.vector, formula, tuple(one for one in own if one is not None))


def _judge_of(terms: tuple[SetTerm, ...], scales: tuple[Scale, ...]) -> JudgeOf:
    def judge_of(background: Background | None) -> Callable[[float | None], Judgement]:
        return judge_terms(tuple(one.judged_by(background) for one in terms), scales)

    return judge_of


def find_set_term(session: SetSession, term: Term) -> SetTerm:
    """Return what a term stands for in a set; see `sqlclap.finding.terms.find_term`."""
    if term.kind == "vector":
        refuse_other_space(term, session.model)
        return SetTerm(_found(session, term, as_query_vector(term.value, session.model)))
    if term.kind == "label":
        from sqlclap.finding.terms import label_centre  # few terms are labels

        return SetTerm(_found(session, term, label_centre(session.scorer, term)))
    if term.kind == "words":
        check_words(session)
        words = Words(term.value, session.encoder.embed_text(term.value))
        return SetTerm(_found(session, term, words.vector), words_judge(session, words))
    return _find_sound(session, term)


def _find_sound(session: SetSession, term: Term) -> SetTerm:
    named, span = split_target(session, term.value)
    target = resolve(session, named)
    judge_of = sounds_judge(session)
    if isinstance(target, SetSound):
        own = target.place(span)
        found = _found(session, term, vector_of(session, target, span))
        return SetTerm(replace(found, place=own.place), judge_of, own)
    vector, notes = embed_with_notes(session.encoder, target, span)
    measure = partial(measure_sound, session.encoder, target, span)
    found = replace(_found(session, term, vector), notes=notes, measure=measure)
    return SetTerm(found, judge_of)


def _found(session: SetSession, term: Term, vector: Float32Array) -> FoundTerm:
    return FoundTerm(term, session.model, vector, lambda _: UNJUDGED)
