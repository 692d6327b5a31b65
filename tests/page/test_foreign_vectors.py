"""The API over an index, newer vectors and broken ones: the exact rows, and JSON without NaN."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

import sqlclap
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.search.request import SearchOptions
from tests.page.visiting import Site
from tests.support.mixed_library import ADD_EMBEDDING, ADD_VECTOR, BROKEN

pytestmark = pytest.mark.filterwarnings("ignore::sqlclap.errors.VectorWarning")


@pytest.fixture
def foreign(library: Path) -> Path:
    """The library with an index, two labels, two newer vectors and six broken ones."""
    with sqlclap.open(library) as opened:
        opened.index.build()
        opened.labels.add("noise", threshold=0.3)
        opened.labels.add_anchors("noise", [7, 8, 9])
        opened.labels.add("tone", threshold=0.3)
        opened.labels.add_anchors("tone", [11, 12])
        dim = opened.encoder.bundle.contract.dim
    other = apsw.Connection(str(library))
    load_sqlite_vec(other)
    rng = np.random.default_rng(0)
    changes = [*BROKEN.values(), lambda vector: vector, lambda vector: 3 * vector]
    for sample_id, change in enumerate(changes, start=1):
        vector = rng.standard_normal(dim).astype(np.float32)
        blob = change(vector / np.linalg.norm(vector)).astype("<f4").tobytes()
        with other:
            other.execute("DELETE FROM embeddings WHERE sample_id = ?", (sample_id,))
            embedding_id = other.execute(ADD_EMBEDDING, (sample_id,)).get
            other.execute(ADD_VECTOR, (embedding_id, blob))
    other.close()
    return library


def strict(text: str) -> Any:
    """Read JSON as browsers do: NaN and Infinity are errors."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in {text}")

    return json.loads(text, parse_constant=refuse)


def test_rows_are_the_exact_ones(foreign: Path, open_site: Callable[..., Site]) -> None:
    with sqlclap.open(foreign, mode="read") as opened:
        exact = SearchOptions(exact=True)
        wanted: dict[str, Sequence[Any]] = {
            "search?q=white+noise&n=9": opened.search("white noise", 9, exact),
            "similar?sample=8&n=9": opened.similar(8, 9, exact),
            "matches?label=noise&n=9": opened.labels.matches("noise", 9, exact=True),
            "matches?label=tone&n=9": opened.labels.matches("tone", 9, exact=True),
        }
        expected = {
            path: [(one.sample_id, round(one.score, 6)) for one in matches]
            for path, matches in wanted.items()
        }
    visitor = open_site(foreign).anyone
    for path, rows in expected.items():
        answer = visitor.get(f"api/{path}")
        assert answer.status_code == 200, answer.text
        found = strict(answer.text)["matches"]
        assert [(one["sample_id"], round(one["score"], 6)) for one in found] == rows
        assert {sample_id for sample_id, _ in rows}.isdisjoint(range(1, 7))


def test_a_broken_sample_is_told_in_a_line(foreign: Path, open_site: Callable[..., Site]) -> None:
    visitor = open_site(foreign).anyone
    for sample_id in range(1, 7):
        answer = visitor.get(f"api/similar?sample={sample_id}")
        assert answer.status_code == 409
        assert f"sample {sample_id} can't be compared" in strict(answer.text)["error"]


def test_sql_and_other_routes_hold_no_nan(foreign: Path, open_site: Callable[..., Site]) -> None:
    visitor = open_site(foreign).local
    for route in ("histogram?label=noise", "rivals?label=noise", "labels", "tags"):
        answer = visitor.get(f"api/{route}")
        assert answer.status_code == 200, answer.text
        strict(answer.text)
    statements = (
        "SELECT clap_neighbors(clap_vector(8), 20) AS found",
        "SELECT clap_matches('noise', 20) AS found",
        "SELECT * FROM label_scores",
        "SELECT clap_score('noise', sample_id) AS score FROM samples",
    )
    for sql in statements:
        asked = {"sql": sql, "_shape": "array"}
        answer = visitor.get("/sounds.json", params=asked)
        if answer.status_code in (302, 404):  # where a later Datasette has it
            answer = visitor.get("/sounds/-/query.json", params=asked)
        assert answer.status_code == 200, answer.text
        assert strict(answer.text)
        assert "NaN" not in answer.text
