"""Calibrates a label from its votes; applies, lists and reverts calibrations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sqlclap.db.database import read_document
from sqlclap.db.statements import statement
from sqlclap.deprecated import former_fields
from sqlclap.errors import (
    LabelValueError,
    NotEnoughVotesError,
    SettingsChangedError,
    UnknownRunError,
)
from sqlclap.labels.aggregations import aggregation
from sqlclap.labels.labelled_examples import (
    Apart,
    Examples,
    Votes,
    as_apart,
    read_votes,
    score_votes,
)
from sqlclap.labels.precision import normal_quantile, votes_needed
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import LabelSettings
from sqlclap.labels.store import Label
from sqlclap.labels.threshold_fitting import (
    OperatingPoint,
    TargetPrecision,
    best_bound,
    choose_top_k,
    cross_fitted,
    fit_point,
    precision_curve,
)
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

BY_HAND = ("threshold", "gap", "top_k")


@dataclass(frozen=True)
class PastCalibration:
    """A row of ``calibrations``.

    Attributes
    ----------
    calibration_id : int
    threshold, gap : float
    top_k : int
    target_precision, precision_low : float
    votes_used : int
    in_force : int
        1 for the calibration in force, otherwise 0.
    created_at : str
        UTC, ISO 8601.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold", "gap")
    calibration_id: int
    threshold: float
    gap: float
    top_k: int
    target_precision: float
    precision_low: float
    votes_used: int
    in_force: int
    created_at: str


def apply_calibration(
    connection: Database, label: Label, model: StoredModel, calibration: Calibration
) -> int:
    """Put a calibration in force and return its id; in a write transaction.

    Settings made by hand are replaced, and recorded for `revert_calibration`.

    Raises
    ------
    NotEnoughVotesError
        No rule meets the target.
    """
    point = calibration.point
    if point is None:
        raise NotEnoughVotesError(f"nothing to apply to {label.name!r}: {calibration.problem}")
    by_hand = {key: getattr(label, key) for key in BY_HAND}
    before = {"calibration_id": calibration.label.calibration_id} | by_hand
    retire = statement("labels/calibration_retire")
    connection.execute(retire, (label.label_id, model.model_id))
    row = {
        "label_id": label.label_id,
        "model_id": model.model_id,
        "threshold": point.threshold,
        "gap": point.gap,
        "top_k": calibration.top_k,
        "target_precision": calibration.request.target,
        "precision_low": point.precision_low,
        "votes_used": calibration.votes_used,
        "report": json.dumps(calibration.report, allow_nan=False),
        "replaced": json.dumps(before),
    }
    calibration_id = int(connection.execute(statement("labels/calibration_insert"), row).get)
    _set_by_hand(connection, label, dict.fromkeys(BY_HAND))
    return calibration_id


def revert_calibration(
    connection: Database, label: Label, model: StoredModel, force: bool = False
) -> int | None:
    """Restore what the calibration in force replaced; in a write transaction.

    Parameters
    ----------
    connection : Database
    label : Label
    model : StoredModel
    force : bool
        Also overwrite what was set by hand since.

    Returns
    -------
    int or None
        The calibration that is in force again, if any.

    Raises
    ------
    UnknownRunError
        No calibration is in force.
    SettingsChangedError
        The label was changed by hand since. The error must reach the transaction.
    """
    retire = statement("labels/calibration_retire")
    row = connection.execute(retire, (label.label_id, model.model_id)).fetchone()
    if row is None:
        raise UnknownRunError(f"no calibration of {label.name!r} is in force under {model.name}")
    if not force:
        _refuse_if_changed(label)
    cure = f"set the label's values by hand, `sqlclap label set {typed(connection.filename)}`"
    where, needed = f"calibrations.replaced of {label.name!r}", ("calibration_id",)
    before = read_document(row[0], dict, where, cure, needed)
    previous: int | None = before.pop("calibration_id")
    if previous is not None:
        again = "UPDATE calibrations SET in_force = 1 WHERE calibration_id = ?"
        connection.execute(again, (previous,))
    _set_by_hand(connection, label, before)
    return previous


def list_calibrations(
    connection: Database, label: Label, model: StoredModel
) -> list[PastCalibration]:
    """Return a label's calibrations under a model, oldest first."""
    rows = connection.execute(
        statement("labels/calibration_list"), (label.label_id, model.model_id)
    )
    return [PastCalibration(*row) for row in rows]


def _refuse_if_changed(label: Label) -> None:
    """Raise an error if settings were made by hand since the calibration was applied."""
    since = {key: getattr(label, key) for key in BY_HAND if getattr(label, key) is not None}
    if since:
        changes = ", ".join(f"{key.replace('_', '-')} {value:g}" for key, value in since.items())
        names = " ".join(f"--unset {key.replace('_', '-')}" for key in since)
        raise SettingsChangedError(
            f"{label.name!r} was changed by hand after it was calibrated ({changes}), and "
            f"reverting would overwrite that: take it back first with "
            f"`sqlclap label set ... {names}`, "
            "or force the revert (--force)"
        )


def _set_by_hand(connection: Database, label: Label, values: dict[str, float | int | None]) -> None:
    row = {"label_id": label.label_id, **values}
    connection.execute(statement("labels/calibration_by_hand"), row)


TOP_KS = (1, 2, 3, 5, 8)
CURVE_POINTS = 200
HISTOGRAM_BINS = 24

METHOD = {
    "bound": "Wilson score interval, one-sided",
    "weights": "inverse of the chance of having been asked about; Kish's effective number",
    "scores": "out of sample: no anchor scores itself or a copy of itself",
}


@former_fields(search_depth="search_top_k")
@dataclass(frozen=True)
class CalibrationRequest:
    """The target of a calibration.

    Attributes
    ----------
    target : float
        Precision of "high", 0.5 to 0.999.
    level : float
        One-sided confidence of its lower bound, 0.5 to 0.999.
    search_top_k : bool
        Also choose how many of the best anchors a score takes in.
    apart : {"file", "folder"}
        "file": no anchor scores itself, which is fair for the library as it is. "folder": no
        anchor scores a sound of its own folder either, which is fair for folders yet to come:
        sounds of one folder are more alike than sounds of two.

    Raises
    ------
    LabelValueError
        A value is out of range.
    """

    target: float = 0.9
    level: float = 0.95
    search_top_k: bool = True
    apart: Apart = "file"

    def __post_init__(self) -> None:
        for name in ("target", "level"):
            value = getattr(self, name)
            if not 0.5 <= value <= 0.999:
                raise LabelValueError(f"{name}: expected a number from 0.5 to 0.999, got {value}")
        as_apart(self.apart)


@former_fields(depth="top_k")
@dataclass(frozen=True)
class Calibration:
    """Settings of a label that were fitted to its votes.

    Attributes
    ----------
    label : LabelSettings
        As it is now.
    top_k : int
    point : OperatingPoint or None
        The rule; None where no rule meets the target.
    problem : str or None
        Why there is no rule.
    votes_used : int
    request : CalibrationRequest
    report : dict
        All numbers, for JSON; see `docs/labels.md`.
    """

    label: LabelSettings
    top_k: int
    point: OperatingPoint | None
    problem: str | None
    votes_used: int
    request: CalibrationRequest
    report: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """Return the report for programs, with its main numbers by name."""
        points = {"point": self.point, "top_k": self.top_k, "votes_used": self.votes_used}
        return self.report | points


def calibrate(
    database: Database, scorer: Scorer, label: str, request: CalibrationRequest
) -> Calibration:
    """Fit a label's threshold, gap and `top_k` to its votes; nothing is stored.

    Parameters
    ----------
    database : Database
    scorer : Scorer
    label : str
    request : CalibrationRequest

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    NotEnoughVotesError
        There are fewer votes than could ever meet the target.
    """
    position = scorer.scoring_position(label)
    settings = scorer.labels[position]
    votes = read_votes(database, scorer, settings.label_id)
    target = TargetPrecision(request.target, normal_quantile(request.level))
    _check_number(settings.name, votes, request, target)
    choices = top_k_choices(scorer, position, request)
    score_at = partial(score_votes, scorer, position, votes, apart=request.apart)
    top_k, tried = choose_top_k(choices, score_at, settings.top_k)
    examples = score_at(top_k)
    point = fit_point(examples, target)
    problem = None if point else _problem(examples, target)
    report = _head(scorer, settings, request) | {
        "votes": _count(votes),
        **_chosen(top_k, tried),
        "chosen": asdict(point) if point else None,
        "cross_fitted": cross_fitted(examples, target) if point else None,
        "problem": problem,
        "curve": _curve(examples, target, point.gap if point else 0.0),
        "histogram": _histogram(examples),
    }
    return Calibration(settings, top_k, point, problem, len(votes.sample_ids), request, report)


def _head(scorer: Scorer, settings: LabelSettings, request: CalibrationRequest) -> dict[str, Any]:
    return {
        "label": settings.name,
        "model": scorer.model.name,
        "model_version": scorer.model.model_version,
        "method": METHOD | {"level": request.level, "apart": request.apart},
        "target": request.target,
        "before": asdict(settings),
    }


def _check_number(
    name: str, votes: Votes, request: CalibrationRequest, target: TargetPrecision
) -> None:
    need = votes_needed(target.target, target.z)
    accepted, total = int(votes.accepted.sum()), len(votes.sample_ids)
    if total < need or not accepted:
        raise NotEnoughVotesError(
            f"not enough votes on {name!r}: have {total} ({accepted} accepted), need about {need} "
            f"to show a precision of {request.target:g} with {request.level:.0%} confidence; "
            "cast some with `sqlclap review`"
        )


def top_k_choices(scorer: Scorer, position: int, request: CalibrationRequest) -> list[int]:
    """Return the numbers of best anchors that a calibration chooses from, ascending."""
    label = scorer.labels[position]
    if not request.search_top_k or not aggregation(label.aggregation).takes_top_k:
        return [label.top_k]
    anchors = len(scorer.positives[position])
    return sorted({one for one in TOP_KS if one < anchors} | {min(label.top_k, anchors)})


def _chosen(top_k: int, tried: dict[int, float]) -> dict[str, Any]:
    """Return what a report says of the choice; ``depth`` and ``depths`` are former names."""
    former = [{"depth": key, "average_precision": value} for key, value in tried.items()]
    now = [{"top_k": key, "average_precision": value} for key, value in tried.items()]
    return {"top_k": top_k, "tried": now, "depth": top_k, "depths": former}


def _problem(examples: Examples, target: TargetPrecision) -> str:
    nearest = best_bound(examples, target)
    if nearest is None:
        return "none of the sounds voted on can be scored without being its own anchor"
    return (
        f"no threshold's precision is shown to reach {target.target:g}: the best lower bound is "
        f"{nearest.precision_low:.3f} (estimate {nearest.precision:.3f} from "
        f"{nearest.votes:.0f} effective votes); more votes, better anchors or a lower target help"
    )


def _count(votes: Votes) -> dict[str, int]:
    accepted, total = int(votes.accepted.sum()), len(votes.sample_ids)
    return {
        "used": total,
        "accepted": accepted,
        "rejected": total - accepted,
        "sampled": votes.sampled,
    }


def _curve(examples: Examples, target: TargetPrecision, gap: float) -> list[dict[str, float]]:
    """Return the precision-recall curve of the chosen gap, at most `CURVE_POINTS` of it."""

    total = float(examples.weights[examples.accepted].sum())
    curve = precision_curve(examples.take(examples.gap >= gap), target, total)
    names = ("threshold", "precision", "low", "high", "recall", "votes")
    count = len(curve.threshold)
    positions = np.unique(np.linspace(0, count - 1, min(count, CURVE_POINTS)).round().astype(int))
    return [{name: float(getattr(curve, name)[index]) for name in names} for index in positions]


def _histogram(examples: Examples) -> dict[str, list[float]]:
    """Count weighted votes by score, accepted and rejected apart."""

    low, high = float(examples.score.min(initial=1.0)), float(examples.score.max(initial=-1.0))
    edges = np.linspace(min(low, high), max(low, high) + 1e-9, HISTOGRAM_BINS + 1)
    bars = {"edges": edges.tolist()}
    for name, which in (("accepted", examples.accepted), ("rejected", ~examples.accepted)):
        counts, _ = np.histogram(examples.score[which], edges, weights=examples.weights[which])
        bars[name] = counts.tolist()
    return bars
