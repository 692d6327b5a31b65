"""Datasette says why a SQL function failed, and not where files lie."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from datasette.database import Database
from datasette.utils.sqlite import sqlite3

from tests.page.visiting import Site

HIDDEN = "user-defined"
WRONG = [
    ("SELECT clap_score('nobody', 1)", "no label 'nobody'"),
    ("SELECT clap_neighbors(clap_vector(1), 0)", "expected k to be"),
    ("SELECT clap_similarity('x', 'y')", "expected a to be a vector"),
    ("SELECT clap_mean_topk(score, 'many') FROM (SELECT 1 AS score)", "expected k to be"),
    (
        """SELECT clap_neighbors(clap_vector(1), 3, '{"where": "clap_score(''x'', 1) > 0"}')""",
        "no label 'x'",
    ),
    ("SELECT path FROM samples WHERE clap_gap('nobody', sample_id) > 0", "no label 'nobody'"),
]


def ask(site: Site, query: str, form: str = "") -> Any:
    address = "/sounds/-/query" if hasattr(site.datasette, "allowed") else "/sounds"
    return site.local.get(f"{address}{form}", params={"sql": query})


@pytest.mark.parametrize(("query", "why"), WRONG, ids=range(len(WRONG)))
@pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
def test_the_page_and_json_say_why(site: Site, library: Path, query: str, why: str) -> None:
    for form in ("", ".json"):
        answer = ask(site, query, form)
        told = unescape(answer.text) if not form else answer.json()["error"]
        assert why in told
        assert HIDDEN not in told
        assert str(library.parent) not in told


@pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
def test_one_failure_is_never_told_of_another(site: Site) -> None:
    assert "no label" in ask(site, "SELECT clap_score('nobody', 1)", ".json").json()["error"]
    told = ask(site, "SELECT no_such_function(1)", ".json").json()["error"]
    assert told == "no such function: no_such_function"
    assert ask(site, "SELECT 1 AS one", ".json").json()["rows"]


@pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
def test_statements_that_write_and_databases_added_later(
    site: Site, library: Path, tmp_path: Path
) -> None:
    database = site.datasette.get_database("sounds")
    wrong = "UPDATE labels SET notes = clap_score('nobody', 1)"
    site.local.post("api/labels", {"name": "x"})
    with pytest.raises(sqlite3.OperationalError, match="no label 'nobody'") as raised:
        site.run(database.execute_write(wrong))
    assert type(raised.value.__cause__).__name__ == "UnknownLabelError"
    with sqlite3.connect(tmp_path / "later.db") as plain:
        plain.execute("CREATE TABLE t (x)")
    later = Database(site.datasette, path=str(tmp_path / "later.db"))
    site.datasette.add_database(later)
    site.run(later.execute("SELECT 1"))
    with pytest.raises(sqlite3.OperationalError, match="expected a to be a vector"):
        site.run(later.execute("SELECT clap_similarity('x', 'y')"))


def test_paths_stay_hidden(site: Site, library: Path, open_site: Callable[..., Site]) -> None:
    from datasette_sqlclap.own_output import without_paths

    root = f"{library.parent}/sounds"
    with sqlite3.connect(library) as connection:
        connection.execute("UPDATE sources SET root = ?", (root,))
        said = sqlite3.OperationalError(f"no sample 5 in {library}: {root}/a.wav is gone")
        told = without_paths(said, site.datasette.get_database("sounds"), connection)
    assert str(told) == "no sample 5 in sounds: a.wav is gone"
    assert type(told) is sqlite3.OperationalError
    functions = "SELECT count(*) FROM pragma_function_list WHERE name = 'clap_last_error'"
    assert ask(site, functions, ".json").json()["rows"][0] in ([0], {"count(*)": 0})
