"""What each function gives, and what it says when it is asked wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from pysqlite3 import dbapi2

import sqlclap
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import NoExtensionsError, QueryError
from sqlclap.sqlfunctions.adapters import (
    FunctionWarning,
    register_functions,
    register_where_possible,
)
from sqlclap.sqlfunctions.specs import SPECS

HEAVY = {"faiss", "onnxruntime", "soundfile", "tokenizers"}


@pytest.fixture
def connection(filled: sqlclap.Library, fake_bundle: Path) -> Iterator[apsw.Connection]:
    """Return a plain connection to the library of six sounds, with the functions."""
    opened = apsw.Connection(str(filled.path))
    load_sqlite_vec(opened)
    register_functions(opened, model=str(fake_bundle))
    yield opened
    opened.close()


@pytest.fixture
def plain() -> Iterator[Any]:
    """Return a connection of pysqlite3, in memory."""
    opened = dbapi2.connect(":memory:")
    register_functions(opened)
    yield opened
    opened.close()


def one(connection: Any, sql: str, *bindings: object) -> Any:
    return connection.execute(sql, bindings).fetchone()[0]


def unit(*numbers: float) -> bytes:
    vector = np.array(numbers, dtype=np.float32)
    return (vector / np.linalg.norm(vector)).tobytes()


def test_all_that_is_promised_is_there(connection: apsw.Connection) -> None:
    names = {row[0] for row in connection.execute("SELECT name FROM pragma_function_list")}
    modules = {row[0] for row in connection.execute("SELECT name FROM pragma_module_list")}
    for spec in SPECS:
        assert spec.name in (modules if spec.kind == "table" else names)


def test_files_are_out_of_reach_where_the_host_says_so() -> None:
    opened = apsw.Connection(":memory:")
    register_functions(opened, files=False)
    with pytest.raises(apsw.SQLError, match="no such function: clap_audio_file"):
        opened.execute("SELECT clap_audio_file('/etc/passwd')")


def test_a_view_can_not_read_files(connection: apsw.Connection) -> None:
    connection.execute("CREATE VIEW trap AS SELECT clap_audio_file('/etc/passwd')")
    with pytest.raises(apsw.SQLError, match="unsafe use of clap_audio_file"):
        connection.execute("SELECT * FROM trap").fetchall()


def test_registering_loads_nothing_heavy() -> None:
    code = """
import sys
from pysqlite3 import dbapi2
from sqlclap.sqlfunctions.adapters import register_functions
register_functions(dbapi2.connect(":memory:"))
print(",".join(sys.modules))
"""
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert HEAVY.isdisjoint(loaded.strip().split(","))


def test_vectors_of_words_sounds_and_samples(connection: apsw.Connection, sounds: Path) -> None:
    file = sounds / "tones" / "tone-220.wav"
    its = "SELECT clap_vector(sample_id) FROM samples WHERE path = 'tones/tone-220.wav'"
    stored = one(connection, its)
    from_file = one(connection, "SELECT clap_audio_file(?)", str(file))
    from_bytes = one(connection, "SELECT clap_audio(?)", file.read_bytes())
    assert from_file == from_bytes
    assert one(connection, "SELECT clap_similarity(?, ?)", stored, from_file) > 0.999999
    words = np.frombuffer(one(connection, "SELECT clap_text('deep kick')"), "<f4")
    assert np.linalg.norm(words) == pytest.approx(1, abs=1e-3)


def test_nothing_gives_nothing(connection: apsw.Connection) -> None:
    for sql in (
        "SELECT clap_vector(NULL)",
        "SELECT clap_vector(999)",
        "SELECT clap_similarity(NULL, x'00')",
        "SELECT clap_centroid(NULL)",
        "SELECT clap_mean_topk(NULL, 3)",
        "SELECT clap_mean_topk(value, 3) FROM json_each('[]')",
    ):
        assert one(connection, sql) is None, sql


def test_similarity_is_the_cosine(plain: Any) -> None:
    ask = "SELECT clap_similarity(?, ?)"
    assert one(plain, ask, unit(1, 0), unit(1, 1)) == pytest.approx(np.sqrt(0.5), abs=1e-7)
    assert one(plain, ask, "[3, 0]", "[0.5, 0]") == pytest.approx(1)
    assert one(plain, ask, unit(1, 0), unit(-1, 0)) == pytest.approx(-1)


def test_aggregates(plain: Any) -> None:
    mean = "SELECT clap_mean_topk(value, ?) FROM json_each('[0.1, 0.9, null, 0.7]')"
    assert [one(plain, mean, k) for k in (1, 2, 3, 9)] == pytest.approx(
        [0.9, 0.8, 1.7 / 3, 1.7 / 3]
    )
    plain.execute("CREATE TABLE v (vector)")
    plain.executemany("INSERT INTO v VALUES (?)", [(unit(1, 0),), (unit(0, 1),), (None,)])
    centre = one(plain, "SELECT clap_centroid(vector) FROM v")
    assert np.frombuffer(centre, "<f4") == pytest.approx([np.sqrt(0.5)] * 2)


def test_neighbours_with_options(connection: apsw.Connection) -> None:
    def ids(options: object) -> list[int]:
        text = one(connection, "SELECT clap_neighbors(clap_vector(1), 4, ?)", options)
        return [entry["sample_id"] for entry in json.loads(text)]

    everyone = ids(None)
    assert everyone[0] == 1
    assert ids('{"without": 1}')[0] == everyone[1]
    assert ids('{"offset": 1}')[:3] == everyone[1:]
    assert ids('{"exact": true}') == everyone
    assert ids('{"where": "sample_id = :n", "params": {"n": 5}}') == [5]
    assert set(ids('{"folder": "noises"}')) == {1, 2}
    assert ids('{"min_score": 0.99999}') == [1]
    rows = json.loads(
        one(connection, "SELECT clap_neighbors(clap_vector(1), 2, '{\"offset\": 1}')")
    )
    assert [row["rank"] for row in rows] == [2, 3]


def test_the_table_takes_words_or_a_vector(connection: apsw.Connection) -> None:
    words = connection.execute("SELECT rank, path FROM clap_search('deep kick', 3)").fetchall()
    assert [rank for rank, _ in words] == [1, 2, 3]
    same = connection.execute("SELECT rank, path FROM clap_search(clap_text('deep kick'), 3)")
    assert same.fetchall() == words
    assert len(connection.execute("SELECT * FROM clap_search('kick')").fetchall()) == 6


WRONG = [
    ("clap_text(x'00')", "clap_text: expected text to be text, got a BLOB of 1 bytes"),
    ("clap_text('  ')", "expected words to search for"),
    ("clap_audio('x')", "clap_audio: expected blob to be a BLOB, got the text 'x'"),
    ("clap_audio(x'00')", "."),
    ("clap_audio_file('nowhere.wav')", "expected path to be a file, got the text 'nowhere.wav'"),
    ("clap_vector('one')", "clap_vector: expected sample_id to be an integer"),
    ("clap_similarity(1, 2)", "expected a to be a vector .* got the integer '1'"),
    ("clap_similarity(x'00', x'00')", "expected a to be a vector .* got a BLOB of 1 bytes"),
    ("clap_similarity('[1]', '[1, 2]')", "vectors of one length, got 1 and 2 floats"),
    ("clap_neighbors(clap_vector(1), 0)", "k to be an integer of at least 1, got the integer '0'"),
    ("clap_neighbors(clap_vector(1), 2.5)", "k to be an integer of at least 1, got the number"),
    ("clap_neighbors(clap_vector(1), 2, 'x')", "options to be a JSON object, got the text 'x'"),
    ("clap_neighbors(clap_vector(1), 2, '[]')", "options to be a JSON object"),
    ("clap_neighbors(clap_vector(1), 2, '{\"were\": 1}')", "expected options among where, .*were"),
    (
        "clap_neighbors(clap_vector(1), 2, '{\"where\": 1}')",
        "expected where to be text, got the integer '1'",
    ),
    ("clap_neighbors('[1, 2]', 2)", "expected a vector of 16 floats, got shape"),
    ("clap_neighbors('[0, 0]', 2)", "expected a vector with a direction, got zeros"),
    ("clap_mean_topk(1, 0)", "expected k to be an integer of at least 1"),
    ("clap_mean_topk('a', 1)", "expected value to be a number, got the text 'a'"),
    ("clap_centroid(7)", "expected vector to be a vector"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[call for call, _ in WRONG])
def test_wrong_arguments_say_what_was_expected_and_what_came(
    connection: apsw.Connection, call: str, message: str
) -> None:
    with pytest.raises(sqlclap.SqlclapError, match=message):
        connection.execute(f"SELECT {call}").fetchall()


def test_sqlite3_tells_as_a_warning_what_it_keeps_to_itself(plain: Any) -> None:
    with (
        pytest.warns(FunctionWarning, match="expected a to be a vector"),
        pytest.raises(dbapi2.OperationalError, match="raised exception"),
    ):
        plain.execute("SELECT clap_similarity(1, 2)").fetchall()
    with (
        pytest.warns(FunctionWarning, match="expected a sqlclap library"),
        pytest.raises(dbapi2.OperationalError),
    ):
        plain.execute("SELECT clap_vector(1)").fetchall()


def test_what_is_no_connection_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a connection of apsw, sqlite3 or pysqlite3"):
        register_functions("sounds.db")


def test_a_closed_connection_is_told(tmp_path: Path) -> None:
    opened = apsw.Connection(str(tmp_path / "x.db"))
    register_functions(opened)
    with pytest.raises((QueryError, apsw.SQLError)):
        opened.execute("SELECT clap_vector(1)").fetchall()


class NoExtensions:
    """A connection of a Python that was built without loading of extensions."""

    def __init__(self) -> None:
        self.inner = dbapi2.connect(":memory:")

    def __getattr__(self, name: str) -> Any:
        if name == "enable_load_extension":
            raise AttributeError(name)
        return getattr(self.inner, name)


def test_a_driver_without_extensions_is_told_what_to_do() -> None:
    with pytest.raises(NoExtensionsError, match=r"can't load extensions.*`sqlclap query` or apsw"):
        register_functions(NoExtensions())


def test_a_plugin_leaves_other_databases_alone_then() -> None:
    connection = NoExtensions()
    with pytest.warns(FunctionWarning, match="functions are missing: .*pysqlite3-binary"):
        register_where_possible(connection)
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_numbers_may_come_as_text(connection: apsw.Connection) -> None:
    asked = "SELECT clap_neighbors(clap_vector(?), ?, ?)"
    wanted = one(connection, asked, 5, 3, '{"offset": 1, "min_length": 0.1}')
    for sample_id, k in (("5", "3"), ("5.0", "3e0"), (5.0, 3.0), (" +5 ", "3")):
        options = json.dumps({"offset": "1", "min_length": "0.1"})
        assert one(connection, asked, sample_id, k, options) == wanted
    for wrong in ("0x5", "5.5", 5.5, "\u0665", "1_0", "", "nan", "9" * 30):
        with pytest.raises(QueryError, match="expected sample_id to be an integer"):
            one(connection, "SELECT clap_vector(?)", wrong)


def test_a_label_that_is_named_as_a_number(filled: sqlclap.Library) -> None:
    for name in ("5", "7"):
        filled.labels.add(name)
        filled.labels.add_anchors(name, [int(name) - 4])
    register_functions(filled.connection)
    score = one(filled.connection, "SELECT clap_score('5', '3')")
    assert score is not None
    assert one(filled.connection, "SELECT clap_score(5, 3.0)") == score
    assert one(filled.connection, "SELECT clap_rival('5', '3')") == "7"
    with pytest.raises(sqlclap.SqlclapError, match=r"5\.0"):
        one(filled.connection, "SELECT clap_score('5.0', 3)")


def test_null_for_any_argument_but_options_is_null(connection: apsw.Connection) -> None:
    for spec in SPECS:
        required = spec.arities.start
        for position in range(required):
            values = ["NULL" if at == position else "1" for at in range(required)]
            ask = f"{spec.name}({', '.join(values)})"
            if spec.kind == "table":
                assert connection.execute(f"SELECT * FROM {ask}").fetchall() == []  # noqa: S608
            else:
                assert one(connection, f"SELECT {ask}") is None, ask
    assert connection.execute("SELECT * FROM clap_search('kick', NULL)").fetchall() == []
    assert len(connection.execute("SELECT * FROM clap_search('kick', 2, NULL)").fetchall()) == 2
    with pytest.raises(QueryError, match="expected query; call clap_search"):
        connection.execute("SELECT * FROM clap_search").fetchall()


def test_a_filter_can_not_read_files_for_a_view(connection: apsw.Connection) -> None:
    options = json.dumps({"where": "clap_audio_file('/etc/passwd') IS NULL"})
    with pytest.raises(QueryError, match="clap_audio_file can't be used in where"):
        one(connection, "SELECT clap_neighbors(clap_vector(1), 2, ?)", options)


def test_what_only_works_out_numbers_is_safe_in_any_view(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("CREATE TEMP VIEW sums AS SELECT clap_similarity('[1, 0]', '[1, 0]') AS s")
    connection.execute("CREATE VIEW kept AS SELECT clap_similarity('[1, 0]', '[1, 0]') AS s")
    assert one(connection, "SELECT s FROM kept") == pytest.approx(1)
    connection.execute("CREATE VIEW asking AS SELECT clap_vector(1) AS v")
    with pytest.raises(apsw.SQLError, match="unsafe use of clap_vector"):
        connection.execute("SELECT * FROM asking").fetchall()


def test_an_interrupted_statement_says_so(filled: sqlclap.Library, fake_bundle: Path) -> None:
    """On pysqlite3, in a process of its own; the inner query of a function is interrupted."""
    filled.close()
    code = """
import sys
from pysqlite3 import dbapi2
from sqlclap.sqlfunctions.adapters import register_functions
for ask in ("{}", '{"where": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) '
            'SELECT count(*) FROM c) > 0"}'):
    connection = dbapi2.connect(sys.argv[1])
    register_functions(connection, sys.argv[2], reading=True)
    connection.execute("SELECT clap_neighbors(clap_vector(1), 1)").fetchone()
    looks = iter([0] * 3)
    connection.set_progress_handler(lambda: next(looks, 1), 200)
    try:
        found = connection.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 999)"
            "SELECT clap_neighbors(clap_vector(1), 3, ?) FROM c", [ask]).fetchall()
    except dbapi2.OperationalError as error:
        print(error)
    else:
        print(found)
"""
    command = [sys.executable, "-c", code, str(filled.path), str(fake_bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["interrupted"] * 2, done.stderr
