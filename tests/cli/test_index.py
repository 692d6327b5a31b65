"""``sqlclap index``, and the index that ingest keeps fresh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import SidecarWarning
from sqlclap.index import settings as policy
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.indexed_library import segments, sidecar
from tests.support.sounds import tone, write_sound


@pytest.fixture
def path(filled: sqlclap.Library, monkeypatch: pytest.MonkeyPatch, fake_bundle: Path) -> Path:
    return filled.path


def test_build_status_verify_drop(path: Path) -> None:
    assert "no index\n" in succeed("index", "status", path)
    assert succeed("index", "build", path).startswith("built in")
    status = rows_of("index", "status", path)
    assert (status["generation"], status["indexed"], status["tail"]) == (1, 6, 0)
    assert (status["problem"], status["recall"]["mean"]) == (None, 1.0)
    assert status["bytes"] > 1000
    shown = succeed("index", "status", path)
    assert "generation 1" in shown
    assert "queries out of distribution, such as words: recall@10 1.000" in shown
    assert "ef_search 64, 128 for queries out of distribution" in shown
    verdict = succeed("index", "verify", path)
    assert "the index is right" in verdict
    assert "queries out of distribution, such as words: recall@10 1.000" in verdict
    assert rows_of("index", "build", path, "--rebuild")["generation"] == 2
    assert succeed("index", "drop", path).startswith("no index any more")
    assert not sidecar(path).exists()
    assert rows_of("index", "status", path)["generation"] is None


def test_verify_tells_what_is_wrong(path: Path) -> None:
    succeed("index", "build", path)
    graph = segments(path)[0] / "graph.hnsw"
    graph.write_bytes(graph.read_bytes()[:-1])
    ended = run("index", "verify", path)
    assert ended.exit_code == 1
    assert "sqlclap index build" in ended.output
    assert "can't be used" in succeed("index", "status", path)


def test_a_broken_index_is_one_line_on_standard_error(path: Path) -> None:
    succeed("index", "build", path)
    (segments(path)[0] / "rows.bin").unlink()
    ended = run("similar", path, "1", "--json")
    assert ended.exit_code == 0
    assert len(json.loads(ended.stdout)) == 5
    assert ended.stderr.startswith("Warning: the index can't be used")
    assert f"sqlclap index build {path}" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_ingest_builds_and_refreshes(
    filled: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "EXACT_BELOW", 7)
    monkeypatch.setattr(policy, "REFRESH_ROWS", 2)
    folder = tmp_path / "sounds"

    def after(*hertz: int) -> tuple[int | None, int, int]:
        for hz in hertz:
            write_sound(folder / f"{hz}.wav", tone(hz))
        filled.ingest([folder])
        status = filled.index.status()
        return status.generation, status.indexed, status.tail

    assert after() == (None, 0, 0)
    assert after(1000) == (1, 7, 0)
    assert after(1100) == (1, 7, 1)
    assert after(1200) == (2, 9, 0)


def test_ingest_succeeds_where_the_index_can_not_be_written(
    filled: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "EXACT_BELOW", 1)
    sidecar(filled.path).write_text("a file where the folder should be")
    with pytest.warns(SidecarWarning, match="can't write the index into"):
        report = filled.ingest()
    assert report.unchanged == 6


def test_a_library_without_sounds_is_told(tmp_path: Path) -> None:
    sqlclap.open(tmp_path / "empty.db").close()
    assert "is empty: add sounds" in fail("index", "build", tmp_path / "empty.db")
    assert "no library at" in fail("index", "status", tmp_path / "none.db")


def test_deletions_are_counted_and_leave_on_a_rebuild(path: Path) -> None:
    succeed("index", "build", path)
    with sqlclap.open(path) as library:
        library.connection.execute("DELETE FROM samples WHERE sample_id IN (1, 2)")
    status = rows_of("index", "status", path)
    assert (status["indexed"], status["dead"], status["vectors"]) == (4, 2, 4)
    assert status["advice"] == "let it catch up: build"
    assert rows_of("index", "build", path)["params"]["how"] == "built"  # too worn to catch up
    assert rows_of("index", "status", path)["dead"] == 0
