"""Far queries, such as words: probed at each build, noticed when asked, and walked widely."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sqlclap.index import recall
from sqlclap.index import settings as policy
from sqlclap.index.hashed_file import write_hashed
from sqlclap.index.hnsw import Selection, compare_all, new_graph
from sqlclap.index.meta import IndexMeta
from sqlclap.index.reader import IndexView
from sqlclap.index.rows import make_rows
from sqlclap.index.search import Walking, allow, find_candidates
from sqlclap.index.segments import Segment
from sqlclap.index.settings import Codes, EfSearch, IndexParams
from sqlclap.index.tail import empty_tail
from tests.support.vector_library import unit_vectors

DIM, COUNT, CLUSTERS = 48, 6_000, 120


@dataclass(frozen=True)
class Clustered:
    """Vectors in clusters, and an index of them."""

    vectors: np.ndarray
    view: IndexView

    def nearest(self, queries: np.ndarray) -> list[set[int]]:
        """Return the ids of the true ten, which count from 1."""
        return [set((row + 1).tolist()) for row in compare_all(self.vectors, queries, 10)]


def in_clusters(count: int, seed: int) -> np.ndarray:
    centres = unit_vectors(CLUSTERS, DIM, seed=1)
    cluster = np.random.default_rng(seed).integers(CLUSTERS, size=count)
    vectors = centres[cluster] + 0.4 * unit_vectors(count, DIM, seed)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def clustered() -> Clustered:
    vectors, ids = in_clusters(COUNT, seed=2), np.arange(1, COUNT + 1)
    graph = new_graph(DIM, IndexParams(m=8, ef_construction=40))
    graph.add(vectors)
    segments = (Segment(graph, make_rows(ids, ids)),)
    probes = recall.new_probes(ids[::30], vectors[::30]).seen(ids, vectors)
    ef_search, _ = recall.tune(segments, probes)
    params = {
        "ef_search": ef_search.in_distribution,
        "ef_far": ef_search.out_of_distribution,
        "ef_mixed": ef_search.mixed,
        "near_score": ef_search.in_distribution_score,
    }
    meta = IndexMeta(1, "", COUNT, 0, 0, "", params, {}, "")
    return Clustered(vectors, IndexView(meta, segments, empty_tail(0, DIM)))


def far_queries(clustered: Clustered) -> np.ndarray:
    """Mix vectors that no probe was made of."""
    among = clustered.vectors[7::30]
    mixing = np.random.default_rng(9).standard_normal((200, len(among)))
    mixed = mixing @ (among - among.mean(axis=0))
    return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)


def test_far_queries_are_walked_widely_and_near_ones_are_not(clustered: Clustered) -> None:
    view = clustered.view
    assert view.ef_search.in_distribution < view.ef_search.out_of_distribution
    near = [find_candidates(view, query, 64).ef_search for query in in_clusters(300, seed=3)]
    far = [find_candidates(view, query, 64).ef_search for query in far_queries(clustered)]
    assert near.count(view.ef_search.in_distribution) > 0.95 * len(near)
    assert far.count(view.ef_search.out_of_distribution) > 0.85 * len(far)


def test_far_queries_find_what_a_near_walk_would_miss(clustered: Clustered) -> None:
    view, queries = clustered.view, far_queries(clustered)
    true = clustered.nearest(queries)
    _, positions = view.segments[0].graph.search(queries, 64, view.ef_search.in_distribution)
    narrow = [set((row + 1).tolist()) for row in positions]
    found = [set(find_candidates(view, query, 64).embedding_ids.tolist()) for query in queries]

    def share(answers: list[set[int]]) -> float:
        pairs = zip(answers, true, strict=True)
        return float(np.mean([len(answer & wanted) / 10 for answer, wanted in pairs]))

    assert share(narrow) < 0.97 < share(found)


def sums_of_six(count: int) -> np.ndarray:
    """Make queries that lie between six neighbourhoods each, none of a probe's."""
    sums = in_clusters(6 * count, seed=11).reshape(count, 6, DIM).sum(axis=1)
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def test_composed_queries_are_walked_from_scouts(clustered: Clustered) -> None:
    view, queries = clustered.view, sums_of_six(200)
    assert view.ef_search.mixed >= view.ef_search.out_of_distribution
    found = [find_candidates(view, query, 64, walking=Walking(mixed=True)) for query in queries]
    assert {one.ef_search for one in found} == {view.ef_search.mixed}
    true = clustered.nearest(queries)
    shares = [
        len(wanted & set(one.embedding_ids.tolist())) / 10
        for one, wanted in zip(found, true, strict=True)
    ]
    assert np.mean(shares) >= 0.99


@pytest.mark.parametrize("codes", ["fp16", "compact"])
def test_walks_from_scouts_score_by_the_codes_of_the_graph(
    clustered: Clustered, codes: Codes
) -> None:
    graph = new_graph(DIM, IndexParams(m=8, ef_construction=40, codes=codes))
    graph.add(clustered.vectors)
    queries = np.concatenate([sums_of_six(20), clustered.vectors[:1]])
    for among in (queries, queries[:1]):  # many at once, and one
        scores, positions = graph.search_far(among, 10, 512)
        assert (np.diff(scores, axis=1) <= 0).all()
        held = graph.vectors(positions.ravel()).reshape(*positions.shape, DIM)
        assert scores == pytest.approx(np.einsum("qnd,qd->qn", held, among), abs=1e-4)
        _, wanted = graph.scan(among, 10)
        both = [np.intersect1d(*pair) for pair in zip(positions, wanted, strict=True)]
        assert sum(map(len, both)) >= 0.98 * positions.size
    even = np.arange(COUNT) % 2 == 0
    _, positions = graph.search_far(queries, 10, 512, Selection(even))
    assert (positions % 2 == 0).all()


def test_a_graph_that_grew_has_scouts_among_what_came(clustered: Clustered) -> None:
    graph = new_graph(DIM, IndexParams(m=8, ef_construction=40))
    few = clustered.vectors[:100]
    graph.add(few)
    assert (graph.search_far(few[:3], 1, 64)[1][:, 0] == [0, 1, 2]).all()  # too few for scouts
    graph.add(clustered.vectors[100:])
    last = clustered.vectors[-1:]
    assert graph.search_far(last, 1, 64)[1][0, 0] == COUNT - 1
    assert graph.search_far(sums_of_six(1), 10, 64)[1].max() >= 100


def test_probes_of_before_there_were_composed_ones_can_be_read(
    clustered: Clustered, tmp_path: Path
) -> None:
    ids = np.arange(1, 101)
    probes = recall.new_probes(ids, clustered.vectors[:100]).seen(ids, clustered.vectors[:100])
    digest = write_hashed(tmp_path / "probes.npz", probes.write)
    assert digest is not None
    read = recall.read_probes(tmp_path / "probes.npz")
    assert (read.mixed.true_ids == probes.mixed.true_ids).all()
    with np.load(tmp_path / "probes.npz") as stored:
        np.savez(tmp_path / "old.npz", **{k: v for k, v in stored.items() if k[:5] != "mixed"})
    old = recall.read_probes(tmp_path / "old.npz")
    assert len(old.mixed.ids) == 0
    assert (old.in_distribution.vectors == read.in_distribution.vectors).all()
    more = old.seen(ids + 100, clustered.vectors[100:200])
    ef_search, measured = recall.tune(clustered.view.segments, more)
    assert ef_search.mixed == ef_search.out_of_distribution
    assert measured["mixed"]["queries"] == 0


def test_a_filtered_far_query_is_walked_widely_too(clustered: Clustered) -> None:
    view = clustered.view
    allowed = allow(view, np.arange(1, COUNT, 2))
    (query,) = far_queries(clustered)[:1]
    assert find_candidates(view, query, 64, allowed).ef_search == max(
        view.ef_search.out_of_distribution, 256
    )


def test_ef_search_does_not_shrink_when_a_graph_grows(clustered: Clustered) -> None:
    view, ids = clustered.view, np.arange(1, COUNT + 1)
    probes = recall.new_probes(ids[::60], clustered.vectors[::60]).seen(ids, clustered.vectors)
    former = EfSearch(256, 768, 0.0)
    ef_search, measured = recall.tune(view.segments, probes, former)
    assert (ef_search.in_distribution, ef_search.out_of_distribution) == (256, 768)
    assert measured == recall.measure_both(view.segments, probes, ef_search)


def test_far_probes_are_unit_vectors_away_from_all(clustered: Clustered) -> None:
    ids = np.arange(1, 101)
    probes = recall.new_probes(ids, clustered.vectors[:100])
    norms = np.linalg.norm(probes.out_of_distribution.vectors, axis=1)
    best = (probes.out_of_distribution.vectors @ clustered.vectors.T).max(axis=1)
    assert norms == pytest.approx(np.ones(50), abs=1e-5)
    assert np.median(best) < 0.8
    assert set(probes.out_of_distribution.ids.tolist()) == {recall.NOT_STORED}


@pytest.mark.parametrize("count", [0, 1, 5])
def test_vectors_that_leave_nothing_to_mix(count: int) -> None:
    same = np.repeat(unit_vectors(1, DIM), count, axis=0)
    probes = recall.new_probes(np.arange(count), same)
    assert len(probes.out_of_distribution.ids) == 0
    graph, ids = new_graph(DIM, IndexParams()), np.arange(1, count + 1)
    if count:
        graph.add(same)
    ef_search, measured = recall.tune([Segment(graph, make_rows(ids, ids))], probes.seen(ids, same))
    assert (ef_search.in_distribution, ef_search.in_distribution_score) == (
        policy.EF_SEARCH_STEPS[0],
        -1.0,
    )
    assert (measured["far"]["mean"], measured["far"]["queries"]) == (1.0, 0)


@pytest.mark.parametrize(
    ("ef_search", "scores", "narrow"),
    [
        (EfSearch(64, 512, 0.7), [0.9] * 9 + [0.6], True),
        (EfSearch(64, 512, 0.7), [0.9] * 9 + [0.8, 0.1], False),
        (EfSearch(64, 512, 0.7), [0.9, 0.6], True),
    ],
)
def test_the_tenth_score_tells(ef_search: EfSearch, scores: list[float], narrow: bool) -> None:
    assert bool(ef_search.are_out_of_distribution(np.array(scores, dtype=np.float32))) is narrow
