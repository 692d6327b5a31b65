"""Tag runs, which score all samples and are written atomically; tags by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.samples import sample_of
from sqlclap.db.spans import SampleSpan, as_sample_span
from sqlclap.db.statements import read_transaction, statement, write_transaction
from sqlclap.db.vectors import count_own, own_vectors
from sqlclap.errors import NoAnchorsError, PrecisionTooLowError
from sqlclap.labels.match_request import check_confidence
from sqlclap.labels.matching import current_scores, sample_rows
from sqlclap.labels.precision import Judgement, Precision, check_target, judge
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, UNOPPOSED, Confidence, or_none
from sqlclap.labels.store import Label
from sqlclap.labels.tags import Tag
from sqlclap.progress import NullProgress, ProgressListener

if TYPE_CHECKING:
    from sqlclap.db.database import Database

UNPROVEN = (
    "{:,} more reach the threshold and stay medium: there is no rival (no other label with "
    "anchors, no negative anchor) and no calibration"
)


@dataclass(frozen=True)
class TagRequest:
    """A request for tag runs.

    Attributes
    ----------
    labels : tuple of str
        Names of labels; empty means all labels that can score.
    confidence : {"high", "medium", "low"}
        Lowest confidence of a tag.
    dry_run : bool
        Only report what would be tagged.
    skip_conflicts : bool
        Skip samples that have another label's tag, or would get one.
    target : float, optional
        Precision that votes must not contradict; by default what the label is calibrated for, or
        `TARGET`.
    force : bool
        Tag even if they do.
    """

    labels: tuple[str, ...] = ()
    confidence: Confidence = "high"
    dry_run: bool = False
    skip_conflicts: bool = False
    target: float | None = None
    force: bool = False

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        check_target(self.target)


@dataclass(frozen=True)
class Conflict:
    """A sample that two labels match.

    Attributes
    ----------
    sample_id : int
    path : str
    label, other : str
        The label of this run, and the one that the sample carries or gets as well.
    """

    sample_id: int
    path: str
    label: str
    other: str


@dataclass(frozen=True)
class TagRun:
    """One label's run.

    Attributes
    ----------
    run_id : int or None
        None for a dry run.
    label : str
    tagged : int
    conflicts : list of Conflict
    unproven : int
        Sounds that reach the threshold and are not high all the same: the label has no rival, and
        its threshold is not calibrated.
    precision : Precision or None
        Estimated from votes; None for tags by hand.
    target : float or None
        Target precision.
    refused : bool
        A dry run's: without `force` the run would be refused, for votes show that it misses the
        target.
    warning : str or None
        Reasons against the run; empty if there are none.
    """

    DERIVED: ClassVar[tuple[str, ...]] = ("conflict_count",)
    run_id: int | None
    label: str
    tagged: int
    conflicts: list[Conflict] = field(default_factory=list)
    unproven: int = 0
    precision: Precision | None = None
    target: float | None = None
    refused: bool = False
    warning: str | None = None

    @property
    def conflict_count(self) -> int:
        """How many conflicts there are; over HTTP only the first of them are told."""
        return len(self.conflicts)


def tag(
    connection: Database,
    scorer: Scorer,
    request: TagRequest,
    listener: ProgressListener | None = None,
) -> list[TagRun]:
    """Tag all samples that labels match with enough confidence.

    Rejected pairs are left out. Anchors and votes are never touched. All runs of a call are
    written in one transaction: a crash leaves none of them.

    Returns
    -------
    list of TagRun
        One a label.

    Raises
    ------
    UnknownLabelError, NoAnchorsError, LabelValueError
    PrecisionTooLowError
        Votes show that a label misses the target: nothing is tagged. `force` tags all the same.
    """
    positions = _positions(scorer, request.labels)
    if not (request.dry_run or request.force):
        with read_transaction(connection):  # before all the work; what is judged again is written
            refuse_imprecise([_judge(connection, scorer, at, request) for at in positions])
    progress = listener or NullProgress()
    claims = _score_everything(connection, scorer, positions, request.confidence, progress)
    if request.dry_run:
        with read_transaction(connection):
            return [plan.as_run(None) for plan in _plan(connection, scorer, claims, request)]
    with write_transaction(connection):
        plans = _plan(connection, scorer, claims, request)
        if not request.force:
            refuse_imprecise([plan.judgement for plan in plans])
        return [plan.as_run(_write(connection, scorer, plan, request)) for plan in plans]


def refuse_imprecise(judgements: Sequence[Judgement]) -> None:
    """Raise an error for labels whose precision misses their target according to votes.

    Raises
    ------
    PrecisionTooLowError
    """
    refused = [one for one in judgements if one.is_refused]
    if refused:
        warnings = "; ".join(f"{one.precision.label}: {one.warning}" for one in refused)
        raise PrecisionTooLowError(
            f"{warnings}: fit it to its votes (`sqlclap calibrate ... --apply`), give it rivals "
            "(`sqlclap label show` suggests some), ask for less (--target), or tag all the same "
            "(--force)"
        )


def check_written_tags(connection: Database, scorer: Scorer, tags: Sequence[Tag]) -> None:
    """Raise an error for tags of imprecise runs; tags by hand are not checked.

    Raises
    ------
    PrecisionTooLowError
    """
    lowest: dict[str, Confidence] = {}
    for tag in tags:
        if tag.confidence != "hand":
            known = lowest.setdefault(tag.label, tag.confidence)
            lowest[tag.label] = min(known, tag.confidence, key=CONFIDENCES.index)
    with read_transaction(connection):
        judged = [judge(connection, scorer, scorer.position(n), c) for n, c in lowest.items()]
    refuse_imprecise(judged)


def _judge(connection: Database, scorer: Scorer, position: int, request: TagRequest) -> Judgement:
    return judge(connection, scorer, position, request.confidence, request.target)


@dataclass(frozen=True)
class _Plan:
    """The planned run of one label."""

    position: int
    label: str
    tags: Ranked
    conflicts: list[Conflict]
    unproven: int
    judgement: Judgement

    def as_run(self, run_id: int | None) -> TagRun:
        return TagRun(
            run_id=run_id,
            label=self.label,
            tagged=len(self.tags),
            conflicts=self.conflicts,
            unproven=self.unproven,
            precision=self.judgement.precision,
            target=self.judgement.target,
            refused=self.judgement.is_refused and run_id is None,
            warning=self._warning(),
        )

    def _warning(self) -> str | None:
        warnings = [self.judgement.warning] if self.judgement.warning else []
        if self.unproven:
            warnings.append(UNPROVEN.format(self.unproven))
        return "; ".join(warnings) or None


@dataclass(frozen=True)
class _Claimed:
    """Samples that reach a confidence, and how many only lack a rival or calibration."""

    ranked: Ranked
    unproven: int


def _positions(scorer: Scorer, names: tuple[str, ...]) -> list[int]:
    if names:
        return list(dict.fromkeys(scorer.scoring_position(name) for name in names))
    able = [at for at in range(len(scorer.labels)) if len(scorer.positives[at])]
    if not able:
        raise NoAnchorsError(
            "no label has an anchor that can score: make some, `sqlclap anchor add`"
        )
    return able


def _score_everything(
    connection: Database,
    scorer: Scorer,
    positions: list[int],
    confidence: Confidence,
    listener: ProgressListener,
) -> dict[int, _Claimed]:
    listener.started("score", count_own(connection, scorer.model))
    parts: dict[int, list[Ranked]] = {at: [] for at in positions}
    unproven = dict.fromkeys(positions, 0)
    for block in own_vectors(connection, scorer.model):
        scores = scorer.score(block.vectors)
        for at in positions:
            ranked = ranked_column(scorer, scores, at, block)
            reached = ranked.levels >= CONFIDENCES.index(confidence)
            unproven[at] += int(((ranked.held_back == UNOPPOSED) & ~reached).sum())
            parts[at].append(ranked.take(reached))
        listener.advanced(len(block.sample_ids))
    return {at: _Claimed(join_ranked(ranked), unproven[at]) for at, ranked in parts.items()}


def _plan(
    connection: Database, scorer: Scorer, claimed_by_label: dict[int, _Claimed], request: TagRequest
) -> list[_Plan]:
    """Plan the runs: leave out rejected samples, and find conflicts with other labels."""

    to_tag = {}
    for at, claimed in claimed_by_label.items():
        rows = connection.execute(statement("labels/rejected"), (scorer.labels[at].label_id,))
        rejected = np.array([row[0] for row in rows], dtype=np.int64)
        ranked = claimed.ranked
        # Some may have been removed since.
        present_ids = [*sample_rows(connection, ranked.sample_ids.tolist())]
        is_wanted = np.isin(ranked.sample_ids, present_ids) & ~np.isin(ranked.sample_ids, rejected)
        to_tag[at] = ranked.take(is_wanted)
    claims = _claims(connection, scorer, to_tag)
    plans = []
    for at, ranked in to_tag.items():
        name = scorer.labels[at].name
        conflicts = _conflicts(connection, name, ranked, claims)
        skipped = [conflict.sample_id for conflict in conflicts if request.skip_conflicts]
        tags = ranked.take(~np.isin(ranked.sample_ids, np.array(skipped, dtype=np.int64)))
        judged = _judge(connection, scorer, at, request)
        plans.append(_Plan(at, name, tags, conflicts, claimed_by_label[at].unproven, judged))
    return plans


def _claims(connection: Database, scorer: Scorer, to_tag: dict[int, Ranked]) -> dict[int, set[str]]:
    """Return the labels that each sample has, or is about to get."""
    claims: dict[int, set[str]] = {}
    for sample_id, name in connection.execute(statement("labels/tags_held")):
        claims.setdefault(int(sample_id), set()).add(str(name))
    for at, ranked in to_tag.items():
        for sample_id in ranked.sample_ids.tolist():
            claims.setdefault(sample_id, set()).add(scorer.labels[at].name)
    return claims


def _conflicts(
    connection: Database, name: str, ranked: Ranked, claims: dict[int, set[str]]
) -> list[Conflict]:
    contested = [key for key in ranked.sample_ids.tolist() if claims[key] != {name}]
    rows = sample_rows(connection, contested)
    return [
        Conflict(sample_id, str(rows[sample_id][1]), name, other)
        for sample_id in contested
        for other in sorted(claims[sample_id] - {name})
    ]


def _write(connection: Database, scorer: Scorer, plan: _Plan, request: TagRequest) -> int:
    label = scorer.labels[plan.position]
    measured = asdict(plan.judgement.precision) | {"target": plan.judgement.target}
    params = asdict(label) | {"confidence": request.confidence, "precision": measured}
    params |= {"forced": request.force and plan.judgement.is_refused}
    run = (label.label_id, scorer.model.model_id, json.dumps(params), len(plan.tags))
    run_id = int(connection.execute(statement("labels/run_insert"), run).get)
    tags = plan.tags
    columns = (tags.sample_ids.tolist(), tags.score.tolist(), tags.gap.tolist(), tags.levels)
    rows = [
        (sample_id, None, None, label.label_id, run_id, score, or_none(gap), CONFIDENCES[level])
        for sample_id, score, gap, level in zip(*columns, strict=True)
    ]
    connection.executemany(statement("labels/tag_insert"), rows)
    return run_id


BY_HAND = "hand"


def tag_by_hand(
    connection: Database, label: Label, sounds: Sequence[int | SampleSpan], scorer: Scorer
) -> TagRun:
    """Tag samples, or spans of them, by hand; in a write transaction.

    Parameters
    ----------
    connection : Database
    label : Label
        It needs no anchors.
    sounds : sequence of int or SampleSpan
        Each once.
    scorer : Scorer
        Gives the score and gap that are kept beside each tag, where there are any.

    Raises
    ------
    UnknownSoundError
        There is no such sample.
    SpanError
        A span ends behind its sound's end.
    """
    places = [as_sample_span(sound) for sound in sounds]
    for place in places:
        sample_of(connection, place)
    params = json.dumps({"confidence": BY_HAND})
    run = (label.label_id, scorer.model.model_id, params, len(places))
    run_id = int(connection.execute(statement("labels/run_insert"), run).get)
    scores = current_scores(connection, scorer, label.name, places)
    rows = [
        (place.sample_id, *place.bounds, label.label_id, run_id,
         *scores.get(place, (None, None)), BY_HAND)
        for place in places
    ]  # fmt: skip
    connection.executemany(statement("labels/tag_insert"), rows)
    return TagRun(run_id, label.name, len(rows))
