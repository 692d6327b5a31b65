"""Datasette's own CSV of a library: no cell acts, all else is as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.own_output import GuardedRows

import sqlclap
from tests.page.visiting import Site

FORMULA = '=HYPERLINK("http://x","y")\nand "more"'
CELLS = [FORMULA, "@SUM(A1)", "+1", "-2.5e3", "a, b", 'say "hi"', "two\nlines", "caf\u00e9", ""]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def named(library: Path, open_site: Callable[..., Site]) -> Site:
    """The site, over a library in which names are formulas."""
    with sqlclap.open(library) as opened:
        for number, cell in enumerate(CELLS, start=1):
            opened.connection.execute(
                "UPDATE samples SET path = ? WHERE sample_id = ?", (cell, number)
            )
    return open_site(library)


@pytest.mark.parametrize(
    "address",
    [
        "/sounds/samples.csv?_col=path&_size=max&_sort=sample_id",
        "/sounds/samples.csv?_col=path&_stream=on&_sort=sample_id",
    ],
)
def test_cells_of_tables_do_not_act(named: Site, address: str) -> None:
    text = named.anyone.get(address).text
    rows = csv.DictReader(io.StringIO(text, newline=""))
    told = {int(row["sample_id"]): row["path"] for row in rows}
    for number, cell in enumerate(CELLS, start=1):
        acts = cell.startswith(("=", "@"))
        assert told[number] == (f"'{cell}" if acts else cell)


def test_cells_of_queries_do_not_act(named: Site) -> None:
    answer = named.anyone.get("/sounds/sqlclap_unlabelled.csv")
    cells = {cell for row in rows_of(answer.text) for cell in row}
    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells
    assert answer.headers["content-type"].startswith("text/")


def test_what_is_no_library_and_what_is_no_csv_is_left_alone(
    library: Path, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t AS SELECT '=1+1' AS x")
    site = open_site(library, tmp_path / "other.db")
    assert rows_of(site.anyone.get("/other/t.csv").text)[1][-1] == "=1+1"
    assert site.anyone.get("/sounds/nothing.csv").status_code == 404
    assert site.anyone.get("/sounds/samples.json").json()["rows"]


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_rows_come_whole_however_the_pieces_fall(size: int) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([[cell, "x"] for cell in CELLS])
    sent, rows = written.getvalue().encode(), GuardedRows()
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    ends = [False] * (len(pieces) - 1) + [True]
    told = b"".join(map(rows.take, pieces, ends)).decode()
    expected = [f"'{cell}" if cell.startswith(("=", "@")) else cell for cell in CELLS]
    assert [row[0] for row in rows_of(told)] == expected
