"""Tagging: a run scores every sample, and is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from sqlclap.errors import NoAnchorsError
from sqlclap.labels.matches import check_confidence, sample_rows
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, Confidence
from sqlclap.labels.values import or_none
from sqlclap.library import read_transaction, statement, write_transaction
from sqlclap.vectors import count_own, own_vectors

if TYPE_CHECKING:
    import apsw

Progress = Callable[[int, int], None]
"""Called with samples scored so far, and how many there are."""


@dataclass(frozen=True)
class TagRequest:
    """What a run is to tag.

    Attributes
    ----------
    labels : tuple of str
        None of them means all labels that can score.
    confidence : {"high", "medium", "low"}
        The least that a tag needs.
    dry_run : bool
        Only say what would be tagged.
    skip_conflicts : bool
        Leave samples alone that carry another label's tag, or would get one.
    """

    labels: tuple[str, ...] = ()
    confidence: Confidence = "high"
    dry_run: bool = False
    skip_conflicts: bool = False


@dataclass(frozen=True)
class Conflict:
    """A sample that two labels lay claim to.

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
    """

    run_id: int | None
    label: str
    tagged: int
    conflicts: list[Conflict] = field(default_factory=list)


def tag(
    connection: apsw.Connection,
    scorer: Scorer,
    request: TagRequest,
    progress: Progress | None = None,
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
    """
    check_confidence(request.confidence)
    positions = _positions(scorer, request.labels)
    found = _score_everything(connection, scorer, positions, request.confidence, progress)
    if request.dry_run:
        with read_transaction(connection):
            return [plan.as_run(None) for plan in _plan(connection, scorer, found, request)]
    with write_transaction(connection):
        plans = _plan(connection, scorer, found, request)
        return [plan.as_run(_write(connection, scorer, plan, request)) for plan in plans]


@dataclass(frozen=True)
class _Plan:
    """What one label's run will write."""

    position: int
    label: str
    tags: Ranked
    conflicts: list[Conflict]

    def as_run(self, run_id: int | None) -> TagRun:
        return TagRun(run_id, self.label, len(self.tags), self.conflicts)


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
    connection: apsw.Connection,
    scorer: Scorer,
    positions: list[int],
    least: Confidence,
    progress: Progress | None,
) -> dict[int, Ranked]:
    total, done = count_own(connection, scorer.model), 0
    parts: dict[int, list[Ranked]] = {at: [] for at in positions}
    for block in own_vectors(connection, scorer.model):
        scores = scorer.score(block.vectors)
        for at in positions:
            ranked = ranked_column(scorer, scores, at, block.sample_ids)
            parts[at].append(ranked.take(ranked.levels >= CONFIDENCES.index(least)))
        done += len(block.sample_ids)
        if progress is not None:
            progress(done, max(total, done))
    return {at: join_ranked(ranked) for at, ranked in parts.items()}


def _plan(
    connection: apsw.Connection, scorer: Scorer, found: dict[int, Ranked], request: TagRequest
) -> list[_Plan]:
    """Leave out what was rejected, and find who else lays claim to the rest."""
    import numpy as np

    kept = {}
    for at, ranked in found.items():
        rows = connection.execute(statement("label_rejected"), (scorer.labels[at].label_id,))
        rejected = np.array([row[0] for row in rows], dtype=np.int64)
        there = [*sample_rows(connection, ranked.sample_ids.tolist())]  # some may have gone since
        wanted = np.isin(ranked.sample_ids, there) & ~np.isin(ranked.sample_ids, rejected)
        kept[at] = ranked.take(wanted)
    claims = _claims(connection, scorer, kept)
    plans = []
    for at, ranked in kept.items():
        name = scorer.labels[at].name
        conflicts = _conflicts(connection, name, ranked, claims)
        skipped = [conflict.sample_id for conflict in conflicts if request.skip_conflicts]
        tags = ranked.take(~np.isin(ranked.sample_ids, np.array(skipped, dtype=np.int64)))
        plans.append(_Plan(at, name, tags, conflicts))
    return plans


def _claims(
    connection: apsw.Connection, scorer: Scorer, kept: dict[int, Ranked]
) -> dict[int, set[str]]:
    """Return the labels that each sample carries, or is about to get."""
    claims: dict[int, set[str]] = {}
    for sample_id, name in connection.execute(statement("label_tags_held")):
        claims.setdefault(int(sample_id), set()).add(str(name))
    for at, ranked in kept.items():
        for sample_id in ranked.sample_ids.tolist():
            claims.setdefault(sample_id, set()).add(scorer.labels[at].name)
    return claims


def _conflicts(
    connection: apsw.Connection, name: str, ranked: Ranked, claims: dict[int, set[str]]
) -> list[Conflict]:
    contested = [key for key in ranked.sample_ids.tolist() if claims[key] != {name}]
    rows = sample_rows(connection, contested)
    return [
        Conflict(sample_id, str(rows[sample_id][1]), name, other)
        for sample_id in contested
        for other in sorted(claims[sample_id] - {name})
    ]


def _write(connection: apsw.Connection, scorer: Scorer, plan: _Plan, request: TagRequest) -> int:
    label = scorer.labels[plan.position]
    params = asdict(label) | {"confidence": request.confidence}
    run = (label.label_id, scorer.model.model_id, json.dumps(params), len(plan.tags))
    run_id = int(connection.execute(statement("label_run_insert"), run).get)
    tags = plan.tags
    columns = (tags.sample_ids.tolist(), tags.score.tolist(), tags.gap.tolist(), tags.levels)
    rows = [
        (sample_id, label.label_id, run_id, score, or_none(gap), CONFIDENCES[level])
        for sample_id, score, gap, level in zip(*columns, strict=True)
    ]
    connection.executemany(statement("label_tag_insert"), rows)
    return run_id
