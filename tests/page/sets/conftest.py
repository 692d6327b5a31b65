"""The small library's sounds as a set of three shards, with one map for both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db.statements import write_transaction
from sqlclap.map.options import ClusterOptions, LayoutOptions
from sqlclap.shards import Shard, ShardSet, open_set
from sqlclap.shards.making import init_set
from tests.page.sets.visiting import SetSite, Twin
from tests.page.visiting import Site
from tests.support.map_tables import CLUSTERING, LAYOUT, MEMBER, POINT
from tests.support.spread_sounds import spread_folders

NAMES = {0: "noises", 1: "tones"}
NAMED = """
INSERT INTO cluster_names (clustering_id, cluster, name, level)
SELECT clustering_id, ?, ?, 0 FROM clusterings WHERE is_current = 1
"""
PUT = """
UPDATE clusters SET cluster = ? WHERE sample_id IN (SELECT sample_id FROM samples WHERE path LIKE ?)
"""


@pytest.fixture(scope="session")
def heard_set(heard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a set of the small library's sounds, and of that library; not to be written."""
    folder = tmp_path_factory.mktemp("page-set")
    with init_set(folder / "sounds.toml", 3) as made:
        sounds = _spread(heard.parent / "sounds", made)
        made.ingest([sounds])
        for shard in made.shards:
            with shard.open() as one:
                one.deployments.by_folder(sounds)
        assert all(one.sounds for one in made.info().shards)
        made.map.fit(LayoutOptions(neighbors=3, epochs=50))
        made.clusters.fit(ClusterOptions(neighbors=3))
        points = [one for shard in made.shards for one in _hand_made(shard)]
    with sqlclap.open(folder / "sounds.db") as library:
        library.ingest([sounds])
        library.deployments.by_folder(sounds)
        with write_transaction(library.connection) as database:
            database.execute(LAYOUT)
            database.execute(CLUSTERING)
            rows = database.execute("SELECT path, sample_id FROM samples").fetchall()
            own = {str(path): int(number) for path, number in rows}
            for path, x, y, cluster in points:
                database.execute(POINT, (own[path], x, y))
                database.execute(MEMBER, (own[path], cluster))
            database.executemany(NAMED, list(NAMES.items()))
    return folder


def _spread(sounds: Path, made: ShardSet) -> Path:
    """Copy sounds to a folder of such a name that each shard gets some of so few."""
    paths = [one.relative_to(sounds).as_posix() for one in sounds.rglob("*.*")]
    return Path(shutil.copytree(sounds, next(spread_folders(made, paths))))


def _hand_made(shard: Shard) -> list[tuple[str, float, float, int]]:
    """Make folders clusters, which so few sounds don't by themselves; return the map's points."""
    with shard.open() as library:
        for cluster, name in NAMES.items():
            library.connection.execute(PUT, (cluster, f"{name}/%"))
            library.connection.execute(NAMED, (cluster, name))
        points = "SELECT path, x, y, cluster FROM map_points"
        rows: list[Any] = library.connection.execute(points).fetchall()
    return [(str(path), x, y, -1 if at is None else int(at)) for path, x, y, at in rows]


@pytest.fixture
def set_folder(heard_set: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(heard_set, tmp_path / "set"))


@pytest.fixture
def open_set_site() -> Iterator[Callable[..., SetSite]]:
    """Makes sites over sets that are closed when the test ends."""
    sites: list[SetSite] = []

    def make(path: Path, **options: Any) -> SetSite:
        sites.append(SetSite(path, **options))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def twin(
    set_folder: Path,
    open_site: Callable[..., Site],
    open_set_site: Callable[..., SetSite],
) -> Twin:
    """The same sounds served twice: as one library, and as a set."""
    with open_set(set_folder / "sounds.toml") as opened:
        of_set = {one.path: one.sample_id for one in opened.search("tone", 100)}
    with sqlclap.open(set_folder / "sounds.db", mode="read") as library:
        rows: list[Any] = library.connection.execute(
            "SELECT path, sample_id FROM samples"
        ).fetchall()
    one = {str(path): int(number) for path, number in rows}
    assert len(of_set) == len(one) == 12
    library_site, set_site = (
        open_site(set_folder / "sounds.db"),
        open_set_site(set_folder / "sounds.toml"),
    )
    return Twin(library_site, set_site, {one[path]: whole for path, whole in of_set.items()})
