"""Thresholds, gaps and depths from votes, with bounds; reports and history."""

from sqlclap.calibration.calibrate import Calibration, CalibrationRequest
from sqlclap.calibration.facade import Calibrations
from sqlclap.calibration.fitting import Point
from sqlclap.calibration.history import PastCalibration
from sqlclap.calibration.picture import draw_report

__all__ = [
    "Calibration",
    "CalibrationRequest",
    "Calibrations",
    "PastCalibration",
    "Point",
    "draw_report",
]
