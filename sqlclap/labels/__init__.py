"""Labels by example: anchors, scores and margins, votes, calibration, review, tags."""

from sqlclap.deprecated import moved_name

__getattr__ = moved_name("labels")
