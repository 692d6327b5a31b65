"""Why a function failed, on drivers that keep it to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from pysqlite3 import dbapi2

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.sqlfunctions.adapters import register_functions
from sqlclap.sqlfunctions.failures import function_errors

pytestmark = pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
WRONG = "SELECT clap_similarity('no', 'vector')"
WHY = "clap_similarity: expected a to be a vector"


@pytest.fixture
def plain() -> Iterator[Any]:
    """Return a connection of pysqlite3, in memory."""
    opened = dbapi2.connect(":memory:")
    register_functions(opened)
    yield opened
    opened.close()


def test_errors_get_the_words_and_keep_their_kind(plain: Any) -> None:
    with pytest.raises(dbapi2.OperationalError, match=WHY) as raised, function_errors():
        plain.execute(WRONG).fetchall()
    assert isinstance(raised.value.__cause__, QueryError)
    aggregate = "SELECT clap_mean_topk(1, 'many')"
    with pytest.raises(dbapi2.OperationalError, match="expected k to be"), function_errors():
        plain.execute(aggregate).fetchall()


def test_other_errors_are_left_alone(plain: Any) -> None:
    plain.create_function("theirs", 0, lambda: 1 / 0)
    with pytest.raises(dbapi2.OperationalError), function_errors():
        plain.execute(WRONG)
    for query, said in (
        ("SELECT theirs()", "user-defined function raised exception"),
        ("SELECT no_such", "no such column"),
    ):
        with pytest.raises(dbapi2.OperationalError, match=said), function_errors():
            plain.execute(query)


def test_the_last_error_can_be_asked_for(plain: Any) -> None:
    asked = "SELECT clap_last_error()"
    assert plain.execute(asked).fetchone() == (None,)
    with pytest.raises(dbapi2.OperationalError, match="user-defined function"):
        plain.execute(WRONG)
    assert WHY in plain.execute(asked).fetchone()[0]
    other = dbapi2.connect(":memory:")
    register_functions(other, files=False)
    with pytest.raises(dbapi2.OperationalError, match="no such function"):
        other.execute(asked)
    other.close()


def test_the_last_error_on_apsw() -> None:
    connection = apsw.Connection(":memory:")
    register_functions(connection)
    with pytest.raises(QueryError, match=WHY):
        connection.execute(WRONG)
    assert WHY in str(connection.execute("SELECT clap_last_error()").get)


def test_what_a_filter_raises_is_told(filled: sqlclap.Library, fake_bundle: Path) -> None:
    opened = dbapi2.connect(str(filled.path))
    register_functions(opened, model=str(fake_bundle))
    where = """SELECT clap_neighbors(clap_vector(1), 3, '{"where": "clap_score(''x'', 1) > 0"}')"""
    with pytest.raises(dbapi2.OperationalError, match="no label 'x'"), function_errors():
        opened.execute(where).fetchall()
    opened.close()
