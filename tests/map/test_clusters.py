"""Clusters: found where it is dense, named apart, the same ones after a refit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sqlclap.db.database import Database
from sqlclap.errors import LayoutValueError, NoClustersError, VocabularyError
from sqlclap.map.cluster_names import name_clusters
from sqlclap.map.clustering import match_clusters, renumber_clusters
from sqlclap.map.clusters import LibraryClusters
from sqlclap.map.options import ClusterOptions
from sqlclap.map.vocabulary import Vocabulary, known_names, parse_vocabulary, read_vocabulary
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
from sqlclap.models.vocabulary import taught_vocabulary
from sqlclap.progress import NullProgress
from sqlclap.session import Session, SharedResources
from tests.support.map_scene import DIM, GROUPS, MapScene, group_of, grouped_vectors
from tests.support.vector_library import unit_vectors


class Words:
    """A text tower that knows where each word lies, and doesn't say what it was taught."""

    bundle = SimpleNamespace(
        name="words",
        contract=SimpleNamespace(files={}),
        text=SimpleNamespace(),  # it has words
        model_version="0" * 16,
        canonical="{}",
    )

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.concatenate([unit_vectors(1, DIM, sum(map(ord, text))) for text in texts])


class WordsAtWork(SharedResources):
    """Resources whose model is `Words`."""

    def encoder(self, database: Database) -> Any:
        return Words()


def clusters_of(scene: MapScene) -> LibraryClusters:
    return LibraryClusters(Session(lambda: scene.file.connection, WordsAtWork()))


def members(scene: MapScene) -> dict[int, int]:
    rows = scene.file.connection.execute("SELECT sample_id, cluster FROM clusters")
    return {int(sample_id): int(cluster) for sample_id, cluster in rows}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> MapScene:
    """Six groups and some sounds that belong to none, in clusters."""
    stray = unit_vectors(12, DIM, seed=5)
    scene = MapScene(
        tmp_path_factory.mktemp("clusters") / "library.db",
        np.concatenate([grouped_vectors(240), stray]),
    )
    clusters_of(scene).fit(ClusterOptions(min_size=12))
    return scene


def test_groups_are_found(scene: MapScene) -> None:
    found = np.array([members(scene)[sample_id] for sample_id in scene.sample_ids[:240]])
    assert len(set(found[found >= 0].tolist())) == GROUPS
    for cluster in range(GROUPS):
        assert len(set(group_of(240)[found == cluster].tolist())) == 1
    assert (found >= 0).mean() > 0.9


def test_names_are_distinct_and_noise_has_none(scene: MapScene) -> None:
    rows = clusters_of(scene).overview()
    names = [row["name"] for row in rows if row["cluster"] >= 0]
    assert len(set(names)) == len(names) == GROUPS
    assert all(row["name"] is None for row in rows if row["cluster"] == -1)
    assert {row["group_name"] for row in rows if row["cluster"] >= 0} != {None}


def test_a_given_name_and_the_number_outlive_a_refit(scene: MapScene) -> None:
    clusters = clusters_of(scene)
    before = members(scene)
    clusters.rename(3, "my own")
    report = clusters.fit(ClusterOptions(min_size=12, seed=7))
    after = members(scene)
    shared = [one == after[sample_id] for sample_id, one in before.items() if one >= 0]
    assert np.mean(shared) > 0.9
    assert report.persisted == GROUPS
    (kept,) = [row for row in report.clusters if row["cluster"] == 3]
    assert (kept["name"], kept["source"]) == ("my own", "person")


def test_new_sounds_go_where_their_neighbours_are(scene: MapScene) -> None:
    new = scene.add(grouped_vectors(30, seed=3))
    report = clusters_of(scene).update()
    assert (report.fitted, report.new) == (False, 30)
    found = members(scene)
    groups = dict(zip(scene.sample_ids, group_of(240).tolist(), strict=False))
    of_group = {
        groups[sample_id]: found[sample_id] for sample_id in groups if found[sample_id] >= 0
    }
    right = [
        found[sample_id] == of_group[group]
        for sample_id, group in zip(new, group_of(30, seed=3).tolist(), strict=True)
    ]
    assert np.mean(right) > 0.9
    query = "SELECT sum(placed) FROM cluster_summary"
    assert scene.file.connection.execute(query).get == 30


def test_changed_sounds_are_put_into_clusters_again(tmp_path: Path) -> None:
    vectors, groups = grouped_vectors(240), group_of(240)
    scene = MapScene(tmp_path / "library.db", vectors)
    clusters_of(scene).fit(ClusterOptions(min_size=12))
    before = members(scene)
    moved = dict(zip(scene.sample_ids[:6], vectors[groups != groups[0]], strict=False))
    scene.change(moved)
    report = clusters_of(scene).update()
    assert (report.fitted, report.new) == (False, 6)
    after = members(scene)
    assert {key: after[key] for key in scene.sample_ids[6:]} == {
        key: before[key] for key in scene.sample_ids[6:]
    }
    twins = np.flatnonzero(groups != groups[0])[:6]
    assert [after[key] for key in moved] == [before[scene.sample_ids[twin]] for twin in twins]
    assert clusters_of(scene).update().new == 0


def test_when_all_sounds_have_changed_clusters_are_found_anew(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", grouped_vectors(120))
    clusters_of(scene).fit(ClusterOptions(min_size=8))
    clusters_of(scene).rename(0, "my own")
    # A little, but all of them: vectors that stay the same are left as they are.
    moved = grouped_vectors(120) + np.float32(1e-3)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    scene.change(dict(zip(scene.sample_ids, moved, strict=True)))
    report = clusters_of(scene).update()
    assert (report.fitted, report.persisted) == (True, GROUPS)
    assert [row["name"] for row in report.clusters if row["cluster"] == 0] == ["my own"]


@pytest.mark.parametrize("count", [1, 2, 5, 15])
def test_small_libraries(tmp_path: Path, count: int) -> None:
    scene = MapScene(tmp_path / "library.db", grouped_vectors(count))
    report = clusters_of(scene).fit()
    assert sum(row["sounds"] for row in report.clusters) == count
    assert all(0 <= row["probability"] <= 1 for row in report.clusters)


def test_identical_sounds_are_one_cluster(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", np.tile(unit_vectors(1, DIM), (30, 1)))
    (row,) = clusters_of(scene).fit().clusters
    assert (row["cluster"], row["sounds"], row["probability"]) == (0, 30, 1)


def test_an_interruption_leaves_the_old_clusters(tmp_path: Path) -> None:
    class Impatient(NullProgress):
        def started(self, stage: str, total: int) -> None:
            if stage == "names":
                raise KeyboardInterrupt

    scene = MapScene(tmp_path / "library.db", np.tile(unit_vectors(1, DIM), (30, 1)))
    clusters_of(scene).fit()
    before = clusters_of(scene).overview()
    with pytest.raises(KeyboardInterrupt):
        clusters_of(scene).fit(listener=Impatient())
    assert clusters_of(scene).overview() == before


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", np.tile(unit_vectors(1, DIM), (30, 1)))
    with pytest.raises(NoClustersError, match="sqlclap cluster"):
        clusters_of(scene).overview()
    clusters_of(scene).fit()
    with pytest.raises(NoClustersError, match="no cluster 8"):
        clusters_of(scene).rename(8, "eight")
    with pytest.raises(LayoutValueError, match="min_size"):
        clusters_of(scene).fit(ClusterOptions(min_size=1))


def vocabulary_at(middles: np.ndarray) -> tuple[Vocabulary, dict[str, np.ndarray]]:
    """A vocabulary whose first words lie where clusters do; its qualifiers lie anywhere."""
    vocabulary = parse_vocabulary("kick\nsnare\nhat\n[qualifiers]\ndeep\nbright", "here")
    return vocabulary, dict(zip(("kick", "snare", "hat"), middles, strict=True))


def test_clusters_get_the_nearest_words_told_apart() -> None:
    middles = unit_vectors(3, DIM, 8)
    vocabulary, known = vocabulary_at(middles)

    def embed(texts: Sequence[str]) -> np.ndarray:
        vectors = [known.get(text, unit_vectors(1, DIM, sum(map(ord, text)))[0]) for text in texts]
        return np.stack(vectors)

    vectors = np.repeat(middles[[0, 1, 0]], 10, axis=0)
    named = name_clusters(vectors, np.repeat([0, 1, 2], 10), vocabulary, embed)
    assert [entry.base for entry in named] == ["kick", "snare", "kick"]
    assert len({entry.name for entry in named}) == 3
    assert {named[0].name, named[2].name} == {"deep kick", "bright kick"}


def test_persisting_clusters_keep_their_numbers() -> None:
    old = np.array([0, 0, 0, 1, 1, 1, 2, 2, -1])
    new = np.array([1, 1, 1, 0, 0, 2, -1, 2, 2])
    known = match_clusters(old, new)
    assert known == {1: 0, 0: 1}
    assert renumber_clusters(new, known).tolist() == [0, 0, 0, 1, 1, 2, -1, 2, 2]


def test_the_vocabulary_that_ships_can_be_read() -> None:
    vocabulary = read_vocabulary()
    assert len(vocabulary.names) > 100
    assert len(vocabulary.qualifiers) > 10


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "no names"), ("kick\nKick", "twice"), (": kick", "before ':'")],
)
def test_a_vocabulary_that_makes_no_sense_is_refused(text: str, told: str) -> None:
    with pytest.raises(VocabularyError, match=told):
        parse_vocabulary(text, "words.txt")


def test_names_that_the_model_was_never_taught_name_nothing() -> None:
    every = read_vocabulary()
    taught = taught_vocabulary(find_bundle(EMBEDDED_MODEL))
    known = {one.name for one in known_names(every, taught).names}
    left_out = {one.name for one in every.names} - known
    assert {"cat meow", "vacuum cleaner", "zipper"} <= left_out
    assert not left_out & {"kick drum", "snare drum", "piano", "rain"}
    assert known_names(every, taught._replace(is_complete=False)) == every
