"""Labels by example: anchors, scores and margins, votes, calibration, review, tags."""

from typing import Any


def __getattr__(name: str) -> Any:
    from sqlclap.deprecated import moved_name

    return moved_name("labels")(name)
