"""Plans tag runs: which sounds, or events, of a library are to be tagged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.vectors import count_own, own_vectors
from sqlclap.errors import NoAnchorsError
from sqlclap.labels.matching import sample_rows
from sqlclap.labels.moment_tagging import EventScan
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.scoring import CONFIDENCES, UNOPPOSED, Confidence, or_none
from sqlclap.labels.tag_conflicts import Conflict, HeldTag, Taggable, find_claims, find_conflicts
from sqlclap.labels.tag_preview import PlannedTag, PlannedTags

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.progress import ProgressListener
    from sqlclap.search.events import EventRule


@dataclass(frozen=True)
class Reached:
    """What is to be tagged of what labels match.

    Attributes
    ----------
    confidence : {"high", "medium", "low"}
        Lowest confidence of a tag.
    rule : EventRule or None
        How windows are merged to events; None: whole sounds are tagged.
    """

    confidence: Confidence
    rule: EventRule | None


@dataclass(frozen=True)
class Planning:
    """How tags are chosen among what reaches a confidence.

    Attributes
    ----------
    skip_conflicts : bool
        Leave out what has another label's tag, or would get one.
    preview : int
        Number of tags that are listed, those nearest to being left out first.
    moments : bool
        Whether they are events.
    """

    skip_conflicts: bool
    preview: int
    moments: bool


@dataclass(frozen=True)
class Claimed:
    """What reaches a confidence, and how many only lack a rival or calibration."""

    taggable: Taggable
    unproven: int


@dataclass(frozen=True)
class RunPart:
    """The plan of one label's run, over all sounds or some.

    Attributes
    ----------
    label : str
    tagged : int
        How many tags it writes.
    unproven : int
        Sounds that reach the threshold, and would need a rival or a calibration to be high.
    conflicts : list of Conflict
    preview : list of PlannedTag
    """

    label: str
    tagged: int
    unproven: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    preview: list[PlannedTag] = field(default_factory=list)


@dataclass(frozen=True)
class PlannedRun:
    """The planned run of one label.

    Attributes
    ----------
    position : int
        The label's, among the scorer's.
    tags : Taggable
    told : RunPart
    """

    position: int
    tags: Taggable
    told: RunPart


def positions_to_tag(scorer: Scorer, names: Sequence[str]) -> list[int]:
    """Return the positions of labels that are named, or of all that can score.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    """
    if names:
        return list(dict.fromkeys(scorer.scoring_position(name) for name in names))
    able = [at for at in range(len(scorer.labels)) if len(scorer.positives[at])]
    if not able:
        raise NoAnchorsError(
            "no label has an anchor that can score: make some, `sqlclap anchor add`"
        )
    return able


def score_everything(
    connection: Database,
    scorer: Scorer,
    positions: Sequence[int],
    wanted: Reached,
    listener: ProgressListener,
) -> dict[int, Claimed]:
    """Return what reaches the confidence, by labels' positions."""
    level = CONFIDENCES.index(wanted.confidence)
    if wanted.rule is not None:
        scan = EventScan(connection, scorer, positions, level, wanted.rule)
        return {at: Claimed(*found) for at, found in scan.run(listener).items()}
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
    return {at: Claimed(Taggable(join_ranked(parts[at])), unproven[at]) for at in positions}


def plan_tags(
    connection: Database,
    scorer: Scorer,
    claimed_by_label: Mapping[int, Claimed],
    held: Iterable[HeldTag],
    planning: Planning,
) -> list[PlannedRun]:
    """Plan the runs: leave out rejected samples, and find conflicts with other labels.

    Parameters
    ----------
    connection : Database
    scorer : Scorer
    claimed_by_label : mapping of int to Claimed
        By labels' positions.
    held : iterable of HeldTag
        Tags that there are already.
    planning : Planning
    """
    to_tag = {}
    for at, claimed in claimed_by_label.items():
        rejected = scorer.left_out(connection, at, with_anchors=True)
        sample_ids = claimed.taggable.ranked.sample_ids
        # Some may have been removed since.
        present_ids = [*sample_rows(connection, set(sample_ids.tolist()))]
        is_wanted = np.isin(sample_ids, present_ids) & ~np.isin(sample_ids, rejected)
        to_tag[at] = claimed.taggable.take(is_wanted)
    named = {scorer.labels[at].name: taggable for at, taggable in to_tag.items()}
    claims = find_claims(held, named)
    plans = []
    for at, taggable in to_tag.items():
        name = scorer.labels[at].name
        conflicts = find_conflicts(connection, name, taggable, claims)
        keep = [not (planning.skip_conflicts and one) for one in conflicts]
        tags = taggable.take(np.array(keep, dtype=np.bool_))
        kept = [one for one, is_kept in zip(conflicts, keep, strict=True) if is_kept]
        lowest = PlannedTags(at, tags, kept).lowest(connection, scorer, planning.preview)
        told = [conflict for one in conflicts for conflict in one]
        unproven = claimed_by_label[at].unproven
        plans.append(PlannedRun(at, tags, RunPart(name, len(tags), unproven, told, lowest)))
    return plans


def insert_tags(connection: Database, tags: Taggable, run_id: int, label_id: int) -> None:
    """Write a run's tags; in a write transaction."""
    ranked = tags.ranked
    columns = (tags.places(), ranked.score.tolist(), ranked.gap.tolist(), ranked.levels)
    rows = [
        (place.sample_id, *place.bounds, label_id, run_id, score, or_none(gap),
         CONFIDENCES[level])
        for place, score, gap, level in zip(*columns, strict=True)
    ]  # fmt: skip
    connection.executemany(statement("labels/tag_insert"), rows)
