"""A composed query in plain SQL: a client with sqlite-vec alone gives its rows."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlite_vec
from pysqlite3 import dbapi2 as plain_sqlite

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError
from sqlclap.finding.plain_statement import literal, plain_statement
from tests.cli.running import fail, succeed
from tests.support.sounds import noise, tone, write_sound

QUERIES = {
    "words": Query().more("kick, deep, not loud"),
    "a sound of the library": Query().like(3),
    "several": Query().more("kick", 0.5).like(3).like(5, 0.5),
    "less": Query().more("kick").like(3).less("a wide hall", 0.7).unlike(7, 1.5),
    "a label": Query().more("noise").like_label("deep").unlike_label("harsh"),
}
OPTIONS = {
    "plain": SearchOptions(),
    "page": SearchOptions(offset=4),
    "floor": SearchOptions(min_score=0.2),
    "order": SearchOptions(sort="duration_s:desc"),
    "order by score": SearchOptions(sort="score:asc", min_score=0.1),
    "filters": SearchOptions(folder="tones", max_length=1.2, text="tone OR other", format="wav"),
    "where": SearchOptions(
        where="path <> ':name' AND path LIKE :like -- :none", params={"like": "%'%"}
    ),
    "label": SearchOptions(label="deep"),
    "measures": SearchOptions(measures=True),
    "aspects": SearchOptions(aspect="length:2,pitch,envelope"),
    "aspects alone": SearchOptions(aspect="timbre:0,loudness,brightness", measures=True),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """A library of twenty-six sounds with two labels."""
    folder = tmp_path_factory.mktemp("plain")
    for number in range(18):
        write_sound(folder / "sounds" / "tones" / f"other-{number}.wav", tone(90 + 41 * number))
    for seed in range(8):
        write_sound(folder / "sounds" / "it's" / f"noise-{seed}.wav", noise(seed, 1 + seed / 8))
    with sqlclap.open(folder / "library.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.labels.ensure("deep", [9, 10, 11])
        library.labels.ensure("harsh", [1, 2])
    return folder / "library.db"


@pytest.fixture(scope="module")
def library(path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(path, model=str(fake_bundle), mode="read") as opened:
        yield opened


@pytest.fixture(scope="module")
def client(path: Path) -> Iterator[Any]:
    """A connection that has sqlite-vec, and nothing else."""
    connection = plain_sqlite.connect(path)
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.row_factory = plain_sqlite.Row
    yield connection
    connection.close()


@pytest.mark.parametrize("how", OPTIONS)
@pytest.mark.parametrize("what", QUERIES)
def test_a_plain_client_gives_the_rows(
    what: str, how: str, library: sqlclap.Library, client: Any
) -> None:
    options = OPTIONS[how]
    if options.aspect and not any(term.kind == "sound" for term in QUERIES[what].positive):
        return  # aspects compare with sounds
    if options.min_score is not None:
        fourth = library.find(QUERIES[what], 4)[-1].score
        options = replace(options, min_score=fourth - 1e-4)
    found = library.find(QUERIES[what], 7, options)
    sql = plain_statement(library.session, QUERIES[what], 7, options)
    assert "clap_" not in sql
    rows = client.execute(sql).fetchall()
    assert [(row["rank"], row["sample_id"], row["path"]) for row in rows] == [
        (one.rank, one.sample_id, one.path) for one in found
    ]
    assert [row["score"] for row in rows] == pytest.approx([one.score for one in found], abs=2e-6)
    assert rows


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs SQLite's shell")
def test_the_shell_runs_what_the_command_prints(
    path: Path, library: sqlclap.Library, fake_bundle: Path
) -> None:
    asked = ("noise", "--like", "3:0.5", "--less", "a 'wide' hall", "--folder", "it's")
    sql = succeed("find", path, *asked, "-n", "5", "--plain-sql", "--model", fake_bundle)
    shell = ["sqlite3", "-json", "-cmd", f".load {sqlite_vec.loadable_path()}", str(path)]
    done = subprocess.run(shell, input=sql, capture_output=True, text=True, check=False)
    if "load" in done.stderr and not done.stdout:
        pytest.skip(f"this shell loads no extensions: {done.stderr}")
    rows = json.loads(done.stdout)
    query = Query().more("noise").like(3, 0.5).less("a 'wide' hall")
    found = library.find(query, 5, SearchOptions(folder="it's"))
    assert [row["sample_id"] for row in rows] == [one.sample_id for one in found]


def test_what_takes_sqlclaps_functions_is_refused(library: sqlclap.Library, path: Path) -> None:
    query = Query().more("kick").like(3)
    sqlclap.register_functions(library.connection)
    for options in (
        SearchOptions(moments=True),
        SearchOptions(events=True),
        SearchOptions(or_text="tone"),
        SearchOptions(where="Clap_vector(sample_id) IS NOT NULL"),
    ):
        with pytest.raises(QueryError, match="takes functions of sqlclap: --sql"):
            plain_statement(library.session, query, 5, options)
    assert "takes functions" in fail("find", path, "--between", "1", "2", "--plain-sql")
    with pytest.raises(QueryError, match="no column 'nothing'"):
        plain_statement(library.session, query, 5, SearchOptions(sort="nothing"))


def test_literals_come_back(client: Any) -> None:
    for value in ("it's", "a\0b", "", 1, -2.5e-300, True, None, b"\x00\xff"):
        (back,) = client.execute(f"SELECT {literal(value)}").fetchone()
        assert back == value
