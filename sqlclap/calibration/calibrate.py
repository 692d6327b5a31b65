"""Calibrating a label under a model from its votes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlclap.calibration.fitting import (
    Aim,
    Point,
    best_bound,
    choose_depth,
    cross_fitted,
    fit_point,
    precision_curve,
)
from sqlclap.errors import LabelValueError, NotEnoughVotesError
from sqlclap.labels import LabelSettings, Scorer
from sqlclap.labels.bounds import normal_quantile, votes_needed
from sqlclap.labels.examples import Apart, Examples, Votes, as_apart, read_votes, score_votes

if TYPE_CHECKING:
    from sqlclap.library import Database

DEPTHS = (1, 2, 3, 5, 8)
CURVE_POINTS = 200
HISTOGRAM_BINS = 24

METHOD = {
    "bound": "Wilson score interval, one-sided",
    "weights": "inverse of the chance of having been asked about; Kish's effective number",
    "scores": "out of sample: no anchor scores itself or a copy of itself",
}


@dataclass(frozen=True)
class CalibrationRequest:
    """What a calibration is to reach.

    Attributes
    ----------
    target : float
        Precision of "high", 0.5 to 0.999.
    level : float
        One-sided confidence of its lower bound, 0.5 to 0.999.
    search_depth : bool
        Also choose the number of anchors that a mean takes in.
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
    search_depth: bool = True
    apart: Apart = "file"

    def __post_init__(self) -> None:
        for name in ("target", "level"):
            value = getattr(self, name)
            if not 0.5 <= value <= 0.999:
                raise LabelValueError(f"{name}: expected a number from 0.5 to 0.999, got {value}")
        as_apart(self.apart)


@dataclass(frozen=True)
class Calibration:
    """What votes say a label's settings should be.

    Attributes
    ----------
    label : LabelSettings
        As it is now.
    depth : int
    point : Point or None
        The rule; None where no rule meets the target.
    problem : str or None
        Why there is none.
    votes_used : int
    request : CalibrationRequest
    report : dict
        All numbers, for JSON; see `docs/labels.md`.
    """

    label: LabelSettings
    depth: int
    point: Point | None
    problem: str | None
    votes_used: int
    request: CalibrationRequest
    report: dict[str, Any]


def calibrate(
    database: Database, scorer: Scorer, label: str, request: CalibrationRequest, is_max: bool
) -> Calibration:
    """Fit a label's threshold, gap and depth to its votes; nothing is stored.

    Parameters
    ----------
    database : Database
    scorer : Scorer
    label : str
    request : CalibrationRequest
    is_max : bool
        The label takes the best anchor alone, so there is no depth to choose.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    NotEnoughVotesError
        There are fewer votes than could ever meet the target.
    """
    position = scorer.scoring_position(label)
    settings = scorer.labels[position]
    votes = read_votes(database, scorer, settings.label_id)
    aim = Aim(request.target, normal_quantile(request.level))
    _check_number(settings.name, votes, request, aim)
    depths = _depths(scorer, position, request, is_max)
    score_at = partial(score_votes, scorer, position, votes, apart=request.apart)
    depth, tried = choose_depth(depths, score_at, settings.top_k)
    examples = score_at(depth)
    point = fit_point(examples, aim)
    problem = None if point else _problem(examples, aim)
    report = _head(scorer, settings, request) | {
        "votes": _count(votes),
        "depths": [{"depth": key, "average_precision": value} for key, value in tried.items()],
        "depth": depth,
        "chosen": asdict(point) if point else None,
        "cross_fitted": cross_fitted(examples, aim) if point else None,
        "problem": problem,
        "curve": _curve(examples, aim, point.gap if point else 0.0),
        "histogram": _histogram(examples),
    }
    return Calibration(settings, depth, point, problem, len(votes.sample_ids), request, report)


def _head(scorer: Scorer, settings: LabelSettings, request: CalibrationRequest) -> dict[str, Any]:
    return {
        "label": settings.name,
        "model": scorer.model.name,
        "model_version": scorer.model.model_version,
        "method": METHOD | {"level": request.level, "apart": request.apart},
        "target": request.target,
        "before": asdict(settings),
    }


def _check_number(name: str, votes: Votes, request: CalibrationRequest, aim: Aim) -> None:
    need = votes_needed(aim.target, aim.z)
    accepted, total = int(votes.accepted.sum()), len(votes.sample_ids)
    if total < need or not accepted:
        raise NotEnoughVotesError(
            f"not enough votes on {name!r}: have {total} ({accepted} accepted), need about {need} "
            f"to show a precision of {request.target:g} with {request.level:.0%} confidence; "
            "cast some with `sqlclap review`"
        )


def _depths(scorer: Scorer, position: int, request: CalibrationRequest, is_max: bool) -> list[int]:
    current = scorer.labels[position].top_k
    if is_max or not request.search_depth:
        return [current]
    anchors = len(scorer.positives[position])
    return sorted({depth for depth in DEPTHS if depth < anchors} | {min(current, anchors)})


def _problem(examples: Examples, aim: Aim) -> str:
    nearest = best_bound(examples, aim)
    if nearest is None:
        return "none of the sounds voted on can be scored without being its own anchor"
    return (
        f"no threshold's precision is shown to reach {aim.target:g}: the best lower bound is "
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


def _curve(examples: Examples, aim: Aim, gap: float) -> list[dict[str, float]]:
    """Return the precision-recall curve of the chosen gap, at most `CURVE_POINTS` of it."""
    import numpy as np

    total = float(examples.weights[examples.accepted].sum())
    curve = precision_curve(examples.take(examples.gap >= gap), aim, total)
    names = ("threshold", "precision", "low", "high", "recall", "votes")
    count = len(curve.threshold)
    kept = np.unique(np.linspace(0, count - 1, min(count, CURVE_POINTS)).round().astype(int))
    return [{name: float(getattr(curve, name)[index]) for name in names} for index in kept]


def _histogram(examples: Examples) -> dict[str, list[float]]:
    """Count weighted votes by score, accepted and rejected apart."""
    import numpy as np

    low, high = float(examples.score.min(initial=1.0)), float(examples.score.max(initial=-1.0))
    edges = np.linspace(min(low, high), max(low, high) + 1e-9, HISTOGRAM_BINS + 1)
    bars = {"edges": edges.tolist()}
    for name, which in (("accepted", examples.accepted), ("rejected", ~examples.accepted)):
        counts, _ = np.histogram(examples.score[which], edges, weights=examples.weights[which])
        bars[name] = counts.tolist()
    return bars
