"""Two models beside each other, on a library's own labels and votes.

Both are asked about the same votes: those on sounds that have a vector of either model, and that
either can score without the sound's own anchors. Each vote counts once. So the figures compare the
models with each other; what a label's precision in the whole library is, `precision` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.errors import NoAnchorsError, QueryError
from sqlclap.labels.calibration import CalibrationRequest, top_k_choices
from sqlclap.labels.labelled_examples import (
    Examples,
    read_votes,
    score_each_vote,
    score_votes,
)
from sqlclap.labels.precision import normal_quantile, wilson_bounds
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.store import find_label, list_labels
from sqlclap.labels.threshold_fitting import (
    TargetPrecision,
    average_precision,
    choose_top_k,
    cross_fitted_passes,
)
from sqlclap.notebook.results import Results
from sqlclap.records import Row, field_names
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int64Array
    from sqlclap.session import Session

ROUNDS = 1_000
"""Resamples of the votes that an interval is made of."""

ROUNDS_AT_ONCE = 50
LEAST_VOTES = 10
"""Votes of either kind, accepted and rejected, below which nothing is said of a label."""


class ModelScore(Row):
    """How one of two models does on a label's votes.

    Attributes
    ----------
    label, model : str
    votes, accepted : int
        Votes that both models could score.
    average_precision, average_precision_low, average_precision_high : float or None
        Mean precision at each accepted vote, with bounds.
    precision, precision_low : float or None
        Of what passes a rule that was calibrated on other votes.
    recall, recall_low, recall_high : float or None
        Share of the accepted votes that pass it.
    better_by, better_by_low, better_by_high : float or None
        Average precision above that of the other model, with bounds by the same resamples.
    problem : str or None
        Why there are no figures, or no rule.
    """

    NOUN: ClassVar[str] = "score"
    label: str
    model: str
    votes: int
    accepted: int
    average_precision: float | None
    average_precision_low: float | None
    average_precision_high: float | None
    precision: float | None
    precision_low: float | None
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    better_by: float | None
    better_by_low: float | None
    better_by_high: float | None
    problem: str | None


@dataclass(frozen=True)
class _Scored:
    """A model's scores of a label's votes, by the votes' sounds."""

    model: str
    sample_ids: Int64Array
    examples: Examples

    def of(self, sample_ids: Int64Array) -> _Scored:
        """Return those of some sounds, in their order."""
        places = {int(one): place for place, one in enumerate(self.sample_ids)}
        which = np.array([places[int(one)] for one in sample_ids], dtype=np.int64)
        return replace(self, sample_ids=sample_ids, examples=self.examples.take(which))


def compare_models(
    sessions: tuple[Session, Session],
    labels: Iterable[str] = (),
    request: CalibrationRequest | None = None,
) -> Results[ModelScore]:
    """Compare two models of a library by its labels' votes on whole sounds.

    Parameters
    ----------
    sessions : tuple of Session
        Over one library, each by one of the models.
    labels : iterable of str
        By default all.
    request : CalibrationRequest, optional
        What the rules are calibrated to, and the confidence of all bounds.

    Raises
    ------
    UnknownLabelError
    QueryError
        The two are the same model.
    """
    first, second = (session.model.name for session in sessions)
    if first == second:
        raise QueryError(f"expected two models to compare, got {first} twice")
    request = request or CalibrationRequest()
    database = sessions[0].database
    with read_transaction(database):
        names = [find_label(database, name).name for name in several(labels, "labels")]
        names = names or [label.name for label in list_labels(database)]
        rows = [row for name in names for row in _compare(sessions, name, request)]
    return Results(rows, ModelScore)


def _compare(
    sessions: tuple[Session, Session], label: str, request: CalibrationRequest
) -> list[ModelScore]:
    models = [session.model.name for session in sessions]
    try:
        scored = [_score(session, label, request) for session in sessions]
    except NoAnchorsError as error:
        return [_row(label, model, problem=str(error)) for model in models]
    shared = np.intersect1d(scored[0].sample_ids, scored[1].sample_ids)
    pair = [one.of(shared) for one in scored]
    accepted = pair[0].examples.accepted
    counts = {"votes": len(shared), "accepted": int(accepted.sum())}
    if min(counts["accepted"], counts["votes"] - counts["accepted"]) < LEAST_VOTES:
        problem = (
            f"expected at least {LEAST_VOTES} accepted and {LEAST_VOTES} rejected votes on sounds "
            "that both models know; cast some with `sqlclap review`"
        )
        return [_row(label, model, problem=problem, **counts) for model in models]
    ranks = [_resampled(one.examples) for one in pair]
    bounds = (1 - request.level, request.level)
    rows = []
    for own, other, scores in ((0, 1, pair[0]), (1, 0, pair[1])):
        row = _row(label, scores.model, **counts) | _rule(scores.examples, request)
        row |= _with_bounds("average_precision", ranks[own], bounds)
        row |= _with_bounds("better_by", ranks[own] - ranks[other], bounds)
        rows.append(ModelScore(row))
    return rows


def _score(session: Session, label: str, request: CalibrationRequest) -> _Scored:
    """Score a label's votes by a model, with the `top_k` that a calibration would choose."""
    scorer = scorer_of(session)
    position = scorer.scoring_position(label)
    votes = read_votes(session.database, scorer, scorer.labels[position].label_id, on_spans=False)
    votes = replace(votes, weights=np.ones(len(votes.sample_ids)))

    score_at = partial(score_votes, scorer, position, votes, apart=request.apart)
    choices = top_k_choices(scorer, position, request)
    top_k, _ = choose_top_k(choices, score_at, scorer.labels[position].top_k)
    examples = score_each_vote(scorer, position, votes, top_k, request.apart)
    there = ~np.isnan(examples.score)
    ids = np.array(votes.sample_ids, dtype=np.int64)
    return _Scored(session.model.name, ids[there], examples.take(there))


def _resampled(examples: Examples) -> Float64Array:
    """Return the average precision of the votes, and then of resamples of them.

    Accepted and rejected votes are drawn apart, as many as there are; each call draws the same.
    """
    generator = np.random.default_rng(0)
    found = [np.array([average_precision(examples)])]
    order = np.lexsort((examples.accepted, -examples.score))  # ties count against
    accepted = examples.accepted[order]
    for _ in range(0, ROUNDS, ROUNDS_AT_ONCE):
        drawn = _draws(generator, examples.accepted)[:, order]
        hits = drawn * accepted
        precision = np.cumsum(hits, axis=1) / np.maximum(np.cumsum(drawn, axis=1), 1)
        found.append((precision * hits).sum(axis=1) / hits.sum(axis=1))
    return np.concatenate(found)


def _draws(generator: np.random.Generator, accepted: BoolArray) -> Float64Array:
    """Return how often each vote is drawn, [shape=(ROUNDS_AT_ONCE, n)]."""
    counts = np.zeros((ROUNDS_AT_ONCE, len(accepted)))
    for kind in (True, False):
        members = np.flatnonzero(accepted == kind)
        even = np.full(len(members), 1 / len(members))
        counts[:, members] = generator.multinomial(len(members), even, ROUNDS_AT_ONCE)
    return counts


def _with_bounds(
    name: str, values: Float64Array, bounds: tuple[float, float]
) -> dict[str, float | None]:
    low, high = np.quantile(values[1:], bounds)
    return {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}


def _rule(examples: Examples, request: CalibrationRequest) -> dict[str, float | str | None]:
    """Return precision and recall of rules that were each calibrated on the other votes."""
    target = TargetPrecision(request.target, normal_quantile(request.level))
    passes = cross_fitted_passes(examples, target)
    if passes is None:
        return {"problem": f"its votes show no rule of precision {request.target:g}"}
    hits = examples.accepted & passes
    recall = _share(int(hits.sum()), int(examples.accepted.sum()), target.z)
    found: dict[str, float | str | None] = dict(
        zip(("recall", "recall_low", "recall_high"), recall, strict=True)
    )
    if passes.any():
        share, low, _ = _share(int(hits.sum()), int(passes.sum()), target.z)
        found |= {"precision": share, "precision_low": low}
    return found


def _share(part: int, whole: int, z: float) -> tuple[float, float, float]:
    share = part / whole
    low, high = wilson_bounds(np.array(share), np.array(float(whole)), z)
    return share, float(low), float(high)


def _row(label: str, model: str, **told: int | str) -> ModelScore:
    none = dict.fromkeys(field_names(ModelScore)) | {"votes": 0, "accepted": 0}
    return ModelScore(none | {"label": label, "model": model} | told)
