"""What holds for labels of whole sounds and of spans, whatever was added, removed and indexed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.index.build import build_index
from sqlclap.index.generation import BuildLocation
from sqlclap.index.settings import IndexParams
from tests.support.indexed_library import walk_everywhere
from tests.support.label_scene import LabelScene
from tests.support.vector_library import add_samples, one_window, unit_vectors

DIM, COUNT, CLOSE = 8, 120, 2e-6
ANCHOR = """
INSERT INTO anchors (label_id, sample_id, start_s, end_s, polarity, weight)
VALUES (?, ?, ?, ?, ?, ?)
"""
VECTOR = "INSERT INTO span_vectors VALUES (?, ?, ?, 1, ?, ?, '2026-01-01')"


@pytest.fixture(autouse=True, scope="module")
def _exact_walks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        walk_everywhere(patch)
        yield


class Field:
    """A library of vectors with labels on sounds and on spans, an index, a tail, and holes."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.scene = LabelScene(folder / "library.db", unit_vectors(COUNT, DIM, seed))
        self.positive: dict[str, list[tuple[np.ndarray, float]]] = {}
        for name in ("a", "b"):
            self.scene.labels.add(name, threshold=0.4, gap=0.05, top_k=3)
            self.positive[name] = []
            for _ in range(int(self.random.integers(1, 4))):
                self.anchor_on_span(name)
        location = BuildLocation(self.scene.file.connection, self.scene.model, IndexParams())
        build_index(location)
        newer = unit_vectors(int(self.random.integers(1, 20)), DIM, seed + 1)
        add_samples(self.scene.file, self.scene.model, [one_window(vector) for vector in newer])
        kept = {row[0] for row in self.scene.rows("SELECT sample_id FROM anchors")}
        for sample_id in set(self.random.integers(1, COUNT, 10).tolist()) - kept:
            self.scene.rows("DELETE FROM samples WHERE sample_id = ?", sample_id)

    def anchor_on_span(self, label: str) -> None:
        """Make a span a positive anchor; now and then its vector is of another sound than now."""
        taken = {row[0] for row in self.scene.rows("SELECT sample_id FROM span_vectors")}
        free = [one for one in range(1, COUNT) if one not in taken]
        sample_id = int(self.random.choice(free))
        start_s = float(self.random.integers(0, 40)) / 64
        weight = float(self.random.choice([1.0, 0.5]))
        (label_id,) = self.scene.rows("SELECT label_id FROM labels WHERE name = ?", label)[0]
        row = (label_id, sample_id, start_s, start_s + 0.25, "positive", weight)
        self.scene.rows(ANCHOR, *row)
        vector = unit_vectors(1, DIM, int(self.random.integers(2**31)))[0]
        stale = bool(self.positive[label]) and self.random.random() < 0.3
        content_hash = "old" if stale else ""
        ends = start_s, start_s + 0.25
        self.scene.rows(VECTOR, sample_id, *ends, vector.tobytes(), content_hash)
        if not stale:
            self.positive[label].append((vector.astype("f8"), weight))

    def expected(self, label: str) -> dict[int, float]:
        """Return all samples' scores as numpy has them."""
        rows = self.scene.rows(
            "SELECT e.sample_id, v.vector FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)"
            " WHERE e.window_index IS NULL"
        )
        scores = {}
        for sample_id, blob in rows:
            own = np.frombuffer(blob, "<f4").astype("f8")
            cosines = [(float(own @ vector), weight) for vector, weight in self.positive[label]]
            best = sorted((min(c, w * c) for c, w in cosines), reverse=True)[:3]
            scores[sample_id] = sum(best) / len(best)
        return scores


@settings(max_examples=12)
@given(st.integers(0, 2**20))
def test_scores_of_spans_are_the_same_by_index_by_scan_and_in_sql(seed: int) -> None:
    with TemporaryDirectory() as folder:
        field = Field(Path(folder), seed)
        labels = field.scene.labels
        for name in ("a", "b"):
            expected = field.expected(name)
            view = {key: row[0] for key, row in field.scene.view_scores(name).items()}
            assert view == pytest.approx(expected, abs=CLOSE)
            for exact in (False, True):
                found = labels.matches(name, 400, exact=exact)
                assert {one.sample_id: one.score for one in found} == pytest.approx(
                    expected, abs=CLOSE
                )
            best = labels.matches(name, 5)
            assert [(m.sample_id, m.score) for m in best] == [
                (m.sample_id, m.score) for m in labels.matches(name, 5, exact=True)
            ]
            rows = field.scene.rows(
                "SELECT sample_id FROM label_matches WHERE label = ? LIMIT 5", name
            )
            assert [row[0] for row in rows] == [match.sample_id for match in best]
        field.scene.file.close()
