"""Thresholds, gaps and depths from votes, with bounds; reports and history."""

from sqlclap.calibration.calibrate import Calibration, CalibrationRequest
from sqlclap.calibration.facade import Calibrations
from sqlclap.calibration.fitting import Point
from sqlclap.calibration.history import PastCalibration
from sqlclap.calibration.picture import draw_report
from sqlclap.labels.bounds import normal_quantile, wilson_bounds
from sqlclap.labels.examples import Apart, as_apart

__all__ = [
    "Apart",
    "Calibration",
    "CalibrationRequest",
    "Calibrations",
    "PastCalibration",
    "Point",
    "as_apart",
    "draw_report",
    "normal_quantile",
    "wilson_bounds",
]
