"""``sqlclap query``, ``sqlclap shell``, and the options that narrow a search."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sqlclap
from tests.cli.running import fail, rows_of, run, succeed


@pytest.fixture
def path(filled: sqlclap.Library, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQLCLAP_MODEL", str(fake_bundle))
    return filled.path


def test_query_formats_and_parameters(path: Path) -> None:
    sql = "SELECT sample_id, path FROM samples WHERE path LIKE :p ORDER BY 1 LIMIT :n"
    rows = rows_of("query", path, sql, "-p", "p", "%110%", "-p", "n", "3")
    assert rows == [{"sample_id": 3, "path": "tones/tone-110.wav"}]
    assert succeed("query", path, "SELECT 1 AS one, NULL AS no", "--csv") == "one,no\n1,\n"
    assert succeed("query", path, "SELECT 1 AS one WHERE 0", "--csv") == "one\n"
    assert succeed("query", path, "-", "--nl", stdin=b"SELECT 2 AS two") == '{"two": 2}\n'
    assert "one" in succeed("query", path, "SELECT 1 AS one")
    assert rows_of("query", path, "SELECT x'0aff' AS b") == [{"b": "0aff"}]


def test_columns_of_one_name_are_all_printed(path: Path) -> None:
    pairs = (
        "SELECT a.path, b.path FROM samples AS a JOIN samples AS b "
        "ON b.sample_id = a.sample_id + 1 ORDER BY a.sample_id LIMIT 1"
    )
    first, second = (row["path"] for row in rows_of("query", path, "SELECT path FROM samples")[:2])
    assert rows_of("query", path, pairs) == [{"path": first, "path:1": second}]
    assert succeed("query", path, pairs, "--csv") == f"path,path:1\n{first},{second}\n"
    heading, _, cells = succeed("query", path, pairs).splitlines()
    assert (heading.split(), cells.split()) == (["path", "path:1"], [first, second])
    taken = "SELECT 1 AS a, 2 AS a, 3 AS [a:1], 4 AS a"
    assert rows_of("query", path, taken) == [{"a": 1, "a:2": 2, "a:1": 3, "a:3": 4}]
    assert succeed("query", path, "SELECT 1 AS a, 2 AS a WHERE 0", "--csv") == "a,a:1\n"


def test_comments_may_follow_a_statement(path: Path) -> None:
    assert rows_of("query", path, "/* a */ SELECT 1 AS one; -- b\n ; /* c */") == [{"one": 1}]
    for two in ("SELECT 1; SELECT 2", "SELECT 1; -- and\nSELECT 2", "SELECT 1; /* */ x"):
        assert "expected one statement" in fail("query", path, two)


def test_a_text_that_is_no_utf8_is_one_line(path: Path) -> None:
    told = fail("query", path, "SELECT CAST(x'ff41' AS TEXT)")
    assert r"a text that is no UTF-8, '\xffA': take it as a BLOB, CAST(x AS BLOB)" in told


def test_query_knows_the_functions(path: Path) -> None:
    rows = rows_of("query", path, "SELECT rank, path FROM clap_search(:w, 2)", "-p", "w", "kick")
    assert [row["rank"] for row in rows] == [1, 2]


def test_query_only_reads_one_statement(path: Path) -> None:
    assert "expected one statement" in fail("query", path, "SELECT 1; DELETE FROM samples")
    for empty in ("", "  -- nothing"):
        assert "expected a statement, got none" in fail("query", path, empty)
    assert "query only reads" in fail("query", path, "DELETE FROM samples")
    assert "no such table: gone" in fail("query", path, "SELECT * FROM gone")
    assert "expected k to be an integer" in fail(
        "query", path, "SELECT clap_neighbors(clap_vector(1), 0)"
    )


def test_parameters_and_values_belong_together(path: Path) -> None:
    assert "no value for :y: give -p y VALUE" in fail(
        "query", path, "SELECT :x, :y", "-p", "x", "1"
    )
    unused = fail("query", path, "SELECT :x", "-p", "x", "1", "-p", "z", "2")
    assert "no parameter :z in the statement; it has :x" in unused
    assert "it has none" in fail("query", path, "SELECT 1", "-p", "z", "2")
    assert "expected parameters with names" in fail("query", path, "SELECT ?")


def test_what_a_parameter_becomes(path: Path) -> None:
    given = {"a": "5", "b": "1.50", "c": "007", "d": "1_0", "e": "nan", "f": "\u0665", "g": "1e3"}
    asked = "SELECT " + ", ".join(f":{name} AS {name}" for name in given)
    options = [part for name, value in given.items() for part in ("-p", name, value)]
    (row,) = rows_of("query", path, asked, *options)
    assert row == given | {"a": 5, "b": 1.5, "g": 1000.0}
    for words in ("808", "kick"):
        asked = "SELECT path FROM clap_search(:w, :k)"
        assert len(rows_of("query", path, asked, "-p", "w", words, "-p", "k", "2")) == 2


def test_numbers_in_csv_and_json(path: Path) -> None:
    asked = "SELECT 9e999 AS i, 1e20 AS f, 0.1 AS g, 1.0 AS h, 1 = 1 AS t"
    assert succeed("query", path, asked, "--csv") == "i,f,g,h,t\nInf,1e+20,0.1,1.0,1\n"
    assert rows_of("query", path, asked)[0]["i"] == "Inf"
    weak = succeed("similar", path, "1", "--tsv").splitlines()
    assert {"True", "False"}.isdisjoint("\t".join(weak).split("\t"))


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT {} FROM c"


@pytest.mark.parametrize("output", ["--table", "--json", "--nl", "--csv", "--tsv"])
def test_a_reader_that_has_enough_is_no_error(path: Path, output: str) -> None:
    asked = ENDLESS.format("n, 'a row of some length'") + " LIMIT 9999"
    command = f"'{sys.executable}' -m sqlclap query '{path}' \"{asked}\" {output}"
    shell = ["bash", "-c", f"{command} | head -c 9; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("asked", ["query '{}' 'SELECT 1' --csv", "info '{}'", "search --help"])
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_output_that_goes_nowhere_is_one_line(path: Path, asked: str, redirection: str) -> None:
    command = f"'{sys.executable}' -m sqlclap {asked.format(path)} {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: standard output can't be written: ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_ends_a_statement(path: Path) -> None:
    """The signal is sent when the statement is at work: it first tells of it on standard error."""
    code = """
import os, signal, sys
import sqlclap.cli.query as query
real = query.hear_ctrl_c
def hear(connection):
    real(connection)
    connection.create_scalar_function("ready", lambda: os.kill(os.getpid(), signal.SIGINT))
query.hear_ctrl_c = hear
from sqlclap.cli import main
main(["query", *sys.argv[1:]])
"""
    asked = ENDLESS.format("count(CASE n WHEN 1000 THEN ready() END)")
    command = [sys.executable, "-c", code, str(path), asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_shell_runs_statements(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sqlclap", "shell", str(path)],
        input="SELECT count(*) FROM samples;\nSELECT clap_explain(clap_vector(1), 2) > '';",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["6", "1"]


def test_narrowed_searches(path: Path, fake_bundle: Path) -> None:
    def found(*options: str) -> list[int]:
        return [row["sample_id"] for row in rows_of("similar", path, "3", *options)]

    assert set(found("--folder", "noises")) == {1, 2}
    assert found("--where", "path LIKE :p", "-p", "p", "%880%") == [6]
    assert found("--min-length", "1") == []
    assert len(found("--max-length", "1")) == 5
    assert found("--offset", "1") == found()[1:]
    assert found("--exact") == found()
    best = rows_of("similar", path, "3")[0]["score"]
    assert len(found("--min-score", str(best - 1e-6))) == 1
    model = ("--model", str(fake_bundle))
    words = rows_of("search", path, "kick", "--where", "sample_id > 4", *model)
    assert {row["sample_id"] for row in words} == {5, 6}


def test_searches_among_what_has_a_label(path: Path) -> None:
    with sqlclap.open(path) as library:
        library.labels.add("noisy")
        library.labels.add_anchors("noisy", [1])
        library.labels.add_anchors("noisy", [4], polarity="negative")
        library.connection.execute(
            "INSERT INTO tag_runs (label_id, model_id, params, tagged) VALUES (1, 1, '{}', 1)"
        )
        library.connection.execute(
            "INSERT INTO tags (sample_id, label_id, run_id, score, confidence)"
            " VALUES (2, 1, 1, 0.9, 'high')"
        )
    rows = rows_of("similar", path, "3", "--label", "noisy")
    assert {row["sample_id"] for row in rows} == {1, 2}
    assert "no label 'unheard of': the library has: noisy" in fail(
        "similar", path, "3", "--label", "unheard of"
    )


def test_explain_tells_the_path_on_standard_error(path: Path) -> None:
    ended = run("similar", path, "3", "--explain", "--json")
    assert ended.stderr.startswith("exact: no index was built")
    succeed("index", "build", path)
    explained = run("similar", path, "3", "--explain").stderr
    assert explained.startswith("graph: there is an index")
    assert "; ef_search 64; " in explained


def test_a_bad_filter_is_one_line(path: Path) -> None:
    assert "the filter can't be used: no such column: lenght" in fail(
        "similar", path, "3", "--where", "lenght > 1"
    )
    assert "expected one SQL expression" in fail("similar", path, "3", "--where", "1; SELECT 2")
    assert "expected an offset of at least 0" in fail("similar", path, "3", "--offset", "-1")
