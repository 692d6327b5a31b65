"""Calibrations in force, before that, and back again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.calibration.calibrate import Calibration
from sqlclap.errors import NotEnoughVotesError, SettingsChangedError, UnknownRunError
from sqlclap.labels import Label
from sqlclap.library import read_document, statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database
    from sqlclap.vectors import StoredModel

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
        1 for the one that scores now, else 0.
    created_at : str
        UTC, ISO 8601.
    """

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

    What was set by hand gives way to it, and is remembered for `revert_calibration`.

    Raises
    ------
    NotEnoughVotesError
        No rule met the target.
    """
    point = calibration.point
    if point is None:
        raise NotEnoughVotesError(f"nothing to apply to {label.name!r}: {calibration.problem}")
    by_hand = {key: getattr(label, key) for key in BY_HAND}
    before = {"calibration_id": calibration.label.calibration_id} | by_hand
    retire = statement("calibration_retire")
    connection.execute(retire, (label.label_id, model.model_id))
    row = {
        "label_id": label.label_id,
        "model_id": model.model_id,
        "threshold": point.threshold,
        "gap": point.gap,
        "top_k": calibration.depth,
        "target_precision": calibration.request.target,
        "precision_low": point.precision_low,
        "votes_used": calibration.votes_used,
        "report": json.dumps(calibration.report, allow_nan=False),
        "replaced": json.dumps(before),
    }
    calibration_id = int(connection.execute(statement("calibration_insert"), row).get)
    _set_by_hand(connection, label, dict.fromkeys(BY_HAND))
    return calibration_id


def revert_calibration(
    connection: Database, label: Label, model: StoredModel, force: bool = False
) -> int | None:
    """Put back what the calibration in force had replaced; in a write transaction.

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
        The label was changed by hand since. Let it through to the transaction.
    """
    retire = statement("calibration_retire")
    row = connection.execute(retire, (label.label_id, model.model_id)).fetchone()
    if row is None:
        raise UnknownRunError(f"no calibration of {label.name!r} is in force under {model.name}")
    if not force:
        _refuse_if_changed(label)
    cure = f"set the label's values by hand, `sqlclap label set {connection.filename}`"
    what, needed = f"calibrations.replaced of {label.name!r}", ("calibration_id",)
    before = read_document(row[0], dict, what, cure, needed)
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
    rows = connection.execute(statement("calibration_list"), (label.label_id, model.model_id))
    return [PastCalibration(*row) for row in rows]


def _refuse_if_changed(label: Label) -> None:
    """Applying a calibration leaves nothing set by hand: what is set now came later."""
    since = {key: getattr(label, key) for key in BY_HAND if getattr(label, key) is not None}
    if since:
        told = ", ".join(f"{key.replace('_', '-')} {value:g}" for key, value in since.items())
        names = " ".join(f"--unset {key.replace('_', '-')}" for key in since)
        raise SettingsChangedError(
            f"{label.name!r} was changed by hand after it was calibrated ({told}), and reverting "
            f"would overwrite that: take it back first with `sqlclap label set ... {names}`, "
            "or force the revert (--force)"
        )


def _set_by_hand(connection: Database, label: Label, values: dict[str, float | int | None]) -> None:
    row = {"label_id": label.label_id, **values}
    connection.execute(statement("calibration_by_hand"), row)
