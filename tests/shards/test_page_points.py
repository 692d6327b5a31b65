"""The columns of a set's map are of the same points, or an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import PartialAnswerError
from sqlclap.shards.page_points import find_set_layout, read_set_points, set_point_lengths
from tests.support.twin_libraries import Twins


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Twins:
    made = Twins(tmp_path_factory.mktemp("points"), fake_bundle)
    made.add(90)
    made.set.map.fit()
    return made


def test_a_shard_that_goes_after_it_told_of_its_map_is_an_error(twins: Twins) -> None:
    session = twins.set.session
    layout = find_set_layout(session)
    assert layout is not None
    assert len(read_set_points(session, layout).sample_ids) == 90
    gone = session.shards[1].path
    gone.rename(gone.with_suffix(".gone"))
    try:
        with pytest.raises(PartialAnswerError, match="shard 2"):
            set_point_lengths(session, layout)
    finally:
        gone.with_suffix(".gone").rename(gone)
    assert len(set_point_lengths(session, layout)) == 90


def test_a_shard_that_shows_another_map_by_now_is_an_error(twins: Twins) -> None:
    session: Any = twins.set.session
    layout = find_set_layout(session)
    assert layout is not None
    with session.shards[0].open("write") as library:
        library.connection.execute("UPDATE layouts SET is_current = 0")
    with pytest.raises(PartialAnswerError, match="another map"):
        set_point_lengths(session, layout)
