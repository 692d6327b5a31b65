"""Precision as votes tell it, and calibrations from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.answers import json_answer
from datasette_sqlclap.asking import flag, number, text_of
from datasette_sqlclap.libraries import labels_of
from datasette_sqlclap.views import Asked, asks, keys, reads, writes

if TYPE_CHECKING:
    from sqlclap.session import Session


@reads
@asks("label", "threshold", "confidence")
async def precision(asked: Asked) -> Any:
    """Answer ``?label=&threshold=`` with the precision above a threshold, and its bounds."""
    name, threshold = asked.argument("label"), number(asked.argument("threshold"), "threshold")
    confidence = asked.argument("confidence", "high")
    found = await asked.library.read(
        lambda session: labels_of(session).precision(name, confidence, threshold)
    )
    return json_answer({"ok": True} | asdict(found))


@writes
@keys("label", "target", "apply")
async def calibrate(asked: Asked, body: dict[str, Any]) -> Any:
    """Fit ``label`` to its votes for a precision of ``target``; ``apply`` puts it in force."""
    from sqlclap.calibration import CalibrationRequest, Calibrations

    name, target = text_of(body, "label"), number(body.get("target"), "target")
    apply = flag(body, "apply")
    request = CalibrationRequest(0.9 if target is None else target)

    def work(session: Session) -> dict[str, Any]:
        calibrations = Calibrations(session)
        found = calibrations.fit(name, request)
        applied = None
        if apply and found.point is not None:
            applied = calibrations.apply(found)
        point = asdict(found.point) if found.point else None
        told = {"point": point, "top_k": found.depth, "problem": found.problem}
        return told | {"votes_used": found.votes_used, "calibration_id": applied}

    return json_answer({"ok": True} | await asked.library.write(work))


@writes
@keys("label", "force")
async def revert(asked: Asked, body: dict[str, Any]) -> Any:
    """Put back what ``label``'s calibration replaced; ``force`` overwrites later settings."""
    from sqlclap.calibration import Calibrations

    name, force = text_of(body, "label"), flag(body, "force")
    back = await asked.library.write(lambda session: Calibrations(session).revert(name, force))
    return json_answer({"ok": True, "calibration_id": back})
