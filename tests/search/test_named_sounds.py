"""Sounds are named by an id, a path or a pattern wherever one is asked for; other things are not.

A library and a set say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.db.spans import Span
from sqlclap.errors import QueryError, UnknownSoundError
from tests.support.twin_libraries import Twins


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    """A library and a set of the same sounds; a title is said of each."""
    made = Twins(tmp_path_factory.mktemp("named"), fake_bundle)
    made.add(12)
    said = """
        INSERT INTO metadata (sample_id, field, value, origin, said_by, trust)
        SELECT sample_id, 'title', 'Title of ' || path, 'info', 'INAM', 0 FROM samples
    """
    made.library.connection.execute(said)
    for shard in made.set.shards:
        with shard.open() as library:
            library.connection.execute(said)
    yield made
    made.close()


@pytest.fixture(params=["library", "set"])
def side(request: pytest.FixtureRequest, twins: Twins) -> Any:
    """Either of them."""
    return getattr(twins, request.param)


def test_what_a_file_says_is_told_however_it_is_named(side: Any, twins: Twins) -> None:
    sound = twins.sounds[3]
    whole = side.curation.of(sound.path).sample_id
    pattern = sound.path[:-1] + "[" + sound.path[-1] + "]"
    for named in (whole, np.int64(whole), str(whole), sound.path, Path(sound.path), pattern):
        entries = side.metadata(named)
        assert [one.value for one in entries if one.field == "title"] == [f"Title of {sound.path}"]
    with pytest.raises(QueryError, match="names 12 sounds, expected one"):
        side.metadata("*")
    for unknown in (999_999_999, "none.wav"):
        with pytest.raises(UnknownSoundError, match=str(unknown)):
            side.metadata(unknown)


ASKING: dict[str, Callable[[Any, Any], Any]] = {
    "metadata": lambda side, sound: side.metadata(sound),
    "kept": lambda side, sound: side.curation.of(sound),
    "similar": lambda side, sound: side.similar(sound, 3),
    "favourite": lambda side, sound: side.curation.add_favourites([sound]),
    "collected": lambda side, sound: side.collections.add("mine", [sound]),
}


@pytest.mark.parametrize("call", ASKING)
@pytest.mark.parametrize("other", [None, 2.5, {"id": 1}])
def test_what_names_no_sound(side: Any, call: str, other: Any) -> None:
    with pytest.raises(QueryError, match="expected a sound: its id, a path"):
        ASKING[call](side, other)


@pytest.mark.parametrize("call", ["metadata", "kept", "favourite", "collected"])
def test_a_span_is_not_taken_for_all_of_its_sound(side: Any, twins: Twins, call: str) -> None:
    sound = side.curation.of(twins.sounds[0].path).sample_id
    with pytest.raises(QueryError, match="expected a whole sound, got the span"):
        ASKING[call](side, (sound, Span(0.0, 0.2)))
    with pytest.raises(UnknownSoundError, match=r"0-0\.2"):
        ASKING[call](side, f"{sound}@0-0.2")
    assert not side.curation.favourites()
    ASKING[call](side, (sound, None))
    side.curation.remove_favourites([sound])


@pytest.mark.parametrize("other", ["kick.wav", Path("kick.wav"), 2.5, None])
def test_ids_are_numbers(side: Any, other: Any) -> None:
    with pytest.raises(QueryError, match=r"expected sample ids, got .* `of_sounds` takes paths"):
        side.curation.of_samples([other])
