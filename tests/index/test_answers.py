"""Whatever happens to a library, its answers are the exact ones of the committed state."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.db.vectors import replace_vectors
from sqlclap.index import generation
from sqlclap.index import segments as segmenting
from sqlclap.index import settings as policy
from sqlclap.index.build import Way
from sqlclap.index.reader import IndexView
from sqlclap.index.settings import Codes
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter, Request
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    generations,
    scores_of,
    segments,
    the_model,
    true_scores,
)
from tests.support.vector_library import add_model, add_samples, one_window

DIM = 8
SEEDS = st.integers(0, 2**32 - 1)


class CrashError(Exception):
    """The end of the process at a chosen place."""


def end(*_: object) -> None:
    """End the process."""
    raise CrashError


@pytest.fixture(autouse=True, scope="module")
def small_segments() -> Iterator[None]:
    """Let segments be full soon, so that there are several, and merges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy, "SEGMENT_ROWS", 40)
        yield


def vectors_from(seed: int, count: int) -> np.ndarray:
    """Make unit vectors; every third lies right on another, as copies of a sound do."""
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    vectors[2::3] = vectors[: len(vectors[2::3])]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Life(RuleBasedStateMachine):
    """A library, its index, and what must be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sqlclap-life-"))
        self.path = self.folder / "library.db"
        self.file = LibraryFile(self.path, "create")
        self.planner = Planner()
        self.stored: dict[int, np.ndarray] = {}
        self.asked = np.random.default_rng(0)

    def teardown(self) -> None:
        self.file.close()
        shutil.rmtree(self.folder)

    @initialize(seed=SEEDS, count=st.integers(0, 90))
    def begin(self, seed: int, count: int) -> None:
        add_model(self.file, DIM)
        self.add(seed, count)

    @rule(seed=SEEDS, count=st.integers(1, 30))
    def add(self, seed: int, count: int) -> None:
        vectors = vectors_from(seed, count)
        ids = add_samples(self.file, the_model(self.file), [one_window(v) for v in vectors])
        self.stored |= dict(zip(ids, vectors, strict=True))

    @precondition(lambda self: self.stored)
    @rule(data=st.data(), seed=SEEDS)
    def embed_again(self, data: st.DataObject, seed: int) -> None:
        sample_id = data.draw(st.sampled_from(sorted(self.stored)))
        (vector,) = vectors_from(seed, 1)
        with write_transaction(self.file.connection) as connection:
            replace_vectors(connection, the_model(self.file), sample_id, one_window(vector))
        self.stored[sample_id] = vector

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        gone = self._some(data)
        with write_transaction(self.file.connection) as connection:
            connection.executemany("DELETE FROM samples WHERE sample_id = ?", [(i,) for i in gone])
        self._forget(gone)

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def delete_by_another_client(self, data: st.DataObject) -> None:
        gone = self._some(data)
        other = apsw.Connection(str(self.path))
        load_sqlite_vec(other)
        with other:
            other.executemany("DELETE FROM samples WHERE sample_id = ?", [(i,) for i in gone])
        other.close()
        self._forget(gone)

    @precondition(lambda self: self.stored)
    @rule(data=st.data(), seed=SEEDS)
    def think_better_of_it(self, data: st.DataObject, seed: int) -> None:
        """Add and delete, look, and roll back."""
        gone, vectors = self._some(data), vectors_from(seed, 5)
        inside = {i: v for i, v in self.stored.items() if i not in gone}
        with suppress(CrashError), write_transaction(self.file.connection) as connection:
            connection.executemany("DELETE FROM samples WHERE sample_id = ?", [(i,) for i in gone])
            for sample_id, vector in zip(list(inside)[:5], vectors, strict=False):
                replace_vectors(connection, the_model(self.file), sample_id, one_window(vector))
                inside[sample_id] = vector
            self._check(inside, Request())
            raise CrashError

    @rule()
    def vacuum(self) -> None:
        self.file.connection.execute("VACUUM")

    @rule(
        way=st.sampled_from(["auto", "auto", "auto", "rebuild"]),
        codes=st.sampled_from([None, None, None, "fp16", "compact"]),
    )
    def build(self, way: Way, codes: Codes | None) -> None:
        build(self.file, way, codes)
        assert len(generations(self.path)) == 1
        named = {one.name for one in self.planner_view().segments}
        assert named == {folder.name for folder in segments(self.path)}

    def planner_view(self) -> IndexView:
        view, problem = Planner().indexes.view(self.file.connection, the_model(self.file))
        assert view is not None, problem
        return view

    @rule(at=st.sampled_from(["_write", "publish_folder", "put_in_force", "remove_leftovers"]))
    def crash_in_a_build(self, at: str) -> None:
        """End a build at a step, as a crash would: nothing after it happens."""

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(generation, at, end)
            with pytest.raises(CrashError):
                build(self.file)

    @rule(
        at=st.sampled_from(["check_segment", "publish_segment", "write_hashed"]),
        way=st.sampled_from(["auto", "rebuild"]),
    )
    def crash_in_a_segment(self, at: str, way: Way) -> None:
        """End a build or a merge before or after a segment is written, if it writes any."""
        with pytest.MonkeyPatch.context() as patch, suppress(CrashError):
            patch.setattr(segmenting, at, end)
            build(self.file, way)

    @rule()
    def start_anew(self) -> None:
        self.file.close()
        self.file = LibraryFile(self.path)
        self.planner = Planner()

    @invariant()
    def answers_are_exact(self) -> None:
        if self.file.connection.execute("SELECT count(*) FROM models").get:
            self._check(self.stored, Request())
            self._check(self.stored, Request(limit=7, offset=12))
            even = {i: v for i, v in self.stored.items() if i % 2 == 0}
            self._check(even, Request(only=Filter(where="sample_id % 2 = 0")))

    def _check(self, stored: dict[int, np.ndarray], request: Request) -> None:
        query = vectors_from(int(self.asked.integers(2**32)), 1)[0]
        answer = ask(self.file, query, request, self.planner)
        wanted = true_scores(stored, query, request.depth)[request.offset :]
        assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE), str(answer.plan)
        for one in answer.nearest:
            true = float(stored[one.sample_id] @ query)
            assert one.score == pytest.approx(true, abs=TOLERANCE)

    def _some(self, data: st.DataObject) -> set[int]:
        return data.draw(st.sets(st.sampled_from(sorted(self.stored)), min_size=1, max_size=20))

    def _forget(self, gone: set[int]) -> None:
        self.stored = {i: v for i, v in self.stored.items() if i not in gone}


Life.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
