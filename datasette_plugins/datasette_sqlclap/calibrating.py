"""Precision as votes tell it, and calibrations from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datasette_sqlclap.answers import json_answer
from datasette_sqlclap.asking import number, text_of
from datasette_sqlclap.libraries import Desk
from datasette_sqlclap.views import Asked, reads, writes

LEVEL = 0.95


@reads
async def precision(asked: Asked) -> Any:
    """Answer ``?label=&threshold=`` with the precision above a threshold, and its bounds."""
    name, threshold = asked.argument("label"), number(asked.argument("threshold"), "threshold")
    found = await asked.shelf.read(lambda desk: _precision(desk, name, threshold))
    return json_answer({"ok": True} | found)


def _precision(desk: Desk, name: str, threshold: float | None) -> dict[str, Any]:
    import numpy as np

    from sqlclap.labels.bounds import effective_votes, normal_quantile, wilson_bounds
    from sqlclap.labels.examples import read_votes, score_votes

    scorer = desk.scorer()
    at = scorer.scoring_position(name)
    settings = scorer.labels[at]
    threshold = settings.threshold if threshold is None else threshold
    votes = read_votes(desk.connection, scorer, settings.label_id)
    told: dict[str, Any] = {"label": settings.name, "threshold": threshold, "level": LEVEL}
    told |= {"votes": len(votes.sample_ids), "above": 0, "precision": None}
    if not votes.sample_ids:
        return told
    examples = score_votes(scorer, at, votes, settings.top_k)
    kept = examples.take((examples.score >= threshold) & (examples.gap >= settings.gap))
    if not len(kept.weights):
        return told
    share = float(kept.weights[kept.accepted].sum() / kept.weights.sum())
    effective = effective_votes(kept.weights)
    z = normal_quantile(LEVEL)
    low, high = wilson_bounds(np.array([share]), np.array([effective]), z)
    bounds = {"precision": share, "low": float(low[0]), "high": float(high[0])}
    return told | bounds | {"above": len(kept.weights), "effective": effective}


@writes
async def calibrate(asked: Asked, body: dict[str, Any]) -> Any:
    """Fit ``label`` to its votes for a precision of ``target``; ``apply`` puts it in force."""
    from sqlclap.calibration import CalibrationRequest, Calibrations

    name, target = text_of(body, "label"), number(body.get("target"), "target")
    request = CalibrationRequest(0.9 if target is None else target)

    def work(desk: Desk) -> dict[str, Any]:
        calibrations = Calibrations(desk)
        found = calibrations.fit(name, request)
        applied = None
        if body.get("apply") is True and found.point is not None:
            applied = calibrations.apply(found)
        point = asdict(found.point) if found.point else None
        told = {"point": point, "depth": found.depth, "problem": found.problem}
        return told | {"votes_used": found.votes_used, "calibration_id": applied}

    return json_answer({"ok": True} | await asked.shelf.write(work))


@writes
async def revert(asked: Asked, body: dict[str, Any]) -> Any:
    """Put back what ``label``'s calibration replaced; ``force`` overwrites later settings."""
    from sqlclap.calibration import Calibrations

    name, force = text_of(body, "label"), body.get("force") is True
    back = await asked.shelf.write(lambda desk: Calibrations(desk).revert(name, force))
    return json_answer({"ok": True, "calibration_id": back})
