"""The embedded model on the demo sounds: searches make sense, by file name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap

DEMO_SOUNDS = Path(__file__).parents[1] / "demo" / "sounds"

# What a right answer's file name holds.
RIGHT_BY_NAME = {
    "kick drum": r"^bd_|kick|drum_bass",
    "snare": r"^sn_|snare",
    "closed hi-hat": r"closed_hat|cymbal_closed|cymbal_pedal",
    "choir": r"choir",
    "drum loop": r"^loop_",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """The demo library, made by the embedded model."""
    with sqlclap.open(tmp_path_factory.mktemp("demo") / "demo.db") as library:
        report = library.ingest([DEMO_SOUNDS])
        assert not report.failed
        assert report.new == len(list(DEMO_SOUNDS.rglob("*.ogg")))
        yield library


@pytest.mark.parametrize("words", RIGHT_BY_NAME)
def test_three_of_the_first_five_are_right_by_name(demo: sqlclap.Library, words: str) -> None:
    names = [match.file.stem for match in demo.search(words, n=5)]
    right = [name for name in names if re.search(RIGHT_BY_NAME[words], name)]
    assert len(right) >= 3, names


@pytest.mark.parametrize(
    ("path", "kin"),
    [("drums/sn_dub.ogg", r"^sn_|snare"), ("ambient/choir_aahs_c3.ogg", r"choir")],
)
def test_a_sound_is_like_its_kind(demo: sqlclap.Library, path: str, kin: str) -> None:
    names = [match.file.stem for match in demo.similar(path, n=3)]
    assert any(re.search(kin, name) for name in names), names


def test_a_search_for_nothing_the_model_knows_is_marked_weak(demo: sqlclap.Library) -> None:
    known = [match.weak for match in demo.search("snare drum", n=3)]
    unknown = [match.weak for match in demo.search("parliamentary budget debate", n=3)]
    assert not any(known)
    assert all(unknown)


def test_the_file_itself_finds_itself_first(demo: sqlclap.Library) -> None:
    path = DEMO_SOUNDS / "drums" / "bd_haus.ogg"
    (first, *_) = demo.similar(path.read_bytes(), n=3)
    assert first.file.name == path.name
    assert first.score == pytest.approx(1.0, abs=1e-4)
