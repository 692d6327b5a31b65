"""The map that is kept for pages is the one in the tables, and gone as soon as a point changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import SchemaWarning
from sqlclap.map.shown_points import ShownPoints, find_shown_layout, keep_shown_points
from sqlclap.map.shown_points import read_shown_points as read
from tests.support.map_tables import draw_map
from tests.support.sounds import noise, write_sound

KEPT = "SELECT count(*) FROM map_drawn"


@pytest.fixture
def drawn(tmp_path: Path) -> sqlclap.Library:
    for number in range(8):
        folder = "low" if number % 2 else "high"
        write_sound(tmp_path / "sounds" / folder / f"{number}.wav", noise(number, 0.2))
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.ingest([tmp_path / "sounds"])
    draw_map(tmp_path / "sounds.db")
    return sqlclap.open(tmp_path / "sounds.db")


def points_of(library: sqlclap.Library) -> ShownPoints:
    layout = find_shown_layout(library.session)
    assert layout is not None
    return read(library.session.database, layout)


def same(one: ShownPoints, other: ShownPoints) -> bool:
    arrays = ("sample_ids", "positions", "clusters")
    return (one.bounds, one.described) == (other.bounds, other.described) and all(
        getattr(one, name).tolist() == getattr(other, name).tolist() for name in arrays
    )


def test_what_is_kept_is_what_the_tables_say(drawn: sqlclap.Library) -> None:
    with drawn as library:
        before, looked_at = find_shown_layout(library.session), points_of(library)
        keep_shown_points(library.session)
        assert library.connection.execute(KEPT).get == 1
        kept = points_of(library)
        assert find_shown_layout(library.session) == before
        assert same(kept, looked_at)
        # It is read, not only kept.
        library.connection.execute("UPDATE map_drawn SET positions = zeroblob(length(positions))")
        assert points_of(library).positions.sum() == 0


CHANGES = (
    "UPDATE layout_umap SET x = x + 1 WHERE sample_id = 3",
    "DELETE FROM samples WHERE sample_id = 3",
    "INSERT INTO layout_umap (layout_id, sample_id, x, y) VALUES (1, 99, 0, 0)",
    "UPDATE clusters SET cluster = 7 WHERE sample_id = 3",
    "DELETE FROM clusters WHERE sample_id = 3",
    "INSERT OR REPLACE INTO clusters (clustering_id, sample_id, cluster, probability) "
    "VALUES (1, 3, 7, 1)",
)


@pytest.mark.parametrize("sql", CHANGES)
def test_a_change_of_a_point_is_seen_at_once(drawn: sqlclap.Library, sql: str) -> None:
    with drawn as library:
        keep_shown_points(library.session)
        before, points = find_shown_layout(library.session), points_of(library)
        library.connection.execute(sql)
        after = find_shown_layout(library.session)
        assert library.connection.execute(KEPT).get == 0
        assert before is not None
        assert after is not None
        assert after.version != before.version
        assert not same(points_of(library), points)
        keep_shown_points(library.session)
        assert find_shown_layout(library.session) == after


def test_names_are_of_now(drawn: sqlclap.Library) -> None:
    with drawn as library:
        keep_shown_points(library.session)
        before = find_shown_layout(library.session)
        library.clusters.rename(0, "hisses")
        assert library.connection.execute(KEPT).get == 1
        assert find_shown_layout(library.session) != before
        assert "hisses" in {one.name for one in points_of(library).described}


def test_without_its_triggers_nothing_kept_is_trusted(drawn: sqlclap.Library) -> None:
    with drawn as library:
        keep_shown_points(library.session)
        before = points_of(library)
        library.connection.execute("DROP TRIGGER map_drawn_point_changed")
        library.connection.execute("UPDATE layout_umap SET x = x + sample_id")
        assert not same(points_of(library), before)
    with pytest.warns(SchemaWarning), sqlclap.open(drawn.path) as library:
        assert library.connection.execute(KEPT).get == 0


DAMAGE = (
    "UPDATE map_drawn SET bounds = '[1]'",
    "UPDATE map_drawn SET positions = x'00'",
    "UPDATE map_drawn SET sample_ids = 'text'",
    "UPDATE map_drawn SET members = zeroblob(3)",
)


@pytest.mark.parametrize("sql", DAMAGE)
def test_what_is_no_map_is_not_shown(drawn: sqlclap.Library, sql: str) -> None:
    with drawn as library:
        keep_shown_points(library.session)
        before = points_of(library)
        library.connection.execute(sql)
        assert same(points_of(library), before)


def test_maps_and_clusters_are_kept_as_they_are_made(drawn: sqlclap.Library) -> None:
    with drawn as library:
        for work in (library.map.place, library.clusters.assign):
            library.connection.execute("DELETE FROM map_drawn")
            work()
            assert library.connection.execute(KEPT).get == 1
