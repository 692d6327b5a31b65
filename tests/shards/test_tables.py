"""SQL over a set: the same rows as Python's, and what is missing is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from click.testing import CliRunner

from sqlclap import Query, SearchOptions
from sqlclap.cli import main
from sqlclap.errors import QueryError
from sqlclap.search.request import Filter
from sqlclap.shards.tables import SetTables
from tests.support.twin_libraries import Twins


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("tables"), fake_bundle)
    made.add(60)
    made.set.labels.add("kick")
    made.set.labels.add_anchors("kick", [one.path for one in made.sounds[:4]])
    yield made
    made.close()


def test_functions_give_what_python_gives(twins: Twins) -> None:
    connection = apsw.Connection(":memory:")
    tables = SetTables(twins.set)
    tables.register(connection)
    rows = connection.execute(
        "SELECT sample_id, score FROM clap_search('rain', 7, '{\"folder\": \"site-1\"}')"
    ).fetchall()
    found = twins.set.search("rain", 7, SearchOptions(folder="site-1"))
    assert rows == [(one.sample_id, one.score) for one in found]
    first = found[0].sample_id
    rows = connection.execute("SELECT sample_id FROM clap_similar(?, 5)", (first,)).fetchall()
    assert rows == [(one.sample_id,) for one in twins.set.similar(first, 5)]
    query = Query().more("rain").like(first)
    rows = connection.execute(
        "SELECT path, score FROM clap_query(?, 5)", (query.as_json(),)
    ).fetchall()
    assert rows == [(one.path, one.score) for one in twins.set.find(query, 5)]
    rows = connection.execute("SELECT path FROM clap_label_matches('kick', 9)").fetchall()
    assert rows == [(one.path,) for one in twins.set.labels.matches("kick", 9)]
    joined = connection.execute(
        "SELECT s.rank, count(*) FROM clap_search('rain', 3) AS s "
        "JOIN clap_similar(s.sample_id, 4) AS n GROUP BY 1"
    ).fetchall()
    assert joined == [(1, 4), (2, 4), (3, 4)]
    assert len(tables.reaches) == 8
    with pytest.raises(QueryError):
        connection.execute("SELECT * FROM clap_search('rain', 0)").fetchall()


def test_moments_paths_and_rivals_are_those_of_python(twins: Twins) -> None:
    connection = apsw.Connection(":memory:")
    SetTables(twins.set).register(connection)

    def rows(sql: str, *bindings: object) -> list[tuple[object, ...]]:
        return connection.execute(sql, bindings).fetchall()

    def moments(found: Any) -> list[tuple[object, ...]]:
        return [(one.sample_id, one.start_s, one.end_s) for one in found]

    options = SearchOptions(moments=True)
    found = twins.set.search("rain", 9, options)
    assert rows("SELECT sample_id, start_s, end_s FROM clap_moments('rain', 9)") == moments(found)
    events: Any = twins.set.search("rain", 5, SearchOptions(events=True, min_score=-1.0))
    asked = '{"events": true, "min_score": -1.0}'
    told = rows("SELECT sample_id, peak_s, windows FROM clap_moments('rain', 5, ?)", asked)
    assert told == [(one.sample_id, one.peak_s, one.windows) for one in events]
    first, last = (twins.set.search("rain", 60)[at].sample_id for at in (0, 50))
    query = Query().more("rain").like(first)
    wanted = moments(twins.set.find(query, 9, options))
    assert (
        rows("SELECT sample_id, start_s, end_s FROM clap_query_moments(?, 9)", query.as_json())
        == wanted
    )
    ends = json.dumps([{"sound": first}, {"sound": last}])
    path = [(one.sample_id,) for one in twins.set.between(first, last, 5)]
    assert rows("SELECT sample_id FROM clap_between(?, 5)", ends) == path
    narrowed = twins.set.labels.matches("kick", 9, only=Filter(folder="site-1"), moments=True)
    asked = '{"folder": "site-1", "moments": true}'
    told = rows("SELECT sample_id, start_s, end_s FROM clap_label_matches('kick', 9, ?)", asked)
    assert told == moments(narrowed)
    report = twins.set.labels.rivals("kick")
    names = [row[0] for row in rows("SELECT name FROM clap_label_rivals('kick')")]
    assert names == [
        *(one.path if one.label is None else one.label for one in report.held_back),
        *(one.name for one in report.suggested),
    ]
    with pytest.raises(QueryError, match="clap_between"):
        rows("SELECT * FROM clap_between('[]', 5)")


def test_the_command_tells_what_is_missing(twins: Twins) -> None:
    path, bundle = str(twins.set.path), str(twins.bundle)
    sql = "SELECT path FROM clap_search('rain', 3)"
    run = CliRunner().invoke
    whole = run(main, ["query", path, sql, "--json", "--model", bundle])
    assert whole.exit_code == 0, whole.output
    assert [row["path"] for row in json.loads(whole.stdout)] == [
        one.path for one in twins.set.search("rain", 3)
    ]
    shard = twins.folder / "set-0002.db"
    shard.rename(twins.folder / "away.db")
    part = run(main, ["query", path, sql, "--json", "--model", bundle])
    assert part.exit_code == 0
    assert "missing shard 2" in part.stderr
    strict = run(main, ["query", path, sql, "--require-all", "--model", bundle])
    assert strict.exit_code == 1
    assert "missing shard 2" in strict.stderr
    (twins.folder / "away.db").rename(shard)


def in_shell(twins: Twins, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the shell on the set with statements on standard input."""
    path, bundle = str(twins.set.path), str(twins.bundle)
    command = [sys.executable, "-m", "sqlclap", "shell", path, "--model", bundle, *options]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_the_shell_has_the_functions_and_no_tables(twins: Twins) -> None:
    done = in_shell(
        twins,
        ".tables\n.mode list\nSELECT path FROM clap_search('rain', 3);\n"
        'CREATE TABLE mine AS SELECT sample_id FROM clap_query(\'[{"words": "rain"}]\', 4);\n'
        "SELECT count(*) FROM mine JOIN clap_similar(mine.sample_id, 2);\n",
    )
    assert (done.returncode, done.stderr) == (0, "")
    paths = [one.path for one in twins.set.search("rain", 3)]
    assert done.stdout.splitlines() == [*paths, "8"]
    assert ".tables" in in_shell(twins, ".help\n").stderr


def test_the_shell_tells_errors_and_what_is_missing(twins: Twins) -> None:
    done = in_shell(twins, "SELECT * FROM clap_search('rain', 0);\nSELECT 1 + 1;\n")
    assert (done.returncode, done.stdout) == (0, "2\n")  # it goes on, as on a library
    assert "clap_search" in done.stderr
    assert "Traceback" not in done.stderr
    assert "no such table: samples" in in_shell(twins, "SELECT * FROM samples;\n").stderr
    shard = twins.folder / "set-0002.db"
    shard.rename(twins.folder / "away.db")
    asked = "SELECT count(*) FROM clap_search('rain', 3);\n"
    part = in_shell(twins, asked * 2)
    assert (part.returncode, part.stdout.split()) == (0, ["3", "3"])
    assert part.stderr.count("missing shard 2") == 2
    strict = in_shell(twins, asked, "--require-all")
    assert strict.stdout == ""
    assert "missing shard 2" in strict.stderr
    (twins.folder / "away.db").rename(shard)


def test_ctrl_c_ends_a_statement_in_the_shell(twins: Twins) -> None:
    """The signal is sent when the statement is at work."""
    code = """
import os, signal, sys
import sqlclap.cli.query as query
real = query.hear_ctrl_c
def hear(connection):
    real(connection)
    connection.create_scalar_function("ready", lambda: os.kill(os.getpid(), signal.SIGINT))
query.hear_ctrl_c = hear
from sqlclap.cli import main
main(["shell", *sys.argv[1:]])
"""
    endless = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
        "SELECT count(CASE n WHEN 1000 THEN ready() END) FROM c;\n"
    )
    command = [sys.executable, "-c", code, str(twins.set.path), "--model", str(twins.bundle)]
    done = subprocess.run(command, input=endless, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
