"""Neighbours kept as a table: whole, up to date, or told to be stale."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import sqlclap
from sqlclap.doctor import examine
from sqlclap.errors import QueryError, SchemaWarning
from tests.cli.running import rows_of, run, succeed
from tests.plain_clients.conftest import SOUNDS, take_in

K = 6
ROWS = "SELECT sample_id, rank, neighbor_id, score FROM sound_neighbors ORDER BY sample_id, rank"
STALE = "SELECT DISTINCT stale FROM sound_neighbors"


def kept(library: sqlclap.Library) -> dict[tuple[int, int], tuple[int, float]]:
    return {row[:2]: row[2:] for row in library.connection.execute(ROWS)}


def check(library: sqlclap.Library) -> None:
    """Compare the table with what is found now, whole and fresh."""
    expected = {
        row[:2]: row[2:] for part in library.neighbors_of(n=K, exact=True) for row in part.rows()
    }
    found = kept(library)
    assert found.keys() == expected.keys()
    for key, (neighbor_id, score) in expected.items():
        assert found[key][1] == pytest.approx(score, abs=1e-5)
        assert found[key][0] == neighbor_id
    state = library.stored_neighbors.state()
    assert state is not None
    assert state.is_fresh
    assert library.connection.execute(STALE).fetchall() in ([(0,)], [])


def test_the_table_is_what_a_search_finds(vectors: sqlclap.Library) -> None:
    assert vectors.stored_neighbors.state() is None
    report = vectors.stored_neighbors.store(K)
    assert (report.sounds, report.found_anew) == (SOUNDS, SOUNDS)
    check(vectors)
    assert vectors.stored_neighbors.store(K).found_anew == 0


def test_sounds_that_come_change_and_go_are_told_and_followed(
    vectors: sqlclap.Library, tmp_path: Path
) -> None:
    vectors.stored_neighbors.store(K)
    take_in(vectors, tmp_path / "new.npy", SOUNDS, 9, seed=5)  # come
    state = vectors.stored_neighbors.state()
    assert state is not None
    assert (state.is_fresh, state.changed) == (False, 9)
    assert vectors.connection.execute(STALE).fetchall() == [(1,)]
    assert 9 <= vectors.stored_neighbors.store(K).found_anew < SOUNDS / 2
    check(vectors)
    take_in(vectors, tmp_path / "changed.npy", 20, 4, seed=6)  # change
    assert vectors.connection.execute(STALE).fetchall() == [(1,)]
    assert vectors.stored_neighbors.store(K).found_anew < SOUNDS / 2
    check(vectors)
    vectors.connection.execute("DELETE FROM samples WHERE sample_id IN (3, 50, 51)")  # go
    gone = "SELECT count(*) FROM stored_neighbors WHERE 3 IN (sample_id, neighbor_id)"
    assert vectors.connection.execute(gone).get == 0
    assert vectors.connection.execute(STALE).fetchall() == [(1,)]
    assert vectors.stored_neighbors.store(K).found_anew < SOUNDS / 2
    check(vectors)
    assert vectors.stored_neighbors.store(K).found_anew == 0


def test_where_much_changed_all_is_found_anew(vectors: sqlclap.Library, tmp_path: Path) -> None:
    vectors.stored_neighbors.store(K)
    take_in(vectors, tmp_path / "new.npy", SOUNDS, 300, seed=5)
    assert vectors.stored_neighbors.store(K).found_anew == SOUNDS + 300
    check(vectors)


def test_another_number_of_neighbours_makes_another_table(vectors: sqlclap.Library) -> None:
    vectors.stored_neighbors.store(3)
    assert len(kept(vectors)) == 3 * SOUNDS
    vectors.stored_neighbors.store(K, exact=True)
    check(vectors)
    for wrong in (0, 1_001):
        with pytest.raises(QueryError, match="expected a number of neighbours"):
            vectors.stored_neighbors.store(wrong)
    check(vectors)
    vectors.stored_neighbors.forget()
    assert kept(vectors) == {}
    assert vectors.stored_neighbors.state() is None


def test_changes_of_other_programs_are_noted(vectors: sqlclap.Library) -> None:
    vectors.stored_neighbors.store(K)
    other = sqlite3.connect(vectors.path)
    other.execute(
        "INSERT INTO embeddings (sample_id, model_id, window_index, start_s, end_s)"
        " SELECT 7, 1, 0, 0, 1"
    )
    other.commit()
    state = vectors.stored_neighbors.state()
    assert state is not None
    assert state.is_fresh  # a window is in no list
    other.close()


def test_a_run_that_was_broken_off_is_told_and_made_good(
    vectors: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BreaksOff:
        def started(self, stage: str, total: int) -> None: ...

        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            raise KeyboardInterrupt

        def failed(self, what: str, reason: str) -> None: ...

    with pytest.raises(KeyboardInterrupt):
        vectors.stored_neighbors.store(K, listener=BreaksOff())
    state = vectors.stored_neighbors.state()
    assert state is not None
    assert (state.is_fresh, state.built_at) == (False, None)
    assert "not whole" in succeed("neighbors", vectors.path, "--stored")
    assert vectors.stored_neighbors.store(K).found_anew == SOUNDS
    check(vectors)


def test_a_trigger_that_was_dropped_leaves_nothing_that_looks_fresh(
    vectors: sqlclap.Library,
) -> None:
    vectors.stored_neighbors.store(K)
    with sqlite3.connect(vectors.path) as other:
        other.execute("DROP TRIGGER stored_neighbors_removed")
    other.close()
    with pytest.warns(SchemaWarning):
        again = sqlclap.open(vectors.path)
    with again:
        state = again.stored_neighbors.state()
        assert state is not None
        assert not state.is_fresh
        assert again.stored_neighbors.store(K).found_anew == SOUNDS
        check(again)


def test_the_command_stores_tells_and_forgets(vectors: sqlclap.Library) -> None:
    library = vectors.path
    assert rows_of("neighbors", library, "--stored") == {"stored": None}
    assert "400 lists" in succeed("neighbors", library, "--store", "4")
    assert "fresh" in succeed("neighbors", library, "--stored")
    state = rows_of("neighbors", library, "--store", "4")["stored"]
    assert (state["neighbors"], state["sounds"], state["is_fresh"]) == (4, SOUNDS, True)
    vectors.connection.execute("DELETE FROM samples WHERE sample_id = 8")
    assert "stale" in succeed("neighbors", library, "--stored")
    succeed("neighbors", library, "--forget-stored")
    assert "no neighbours are kept" in succeed("neighbors", library, "--stored")
    assert run("neighbors", library, "--store", "4", "--all").exit_code == 2
    assert run("neighbors", library, "--stored", "--all", "--json").exit_code == 2


def test_the_doctor_tells_what_is_stale_or_not_whole(
    vectors: sqlclap.Library, tmp_path: Path
) -> None:
    def told() -> list[tuple[str, str]]:
        found = [one for one in examine(vectors.connection) if "neighbours" in one.text]
        return [(one.level, one.text.partition("; ")[2]) for one in found]

    again = f"run `sqlclap neighbors --store {K}`"
    assert told() == []
    vectors.stored_neighbors.store(K)
    assert told() == [("fine", "they are fresh")]
    take_in(vectors, tmp_path / "new.npy", SOUNDS, 3, seed=5)
    stale = f"they are stale: 3 sounds have changed since; {again}"
    assert told() == [("advice", stale)]
    vectors.stored_neighbors.store(K)
    vectors.connection.execute("DELETE FROM stored_neighbors WHERE sample_id IN (3, 4)")
    assert told() == [("advice", f"they are not whole: 2 sounds have none; {again}")]
    vectors.connection.execute("UPDATE stored_neighbors_state SET built_at = NULL")
    broken = "they are not whole: a run was broken off, or changes may have been missed"
    assert told() == [("advice", f"{broken}; {again}")]
