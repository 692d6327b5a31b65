"""SQL of assistants: it reads, and it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.mcp_server.statements import LONGEST_VALUE, Statement, run_statement

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture
def path(filled: sqlclap.Library) -> Path:
    """The file of a library of six sounds."""
    return filled.path


def answer(path: Path, sql: str, limit: int = 100, **parameters: object) -> list[list[object]]:
    """Return a statement's rows."""
    rows: list[list[object]] = run_statement(path, Statement(sql, parameters, limit))["rows"]
    return rows


def test_reads_tables_views_and_functions(path: Path) -> None:
    """Tables, views, full-text search and sqlclap's functions are there."""
    assert answer(path, "SELECT count(*) FROM samples") == [[6]]
    assert len(answer(path, "SELECT * FROM clap_search(clap_vector(1), 3)")) == 3
    assert answer(path, "SELECT count(*) FROM recordings") == [[6]]
    assert len(answer(path, "PRAGMA table_info(samples)")) > 10
    found = answer(path, "SELECT path FROM samples WHERE path LIKE :like", like="%110%")
    assert found == [["tones/tone-110.wav"]]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM samples",
        "INSERT INTO labels (name) VALUES ('x') RETURNING name",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t (a)",
        "DROP VIEW recordings",
        "ATTACH 'elsewhere.db' AS other",
        "VACUUM INTO 'elsewhere.db'",
        "PRAGMA query_only = 0",
        "PRAGMA journal_mode = delete",
        "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')",
        "SELECT clap_audio_file('/etc/passwd')",
        "BEGIN",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; SELECT 2",
        "SELECT ?",
        "SELECT :missing",
        "SELECT FROM",
        "-- nothing",
        "",
    ],
)
def test_refuses_all_else(path: Path, sql: str) -> None:
    """What writes, reaches out, or is no one statement is refused, and changes nothing."""
    before = sorted(one.name for one in path.parent.iterdir())
    with pytest.raises(QueryError):
        answer(path, sql)
    assert answer(path, "SELECT count(*) FROM samples") == [[6]]
    assert sorted(one.name for one in path.parent.iterdir()) == before


def test_it_ends(path: Path) -> None:
    """A statement that never ends is interrupted, and says what would be faster."""
    asked = Statement(ENDLESS, {})
    with pytest.raises(QueryError, match=r"took longer than 0\.2 s.*clap_search"):
        run_statement(path, asked, seconds=0.2)


def test_it_is_bounded(path: Path) -> None:
    """Neither rows, nor texts, nor values grow without end, and it says that it was cut."""
    cut = run_statement(
        path, Statement("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", {}, limit=2)
    )
    assert cut == {"columns": ["1"], "rows": [[1], [2]], "is_cut": True}
    whole = run_statement(path, Statement("SELECT sample_id FROM samples", {}, limit=6))
    assert (len(whole["rows"]), whole["is_cut"]) == (6, False)
    long = "SELECT printf('%.*c', 60000, 'x') FROM samples"
    assert len(run_statement(path, Statement(long, {}))["rows"]) == 1
    with pytest.raises(QueryError, match="too big"):
        answer(path, f"SELECT zeroblob({LONGEST_VALUE + 1})")
    with pytest.raises(QueryError, match="1 to 1,000"):
        Statement("SELECT 1", {}, limit=0)
    with pytest.raises(QueryError, match="a number or null"):
        Statement("SELECT :x", {"x": [1]})


def test_values_as_json_has_them(path: Path) -> None:
    """BLOBs tell their size alone, and infinity is a text."""
    assert answer(path, "SELECT x'0102', 9e999, -9e999, NULL, 1.5") == [
        ["BLOB of 2 bytes", "Inf", "-Inf", None, 1.5]
    ]


def test_comments_around_a_statement_and_texts_that_are_no_utf8(path: Path) -> None:
    """Comments are no second statement; a text that can't be told says how to ask for it."""
    assert answer(path, "/* one */ SELECT 1; -- and no more") == [[1]]
    with pytest.raises(QueryError, match="one statement"):
        answer(path, "SELECT 1; -- two\nSELECT 2")
    with pytest.raises(QueryError, match=r"no UTF-8, '\\xffA': take it as a BLOB"):
        answer(path, "SELECT CAST(x'ff41' AS TEXT)")
