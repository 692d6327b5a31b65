"""Building and catching up: what is added, what is worn, what is measured."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import read_transaction, write_transaction
from sqlclap.db.vectors import count_own, replace_vectors
from sqlclap.index import build, files, inspection, recall
from sqlclap.index import settings as policy
from sqlclap.index.generation import BuildLocation
from sqlclap.index.handle import refresh_index
from sqlclap.index.hnsw import map_graph, new_graph
from sqlclap.index.inspection import index_status, verify_index
from sqlclap.index.meta import read_state
from sqlclap.index.reader import REPLACED
from sqlclap.index.rows import make_rows
from sqlclap.index.segments import Segment
from sqlclap.index.settings import IndexParams
from sqlclap.progress import NullProgress
from sqlclap.search.planner import Planner
from tests.support.indexed_library import (
    ask,
    generations,
    make_indexed,
    scores_of,
    segments,
    the_model,
)
from tests.support.indexed_library import build as build_now
from tests.support.vector_library import add_samples, one_window, unit_vectors, windows_of


class Recorder(NullProgress):
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.total, self.done = 0, 0

    def started(self, stage: str, total: int) -> None:
        self.total = total

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        self.done += steps


@pytest.fixture
def file(tmp_path: Path) -> LibraryFile:
    """Return a library of 300 vectors with an index."""
    make_indexed(tmp_path / "library.db")
    return LibraryFile(tmp_path / "library.db")


def add(file: LibraryFile, count: int, seed: int = 5) -> np.ndarray:
    vectors = unit_vectors(count, 16, seed)
    add_samples(file, the_model(file), [one_window(vector) for vector in vectors])
    return vectors


def delete(file: LibraryFile, up_to: int) -> None:
    with write_transaction(file.connection) as connection:
        connection.execute("DELETE FROM samples WHERE sample_id <= ?", (up_to,))


def test_catching_up_adds_what_is_new(file: LibraryFile) -> None:
    add(file, 20)
    meta = build_now(file)
    assert (meta.params["how"], meta.generation, meta.count, meta.dead) == ("caught up", 2, 320, 0)
    assert verify_index(file.connection, the_model(file)).problems == []
    assert len(generations(file.path)) == 1


def test_the_dead_stay_until_there_are_many(file: LibraryFile) -> None:
    delete(file, 50)
    meta = build_now(file)
    assert (meta.params["how"], meta.count, meta.dead) == ("caught up", 250, 50)
    delete(file, 65)
    meta = build_now(file)
    assert (meta.params["how"], meta.count, meta.dead) == ("built", 235, 0)


def test_a_long_tail_is_built_anew(file: LibraryFile) -> None:
    add(file, 200)
    assert build_now(file).params["how"] == "built"


def test_what_an_index_holds_is_forgotten_by_the_log(file: LibraryFile) -> None:
    add(file, 20)
    build_now(file)
    assert file.connection.execute("SELECT count(*) FROM embedding_changes").get == 0
    state = read_state(file.connection, the_model(file).model_id)
    assert state is not None
    assert (state.changes, state.now, state.meta.seq) == ([], 320, 320)


def test_what_got_in_while_it_was_being_built_counts_once(
    file: LibraryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build holds no transaction: the log's number is read first, rows come later."""
    last_change = build.last_change

    def then_more(connection: Any) -> int:
        seq = last_change(connection)
        if not seen:
            seen.append(add(file, 30))
        return seq

    seen: list[np.ndarray] = []
    monkeypatch.setattr(build, "last_change", then_more)
    build_now(file, "rebuild")
    answer = ask(file, seen[0][0])
    assert (answer.plan.indexed, answer.plan.tail, answer.plan.removed) == (300, 30, 30)
    assert answer.nearest[0].score == pytest.approx(1)
    assert len({one.sample_id for one in answer.nearest}) == 10
    meta = build_now(file)
    assert (meta.params["how"], meta.count, meta.dead) == ("caught up", 330, 0)
    assert verify_index(file.connection, the_model(file)).problems == []


def test_a_build_ends_while_another_program_writes_without_end(file: LibraryFile) -> None:
    """However fast it writes: what comes after the build began is the tail."""

    class Writer(Recorder):
        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            super().advanced(steps)
            assert self.done < 10 * self.total, "the build runs after the other program"
            with LibraryFile(file.path) as other:
                add(other, 30, seed=self.done)

    writer = Writer()
    build.build_index(
        BuildLocation(file.connection, the_model(file), IndexParams()), "rebuild", writer
    )
    assert (writer.total, writer.done) == (300, 300)
    plan = ask(file, unit_vectors(1, 16)[0]).plan
    assert (plan.indexed, plan.tail) == (300, 30)


def test_an_index_that_is_replaced_under_a_reader(
    file: LibraryFile, recwarn: pytest.WarningsRecorder
) -> None:
    """The reader's state names a generation that is gone: that is nobody's fault."""
    query = unit_vectors(1, 16)[0]
    with LibraryFile(file.path, "read") as other:
        with read_transaction(other.connection):
            assert count_own(other.connection, the_model(other)) == 300
            add(file, 20)
            build_now(file)
            held = ask(other, query)
        free = ask(other, query)
    assert (held.plan.path, held.plan.reason) == ("exact", REPLACED)
    assert (free.plan.path, free.plan.indexed) == ("graph", 320)
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("step", ["read_manifest", "check_sizes", "_last_check"])
def test_an_index_that_is_replaced_while_it_is_being_opened(
    file: LibraryFile,
    step: str,
    times: int,
    recwarn: pytest.WarningsRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A search that holds no transaction moves on to the new one, and to one newer than that."""
    met: list[Path] = []
    take = getattr(files, step)

    def replaced_after(folder: Path, *others: Any) -> object:
        done = take(folder, *others)
        if "-g" in folder.name and folder not in met:
            met.append(folder)
            if len(met) <= times:
                add(file, 20)
                build_now(file)
        return done

    monkeypatch.setattr(files, step, replaced_after)
    with LibraryFile(file.path, "read") as other:
        plan = ask(other, unit_vectors(1, 16)[0]).plan
    assert (plan.path, plan.indexed, len(met)) == ("graph", 300 + 20 * times, 1 + times)
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.parametrize("after", [False, True], ids=["samples", "windows"])
def test_a_verdict_on_an_index_that_goes_meanwhile(
    file: LibraryFile, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_after(folder: Path, *others: Any) -> object:
        opened = open_view(folder, *others)
        if others[-1] is after:
            shutil.rmtree(folder, ignore_errors=True)
        return opened

    open_view = vars(inspection)["open_view"]
    monkeypatch.setattr(inspection, "open_view", removed_after)
    (problem,) = verify_index(file.connection, the_model(file)).problems
    assert "can't be read" in problem


def test_the_state_of_an_index_that_goes_meanwhile(
    file: LibraryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_after(folder: Path) -> list[Path]:
        listed: list[Path] = entries(folder)
        for entry in listed:
            entry.unlink()
        return listed

    entries = vars(files)["_entries"]
    monkeypatch.setattr(files, "_entries", removed_after)
    assert index_status(file.connection, the_model(file)).bytes == 0


def give(file: LibraryFile, embedding_id: int, sample_id: int, vector: np.ndarray) -> None:
    """Store a vector under an id of one's own choice, as another client can."""
    with write_transaction(file.connection) as connection:
        connection.execute(
            "INSERT INTO embeddings (embedding_id, sample_id, model_id, start_s, end_s)"
            " VALUES (?, ?, ?, 0, 1)",
            (embedding_id, sample_id, the_model(file).model_id),
        )
        connection.execute(
            "INSERT INTO vec_1 (embedding_id, is_window, vector) VALUES (?, 0, ?)",
            (embedding_id, vector.tobytes()),
        )


def take(file: LibraryFile, embedding_id: int) -> int:
    """Remove a vector; return the sample that is left without."""
    with write_transaction(file.connection) as connection:
        wanted = (embedding_id,)
        query = "SELECT sample_id FROM embeddings WHERE embedding_id = ?"
        sample_id = connection.execute(query, wanted).get
        connection.execute("DELETE FROM embeddings WHERE embedding_id = ?", wanted)
    return int(sample_id)


@pytest.mark.parametrize("caught_up_between", [False, True])
def test_an_id_given_again_by_another_client(file: LibraryFile, caught_up_between: bool) -> None:
    """Only then can an embedding's vector differ from the index's: it is not taken over."""
    vector = unit_vectors(1, 16, seed=70)[0]
    sample_id = take(file, 9)
    if caught_up_between:
        assert build_now(file).dead == 1
    give(file, 9, sample_id, vector)
    assert ask(file, vector).nearest[0].embedding_id == 9
    assert build_now(file).params["how"] == "built"
    assert ask(file, vector).nearest[0].embedding_id == 9
    assert verify_index(file.connection, the_model(file)).problems == []


def test_an_id_lower_than_the_last_is_taken(file: LibraryFile) -> None:
    vector, last = unit_vectors(1, 16, seed=71)[0], 1000
    samples = [take(file, embedding_id) for embedding_id in (20, 21)]
    build_now(file, "rebuild")
    give(file, last, samples[0], unit_vectors(1, 16, seed=72)[0])
    assert build_now(file).params["how"] == "caught up"
    give(file, 20, samples[1], vector)
    assert build_now(file).params["how"] == "caught up"
    assert ask(file, vector).nearest[0].embedding_id == 20
    assert verify_index(file.connection, the_model(file)).problems == []


def test_windows_stay_out(file: LibraryFile) -> None:
    windows = windows_of(unit_vectors(5, 16, seed=8))
    add_samples(file, the_model(file), [windows])
    assert build_now(file).count == 301
    assert ask(file, windows.vectors[0]).nearest[0].score < 0.999


def test_progress_is_told(file: LibraryFile) -> None:
    recorder = Recorder()
    site = BuildLocation(file.connection, the_model(file), IndexParams())
    build.build_index(site, "rebuild", recorder)
    assert (recorder.total, recorder.done) == (300, 300)


def test_ingest_refreshes_by_the_rules(file: LibraryFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "REFRESH_ROWS", 10)
    site = BuildLocation(file.connection, the_model(file), IndexParams())
    assert refresh_index(site) is None
    add(file, 9)
    assert refresh_index(site) is None
    add(file, 1)
    meta = refresh_index(site)
    assert meta is not None
    assert meta.count == 310
    delete(file, 100)
    meta = refresh_index(site)
    assert meta is not None
    assert (meta.count, meta.dead) == (210, 0)


def test_an_empty_library_can_have_an_index(file: LibraryFile) -> None:
    delete(file, 1000)
    assert build_now(file).count == 0
    assert ask(file, unit_vectors(1, 16)[0]).nearest == []
    vectors = add(file, 3)
    assert scores_of(ask(file, vectors[0]))[0] == pytest.approx(1)


def test_recall_is_kept_when_it_catches_up(file: LibraryFile) -> None:
    before = index_status(file.connection, the_model(file)).recall
    add(file, 100)
    after = build_now(file).recall
    assert before["queries"] == after["queries"]
    fresh = verify_index(file.connection, the_model(file)).recall
    assert after == fresh


def test_recall_is_measured_again_once_a_tenth_has_changed(file: LibraryFile) -> None:
    add(file, 300)
    built = build_now(file)
    assert (built.params["changed"], built.params["windows"]["changed"]) == (0, 0)
    count = built.count
    add(file, 20)
    delete(file, 3)
    caught_up = build_now(file)
    assert caught_up.params["changed"] == 23
    assert caught_up.recall == built.recall
    add(file, count // 10)
    assert build_now(file).params["changed"] == 0


def test_a_graph_that_finds_little_is_searched_widely() -> None:
    """The width that is kept is the first that reaches the recall wanted, or the widest."""
    vectors = unit_vectors(4_000, 64)
    graph = new_graph(64, IndexParams(m=4, ef_construction=8))
    graph.add(vectors)
    ids = np.arange(1, 4_001)
    segments = [Segment(graph, make_rows(ids, ids))]
    probes = recall.new_probes(ids[:100], vectors[:100]).seen(ids, vectors)
    ef_search, measured = recall.tune(segments, probes)
    assert (ef_search.in_distribution, ef_search.out_of_distribution) == (
        max(policy.EF_SEARCH_STEPS),
        max(policy.OUT_OF_DISTRIBUTION_STEPS),
    )
    narrow = recall.measure_recall(segments, probes.in_distribution, 64)
    assert narrow["mean"] < measured["mean"]
    assert narrow["p5"] <= narrow["mean"]


def test_a_mapped_graph_can_not_be_added_to(file: LibraryFile) -> None:
    mapped = map_graph(segments(file.path)[0] / "graph.hnsw")
    with pytest.raises(ValueError, match="can't be added to"):
        mapped.add(unit_vectors(1, 16))


def test_threads_share_a_planner(file: LibraryFile) -> None:
    planner, queries = Planner(), unit_vectors(40, 16, seed=4)
    alone = [scores_of(ask(file, query)) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: scores_of(ask(file, query, None, planner)), queries))
    assert together == alone


def test_what_was_rolled_back_is_not_remembered(file: LibraryFile) -> None:
    """After a rollback SQLite gives the same ids and log numbers to other vectors."""
    planner, model = Planner(), the_model(file)
    ask(file, unit_vectors(1, 16)[0], planner=planner)
    wrong, right = unit_vectors(4, 16, seed=21), unit_vectors(12, 16, seed=22)
    connection = file.connection
    connection.execute("BEGIN IMMEDIATE")
    sample = connection.execute("SELECT max(sample_id) FROM samples").get
    for vector in wrong:
        replace_vectors(connection, model, sample, one_window(vector))
        assert ask(file, vector, planner=planner).nearest[0].score == pytest.approx(1)
    connection.execute("ROLLBACK")
    add_samples(file, model, [one_window(vector) for vector in right])
    for vector in right:
        assert ask(file, vector, planner=planner).nearest[0].score == pytest.approx(1)
    for vector in wrong:
        assert ask(file, vector, planner=planner).nearest[0].score < 0.99
