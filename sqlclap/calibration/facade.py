"""A library's calibrations as a Python object: ``library.calibrations``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlclap.calibration.calibrate import Calibration, CalibrationRequest, calibrate
from sqlclap.calibration.history import (
    PastCalibration,
    apply_calibration,
    list_calibrations,
    revert_calibration,
)
from sqlclap.labels import find_label
from sqlclap.labels.cache import scorer_of
from sqlclap.library import write_transaction
from sqlclap.library.failures import clear_errors_of
from sqlclap.session import Session


@clear_errors_of(lambda one: one._session.database.filename)
class Calibrations:
    """Thresholds and gaps from votes: fit, apply, look back, revert.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def fit(self, label: str, request: CalibrationRequest | None = None) -> Calibration:
        """Fit a label's settings to its votes; nothing is stored.

        Raises
        ------
        UnknownLabelError, NoAnchorsError, NotEnoughVotesError
        """
        is_max = find_label(self._session.database, label).aggregation == "max"
        wanted = request or CalibrationRequest()
        return calibrate(self._session.database, scorer_of(self._session), label, wanted, is_max)

    def apply(self, calibration: Calibration) -> int:
        """Put a calibration in force and return its id.

        Raises
        ------
        NotEnoughVotesError
            No rule met the target.
        """
        model = self._session.model
        with write_transaction(self._session.database) as connection:
            label = find_label(connection, calibration.label.name)
            now = scorer_of(self._session)
            settings = now.labels[now.position(label.name)]
            current = replace(calibration, label=settings)
            return apply_calibration(connection, label, model, current)

    def history(self, label: str) -> Sequence[PastCalibration]:
        """Return a label's calibrations under the model, oldest first."""
        found = find_label(self._session.database, label)
        return list_calibrations(self._session.database, found, self._session.model)

    def revert(self, label: str, force: bool = False) -> int | None:
        """Put back what the calibration in force had replaced.

        Parameters
        ----------
        label : str
        force : bool
            Also overwrite what was set by hand since.

        Returns
        -------
        int or None
            The calibration that is in force again, if any.

        Raises
        ------
        UnknownRunError
            None is in force.
        SettingsChangedError
            The label was changed by hand since, and `force` is not set.
        """
        with write_transaction(self._session.database) as connection:
            found = find_label(connection, label)
            return revert_calibration(connection, found, self._session.model, force)
