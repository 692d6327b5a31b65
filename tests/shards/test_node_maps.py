"""Map and clusters of a set at nodes: fitted from anywhere, placed where the shards lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import PartialAnswerError
from sqlclap.map.options import LayoutOptions
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.sampling import even_sample
from tests.shards.test_maps import GROUPED, PLACES, grouped, of_set
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins


@pytest.fixture
def nodes(tmp_path: Path, fake_bundle: Path) -> Iterator[Nodes]:
    twins = Twins(tmp_path, fake_bundle)
    grouped(twins, 150)
    made = Nodes(twins, tmp_path / "elsewhere")
    yield made
    made.close()
    twins.close()


@pytest.fixture
def opened(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShardSet]:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with nodes.open() as there:
        yield there


def at_the_nodes(nodes: Nodes, opened: ShardSet) -> ShardSet:
    """Open the set where its shards lie, with a copy of the catalog."""
    catalog = nodes.twins.folder / opened.file.catalog
    for former in nodes.twins.folder.glob(f"{catalog.name}*"):
        former.unlink()
    opened.session.catalog.database.execute("VACUUM INTO ?", (str(catalog),))
    return open_set(nodes.twins.folder / "set.toml", SetOptions(str(nodes.twins.bundle)))


def test_the_sample_is_that_of_the_set_in_process(nodes: Nodes, opened: ShardSet) -> None:
    wanted, _ = even_sample(nodes.twins.set.session, 60, 42)
    found, visit = even_sample(opened.session, 60, 42)
    assert not visit.missing
    assert np.array_equal(found.set_ids, wanted.set_ids)
    assert np.array_equal(found.vectors, wanted.vectors)


def test_a_map_is_fitted_from_elsewhere_and_placed_where_the_shards_lie(
    nodes: Nodes, opened: ShardSet
) -> None:
    report = opened.map.fit(LayoutOptions(sample=60))
    assert (report.status.fixed, report.status.points) == (60, 0)
    assert report.status.missing == []
    assert report.status.differing == [1, 2, 3]
    assert [one.shard for one in report.not_written] == [1, 2, 3]
    assert all("lies at node" in one.reason for one in report.not_written)
    opened.clusters.fit()
    nodes.twins.close()
    with at_the_nodes(nodes, opened) as there:
        placed, put = there.map.place(), there.clusters.assign()
        assert (placed.new, placed.not_written, put.not_written) == (150, [], [])
        wanted = there.map.points()
        clusters = [*there.clusters.overview()]
    status = opened.map.status()
    assert (status.points, status.placed, status.differing) == (150, 90, [])
    found = opened.map.points()
    assert np.array_equal(found.sample_ids, wanted.sample_ids)
    assert np.array_equal(found.positions, wanted.positions)
    assert [*opened.clusters.overview()] == clusters
    assert len(clusters) > 1
    opened.draw_map(nodes.opener / "map.png")
    assert (nodes.opener / "map.png").stat().st_size > 1_000
    assert len(of_set(nodes.twins, PLACES)) == len(of_set(nodes.twins, GROUPED)) == 150
    refit = opened.map.fit(LayoutOptions(sample=60))
    assert refit.status.movement is not None  # aligned with the one before
    assert refit.status.differing == [1, 2, 3]


def test_a_node_that_is_away_is_told_as_not_in_the_sample(nodes: Nodes, opened: ShardSet) -> None:
    nodes.processes["right"].terminate()
    nodes.processes["right"].wait(30)
    report = opened.map.fit()
    told = {one.shard: one.reason for one in report.not_written}
    assert told[3].startswith("not in the sample: ")
    assert all("lies at node 'left'" in told[number] for number in (1, 2))
    assert [one.shard for one in report.status.missing] == [3]
    nodes.processes["left"].terminate()
    nodes.processes["left"].wait(30)
    with pytest.raises(PartialAnswerError):
        opened.map.fit()
    with pytest.raises(PartialAnswerError):
        opened.map.points()
