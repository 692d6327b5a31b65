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
from sqlclap.errors import NoAnchorsError, PrecisionTooLowError, QueryError
from sqlclap.labels.match_request import check_confidence
from sqlclap.labels.matching import current_scores, sample_rows
from sqlclap.labels.moment_tagging import EventScan
from sqlclap.labels.precision import Judgement, Precision, check_target, judge
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, UNOPPOSED, Confidence, or_none
from sqlclap.labels.store import Label
from sqlclap.labels.tag_conflicts import Conflict, Taggable, find_claims, find_conflicts
from sqlclap.labels.tag_preview import PlannedTag, PlannedTags, check_preview
from sqlclap.labels.tags import Tag
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.events import EventRule, event_rule

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
    moments : bool
        Tag events instead of whole sounds: spans, as `library.labels.matches(..., moments=True)`
        finds them; those of anchors, too.
    merge_gap, min_event : float, optional
        How windows are merged; see `sqlclap.search.events.EventRule`.
    preview : int
        Number of tags that a dry run lists, those nearest to being left out first.
    """

    labels: tuple[str, ...] = ()
    confidence: Confidence = "high"
    dry_run: bool = False
    skip_conflicts: bool = False
    target: float | None = None
    force: bool = False
    moments: bool = False
    merge_gap: float | None = None
    min_event: float | None = None
    preview: int = 0

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        check_preview(self.preview)
        if self.preview and not self.dry_run:
            raise QueryError("a preview is of a dry run: a run that is written has tags")
        check_target(self.target)
        if not self.moments and (self.merge_gap, self.min_event) != (None, None):
            raise QueryError("merge_gap and min_event are of moments: ask for moments")
        _ = self.rule  # checked now

    @property
    def rule(self) -> EventRule:
        """How windows are merged."""
        return event_rule(self.merge_gap, self.min_event)


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
    preview : list of PlannedTag
        What a dry run would tag, the lowest margin first; as many as were asked for.
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
    preview: list[PlannedTag] = field(default_factory=list)

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
    claims = _score_everything(connection, scorer, positions, request, progress)
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
    tags: Taggable
    conflicts: list[Conflict]
    unproven: int
    judgement: Judgement
    preview: list[PlannedTag]

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
            preview=self.preview,
        )

    def _warning(self) -> str | None:
        warnings = [self.judgement.warning] if self.judgement.warning else []
        if self.unproven:
            warnings.append(UNPROVEN.format(self.unproven))
        return "; ".join(warnings) or None


@dataclass(frozen=True)
class _Claimed:
    """What reaches a confidence, and how many only lack a rival or calibration."""

    taggable: Taggable
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
    request: TagRequest,
    listener: ProgressListener,
) -> dict[int, _Claimed]:
    level = CONFIDENCES.index(request.confidence)
    if request.moments:
        scan = EventScan(connection, scorer, positions, level, request.rule)
        return {at: _Claimed(*found) for at, found in scan.run(listener).items()}
    listener.started("score", count_own(connection, scorer.model))
    parts: dict[int, list[Ranked]] = {at: [] for at in positions}
    unproven = dict.fromkeys(positions, 0)
    for block in own_vectors(connection, scorer.model):
        scores = scorer.score(block.vectors)
        for at in positions:
            ranked = ranked_column(scorer, scores, at, block)
            reached = ranked.levels >= level
            unproven[at] += int(((ranked.held_back == UNOPPOSED) & ~reached).sum())
            parts[at].append(ranked.take(reached))
        listener.advanced(len(block.sample_ids))
    return {at: _Claimed(Taggable(join_ranked(parts[at])), unproven[at]) for at in positions}


def _plan(
    connection: Database, scorer: Scorer, claimed_by_label: dict[int, _Claimed], request: TagRequest
) -> list[_Plan]:
    """Plan the runs: leave out rejected samples, and find conflicts with other labels."""

    to_tag = {}
    for at, claimed in claimed_by_label.items():
        rows = connection.execute(statement("labels/rejected"), (scorer.labels[at].label_id,))
        rejected = np.array([row[0] for row in rows], dtype=np.int64)
        sample_ids = claimed.taggable.ranked.sample_ids
        # Some may have been removed since.
        present_ids = [*sample_rows(connection, set(sample_ids.tolist()))]
        is_wanted = np.isin(sample_ids, present_ids) & ~np.isin(sample_ids, rejected)
        to_tag[at] = claimed.taggable.take(is_wanted)
    named = {scorer.labels[at].name: taggable for at, taggable in to_tag.items()}
    claims = find_claims(connection, named, request.moments)
    plans = []
    for at, taggable in to_tag.items():
        name = scorer.labels[at].name
        conflicts = find_conflicts(connection, name, taggable, claims)
        keep = [not (request.skip_conflicts and one) for one in conflicts]
        tags = taggable.take(np.array(keep, dtype=np.bool_))
        kept = [one for one, is_kept in zip(conflicts, keep, strict=True) if is_kept]
        lowest = PlannedTags(at, tags, kept).lowest(connection, scorer, request.preview)
        judged = _judge(connection, scorer, at, request)
        told = [conflict for one in conflicts for conflict in one]
        plans.append(_Plan(at, name, tags, told, claimed_by_label[at].unproven, judged, lowest))
    return plans


def _write(connection: Database, scorer: Scorer, plan: _Plan, request: TagRequest) -> int:
    label = scorer.labels[plan.position]
    measured = asdict(plan.judgement.precision) | {"target": plan.judgement.target}
    params = asdict(label) | {"confidence": request.confidence, "precision": measured}
    params |= {"forced": request.force and plan.judgement.is_refused}
    if request.moments:
        params |= {"moments": asdict(request.rule)}
    run = (label.label_id, scorer.model.model_id, json.dumps(params), len(plan.tags))
    run_id = int(connection.execute(statement("labels/run_insert"), run).get)
    ranked = plan.tags.ranked
    columns = (plan.tags.places(), ranked.score.tolist(), ranked.gap.tolist(), ranked.levels)
    rows = [
        (place.sample_id, *place.bounds, label.label_id, run_id, score, or_none(gap),
         CONFIDENCES[level])
        for place, score, gap, level in zip(*columns, strict=True)
    ]  # fmt: skip
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
