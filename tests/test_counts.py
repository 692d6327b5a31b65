"""Numbers of things that are asked for: what is no whole number is refused in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import CurationError, QueryError
from sqlclap.shards.making import init_set
from tests.support.sounds import tone, write_sound

ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "words": lambda opened, n: opened.search("tone", n=n),
    "a sound": lambda opened, n: opened.similar(_any_of(opened), n=n),
    "many sounds": lambda opened, n: opened.similar_many([_any_of(opened)], n=n),
    "neighbours": lambda opened, n: [*opened.neighbors_of([_any_of(opened)], n=n)],
    "facets": lambda opened, n: opened.facets("folder", n=n),
    "matches": lambda opened, n: opened.labels.matches("tone", n=n),
    "recent uses": lambda opened, n: opened.curation.recent(n),
}


def _any_of(opened: Any) -> int:
    return opened.search("tone", n=1)[0].sample_id


@pytest.fixture(scope="module", params=["library.db", "set.toml"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("counts")
    write_sound(folder / "sounds/tone.wav", tone(110))
    path: Path = folder / request.param
    with init_set(path, 2) if path.suffix == ".toml" else sqlclap.open(path) as made:
        made.ingest([folder / "sounds"])
        made.labels.ensure("tone", [_any_of(made)])
        yield made


@pytest.mark.parametrize("n", [math.nan, math.inf, 2.5, 0, -1, "3"])
@pytest.mark.parametrize("what", ASKED)
def test_what_is_no_number_of_things_is_refused(opened: Any, what: str, n: object) -> None:
    with pytest.raises((QueryError, CurationError), match="expected a number of"):
        ASKED[what](opened, n)


@pytest.mark.parametrize("what", ASKED)
def test_whole_numbers_of_numpy_are_numbers(opened: Any, what: str) -> None:
    ASKED[what](opened, np.int64(1))


def test_an_action_that_there_is_not_is_refused(opened: Any) -> None:
    with pytest.raises(CurationError, match="expected an action of play, open, reveal, export"):
        opened.curation.record_use([_any_of(opened)], "lick")
