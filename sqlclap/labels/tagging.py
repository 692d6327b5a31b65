"""Tag runs, which score all samples and are written atomically; tags by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sqlclap.db.samples import sample_of
from sqlclap.db.spans import SampleSpan, as_sample_span
from sqlclap.db.statements import read_transaction, statement, write_transaction
from sqlclap.errors import PrecisionTooLowError, QueryError
from sqlclap.labels.match_request import check_confidence
from sqlclap.labels.matching import current_scores
from sqlclap.labels.precision import Judgement, Precision, check_target, judge
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, Confidence
from sqlclap.labels.store import Label
from sqlclap.labels.tag_conflicts import Conflict, tags_held
from sqlclap.labels.tag_planning import (
    PlannedRun,
    Planning,
    Reached,
    RunPart,
    insert_tags,
    plan_tags,
    positions_to_tag,
    score_everything,
)
from sqlclap.labels.tag_preview import PlannedTag, check_preview
from sqlclap.labels.tags import Tag, insert_run
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.events import EventRule, event_rule
from sqlclap.several import several

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
        several(self.labels, "labels")
        check_confidence(self.confidence)
        check_preview(self.preview)
        if self.preview and not self.dry_run:
            raise QueryError("a preview is of a dry run: a run that is written has tags")
        check_target(self.target)
        if not self.moments and (self.merge_gap, self.min_event) != (None, None):
            raise QueryError("merge_gap and min_event are of moments: ask for moments")
        _ = self.rule  # checked now

    @property
    def planning(self) -> Planning:
        """How tags are chosen among what reaches the confidence."""
        return Planning(self.skip_conflicts, self.preview, self.moments)

    @property
    def rule(self) -> EventRule:
        """How windows are merged."""
        return event_rule(self.merge_gap, self.min_event)

    @property
    def reached(self) -> Reached:
        """What is to be tagged of what labels match."""
        return Reached(self.confidence, self.rule if self.moments else None)


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
    positions = positions_to_tag(scorer, request.labels)
    if not (request.dry_run or request.force):
        with read_transaction(connection):  # before all the work; what is judged again is written
            refuse_imprecise(judge_all(connection, scorer, positions, request))
    progress = listener or NullProgress()
    claims = score_everything(connection, scorer, positions, request.reached, progress)
    begin = read_transaction if request.dry_run else write_transaction
    with begin(connection):
        held = tags_held(connection, request.moments)
        plans = plan_tags(connection, scorer, claims, held, request.planning)
        judged = judge_all(connection, scorer, positions, request)
        if request.dry_run:
            pairs = zip(plans, judged, strict=True)
            return [as_run(plan.told, judgement, None) for plan, judgement in pairs]
        if not request.force:
            refuse_imprecise(judged)
        return [
            _write(connection, scorer, plan, judgement, request)
            for plan, judgement in zip(plans, judged, strict=True)
        ]


def _write(
    connection: Database,
    scorer: Scorer,
    plan: PlannedRun,
    judgement: Judgement,
    request: TagRequest,
) -> TagRun:
    params = run_params(scorer, plan.position, judgement, request)
    label_id, model_id = scorer.labels[plan.position].label_id, scorer.model.model_id
    run_id = insert_run(connection, label_id, model_id, params, plan.told.tagged)
    insert_tags(connection, plan.tags, run_id, label_id)
    return as_run(plan.told, judgement, run_id)


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


def judge_all(
    connection: Database, scorer: Scorer, positions: Sequence[int], request: TagRequest
) -> list[Judgement]:
    """Compare the precision of labels by their votes with a request's target; in a transaction."""
    confidence, target = request.confidence, request.target
    return [judge(connection, scorer, at, confidence, target) for at in positions]


def as_run(part: RunPart, judgement: Judgement, run_id: int | None) -> TagRun:
    """Return a planned run as a `TagRun`; without an id it is a dry run."""
    warnings = [judgement.warning] if judgement.warning else []
    if part.unproven:
        warnings.append(UNPROVEN.format(part.unproven))
    return TagRun(
        run_id=run_id,
        label=part.label,
        tagged=part.tagged,
        conflicts=part.conflicts,
        unproven=part.unproven,
        precision=judgement.precision,
        target=judgement.target,
        refused=judgement.is_refused and run_id is None,
        warning="; ".join(warnings) or None,
        preview=part.preview,
    )


def run_params(
    scorer: Scorer, position: int, judgement: Judgement, request: TagRequest
) -> dict[str, Any]:
    """Return what is kept of how a run was made."""
    measured = asdict(judgement.precision) | {"target": judgement.target}
    params = asdict(scorer.labels[position])
    params |= {"confidence": request.confidence, "precision": measured}
    params |= {"forced": request.force and judgement.is_refused}
    if request.moments:
        params |= {"moments": asdict(request.rule)}
    return params


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
    params = {"confidence": BY_HAND}
    run_id = insert_run(connection, label.label_id, scorer.model.model_id, params, len(places))
    scores = current_scores(connection, scorer, label.name, places)
    rows = [
        (place.sample_id, *place.bounds, label.label_id, run_id,
         *scores.get(place, (None, None)), BY_HAND)
        for place in places
    ]  # fmt: skip
    connection.executemany(statement("labels/tag_insert"), rows)
    return TagRun(run_id, label.name, len(rows))
