"""One text where a list is asked for is refused: its letters would name other things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import NotAListError
from sqlclap.exchange.sound_export import SoundChoice
from sqlclap.ingest.pipeline import IngestOptions
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.shards.making import init_set
from tests.support.sounds import tone, write_sound

SAID: dict[str, Callable[[Any], Any]] = {
    "favourites": lambda opened: opened.curation.add_favourites("12"),
    "favourites removed": lambda opened: opened.curation.remove_favourites(12),
    "ratings": lambda opened: opened.curation.rate(b"x", 3),
    "notes": lambda opened: opened.curation.note(Path("12"), "text"),
    "uses": lambda opened: opened.curation.record_use("12", "play"),
    "what is kept": lambda opened: opened.curation.of_samples("12"),
    "collections": lambda opened: opened.collections.add("mine", "12"),
    "anchors": lambda opened: opened.labels.add_anchors("tone", "12"),
    "a new label": lambda opened: opened.labels.ensure("new", "12"),
    "anchors removed": lambda opened: opened.labels.remove_anchors("tone", "12"),
    "votes": lambda opened: opened.labels.vote("tone", "12", CastVote("accept")),
    "votes withdrawn": lambda opened: opened.labels.withdraw_pairs("tone", "12"),
    "tags": lambda opened: opened.labels.tag_by_hand("tone", "12"),
    "paths": lambda opened: opened.ingest("/"),
    "a path": lambda opened: opened.ingest(Path("/")),
    "words": lambda opened: opened.labels.suggest("tone"),
    "names": lambda opened: opened.labels.classify("tone"),
    "labels given out": lambda opened: opened.labels.export("tone"),
    "neighbours": lambda opened: [*opened.neighbors_of("12")],
    "kinds": lambda opened: opened.duplicates(kinds="copy"),
    "rules": lambda opened: opened.quarantine.plan([], "oldest"),
}
ALONE: dict[str, Callable[[Any], Any]] = {
    "annotations": lambda library: library.annotations.take_in("labels.txt"),
    "sounds given out": lambda library: SoundChoice("12").samples(library.session),
    "templates": lambda library: library.labels.classify(["a", "b"], "a {}"),
    "unknown names": lambda library: library.labels.unknown_names("tone"),
    "patterns": lambda library: library.sources.exclude("/", "*.mp3"),
}


@pytest.mark.parametrize("what", [*SAID, *ALONE])
def test_one_text_is_no_list(filled: sqlclap.Library, what: str) -> None:
    filled.labels.add("tone")
    with pytest.raises(NotAListError, match=r"expected a list of .* put it into brackets, \["):
        (SAID | ALONE)[what](filled)
    assert [*filled.collections.list()] == []
    assert [label.name for label in filled.labels.list()] == ["tone"]


@pytest.fixture(scope="module")
def one_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A set of one sound and a label."""
    folder = tmp_path_factory.mktemp("several")
    write_sound(folder / "sounds/tone.wav", tone(110))
    with init_set(folder / "set.toml", 2) as made:
        made.ingest([folder / "sounds"])
        made.labels.add("tone")
        yield made


@pytest.mark.parametrize("what", SAID)
def test_nor_is_it_of_a_set(one_set: Any, what: str) -> None:
    with pytest.raises(NotAListError, match="put it into brackets"):
        SAID[what](one_set)


def test_what_is_kept_with_sources_or_runs_is_refused_when_it_is_made() -> None:
    with pytest.raises(NotAListError, match="a list of patterns"):
        IngestOptions(exclude="*.mp3")  # type: ignore[arg-type]
    with pytest.raises(NotAListError, match="a list of labels"):
        TagRequest("tone")  # type: ignore[arg-type]


def test_a_long_text_is_cut_in_the_message(filled: sqlclap.Library) -> None:
    with pytest.raises(NotAListError) as caught:
        filled.curation.add_favourites("x" * 10_000)
    assert len(str(caught.value)) < 250
