"""Compact codes: half the bytes, and the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.index.files import generation_bytes
from sqlclap.index.hashed_file import HashedFile
from sqlclap.index.hnsw import QUANTISATION, map_graph, new_graph, score_error
from sqlclap.index.inspection import verify_index
from sqlclap.index.settings import Codes, IndexParams
from sqlclap.search import planner as planning
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter, Request
from tests.cli.running import run, succeed
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    generations,
    make_indexed,
    scores_of,
    the_model,
    true_scores,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

DIM = 256


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a library of 600 vectors with an index of 16-bit floats."""
    make_indexed(tmp_path / "library.db", count=600, dim=DIM)
    return tmp_path / "library.db"


def test_compact_codes_take_little_more_than_half_and_give_the_same_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "FEW", 20)
    before = generation_bytes(generations(path)[0])
    stored = dict(enumerate(unit_vectors(600, DIM), start=1))
    with LibraryFile(path) as file:
        meta = build(file, codes="compact")
        assert (meta.params["how"], meta.params["codes"]) == ("built", "compact")
        after = generation_bytes(generations(path)[0])
        assert before - after == pytest.approx(600 * DIM, rel=0.2)
        planner = Planner()
        for number, query in enumerate(unit_vectors(12, DIM, seed=3)):
            every = number % 3 + 1
            kept = {i: one for i, one in stored.items() if i % every == 0}
            request = Request(only=Filter(where=f"sample_id % {every} = 0"))
            answer = ask(file, query, request, planner)
            assert answer.plan.path != "exact"
            wanted = true_scores(kept, query, 10)
            assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)
        assert verify_index(file.connection, the_model(file)).problems == []


def test_an_index_keeps_its_codes_until_others_are_asked_for(path: Path) -> None:
    with LibraryFile(path) as file:
        build(file, codes="compact")
        far = unit_vectors(40, DIM, seed=9)
        far[:20] = np.eye(DIM, dtype=np.float32)[:20]  # beyond the range of the first ones
        add_samples(file, the_model(file), [one_window(one) for one in far])
        meta = build(file)
        assert (meta.params["how"], meta.params["codes"]) == ("caught up", "compact")
        for vector in far[::7]:
            assert ask(file, vector).nearest[0].score == pytest.approx(1, abs=TOLERANCE)
        assert verify_index(file.connection, the_model(file)).problems == []
        assert build(file, "rebuild").params["codes"] == "compact"
        assert verify_index(file.connection, the_model(file)).problems == []
        meta = build(file, codes="fp16")
        assert (meta.params["how"], meta.params["codes"]) == ("built", "fp16")


def test_the_same_vectors_make_the_same_compact_index(tmp_path: Path) -> None:
    checksums = []
    for number in range(2):
        path = tmp_path / f"{number}.db"
        make_indexed(path, count=300, dim=DIM)
        with LibraryFile(path) as file:
            checksums.append(build(file, codes="compact").checksum)
    assert checksums[0] == checksums[1]


@pytest.mark.parametrize("codes", ["fp16", "compact"])
def test_scores_of_a_mapped_graph_are_off_by_no_more_than_is_said(
    tmp_path: Path, codes: Codes
) -> None:
    vectors, queries = unit_vectors(2_000, 512), unit_vectors(200, 512, seed=1)
    graph = new_graph(512, IndexParams(codes=codes))
    error = max(graph.add(vectors[:500]), graph.add(vectors[500:]))
    with HashedFile(tmp_path / "graph") as file:
        graph.write(file)
    scores, positions = map_graph(tmp_path / "graph").search(queries, 50, 128)
    exact = np.einsum("qcd,qd->qc", vectors[positions], queries)
    off = float(np.abs(scores - exact).max())
    assert off <= min(error + QUANTISATION, score_error(error, 512))


def test_the_command_line_takes_codes(filled: sqlclap.Library) -> None:
    built = succeed("index", "build", filled.path, "--codes", "compact", "--json")
    assert '"codes": "compact"' in built
    assert "8-bit" in succeed("index", "status", filled.path)
    assert run("index", "build", filled.path, "--codes", "other").exit_code == 2
