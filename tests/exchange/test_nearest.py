"""A path means the one recording that has it, or is no name: of one library, and of its parts."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.exchange.matching import KnownRecording, RecordingNames, nearest_of_all

FOLDERS = ("", "kept/", "site1/", "Site1/", "site1/kept/")
FILES = ("dawn.wav", "Dawn.wav", "dawn.flac", "dawn.Table.1.wav", "dusk.wav")
PATHS = [f"{folder}{file}" for folder, file in product(FOLDERS, FILES)]
RECORDINGS = [
    KnownRecording(number, root, path, 1.0, 48_000)
    for number, (root, path) in enumerate(product(("/recorder", "/other/site1"), PATHS))
]
TABLES = ("dawn.txt", "dawn.Table.1.selections.txt", "dawn.wav.txt", "dusk.csv", "noon.txt")


def names(*paths: str) -> RecordingNames:
    return RecordingNames(
        KnownRecording(len(path), "/recorder", path, 1.0, 48_000) for path in paths
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


@given(
    held=st.dictionaries(st.sampled_from(RECORDINGS), st.integers(0, 2)),
    path=st.sampled_from([*PATHS, *(f"/recorder/{one}" for one in PATHS), "noon.wav", ""]),
    file=st.sampled_from([f"/mnt/{folder}{one}" for folder, one in product(FOLDERS, TABLES)]),
    by_name=st.booleans(),
)
def test_names_mean_in_parts_what_they_mean_in_one_library(
    held: dict[KnownRecording, int], path: str, file: str, by_name: bool
) -> None:
    whole = RecordingNames(held, by_name)
    parts = [RecordingNames(one for one in held if held[one] == part) for part in range(3)]
    nearest = nearest_of_all(one.nearest(path) for one in parts)
    assert nearest == whole.nearest(path)
    assert nearest.meant_by(path, by_name) == whole.find(path)
    beside = nearest_of_all(one.nearest_beside(file) for one in parts)
    assert beside == whole.nearest_beside(file)
    assert beside.meant == whole.find_beside(file)
