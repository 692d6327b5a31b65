"""A path means the one recording that has it, or is no name: of one library, and of its parts."""

from __future__ import annotations

import pytest

from sqlclap.exchange.matching import KnownRecording, RecordingNames, nearest_of_all


def names(*paths: str) -> RecordingNames:
    return RecordingNames(
        KnownRecording(number, "/recorder", path, 1.0, 48_000) for number, path in enumerate(paths)
    )


@pytest.mark.parametrize(
    ("parts", "path", "tells_apart"),
    [
        ((("a.wav", "b.wav"), ("kept/c.wav",)), "a.wav", True),
        ((("a.wav",), ("kept/a.wav",)), "a.wav", False),  # a reader could take either
        ((("a.wav",), ("kept/a.wav",)), "kept/a.wav", True),
        ((("kept/a.wav",), ("b.wav",)), "a.wav", False),  # its own part is missing
        ((("b.wav",), ()), "a.wav", False),
        ((("A.wav",), ("a.wav",)), "a.wav", False),
    ],
)
def test_parts_say_what_one_library_says(
    parts: tuple[tuple[str, ...], ...], path: str, tells_apart: bool
) -> None:
    of_all = nearest_of_all(names(*some).nearest(path) for some in parts)
    assert of_all == names(*(one for some in parts for one in some)).nearest(path)
    assert of_all.tells_apart is tells_apart
