"""The same question gets the same rows and scores through every client.

Each driver runs in a process of its own: two SQLites in one process must never open one file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sqlclap
from sqlclap.search.request import SearchOptions
from tests.support.fake_bundle import build_fake_bundle
from tests.support.patience import UNHURRIED
from tests.support.sounds import noise, tone, write_sound

ROOT = Path(__file__).parents[2]
TOLERANCE = 1e-6
K = 5

Rows = list[tuple[int, float]]

FROM_JSON = """
SELECT n.value ->> 'sample_id' AS sample_id, n.value ->> 'score' AS score
FROM json_each(clap_neighbors(clap_vector(3), 5, '{"without": 3}')) AS n
"""
PURE_SQL = """
SELECT e.sample_id, 1.0 - vec_distance_cosine(v.vector, q.vector) AS score
FROM embeddings AS e
JOIN vec_1 AS v ON v.embedding_id = e.embedding_id
JOIN embeddings AS asked ON asked.sample_id = 3 AND asked.window_index IS NULL
JOIN vec_1 AS q ON q.embedding_id = asked.embedding_id
WHERE e.window_index IS NULL AND e.sample_id <> 3
ORDER BY score DESC, e.sample_id
LIMIT 5
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a library of 40 sounds, its index, two newer sounds, and one gone."""
    folder = tmp_path_factory.mktemp("same")
    build_fake_bundle(folder / "model")
    for number in range(30):
        write_sound(folder / "sounds" / f"tone-{number:02}.wav", tone(80 + 35 * number))
    for seed in range(10):
        write_sound(folder / "sounds" / f"noise-{seed}.wav", noise(seed, seconds=0.9))
    with sqlclap.open(folder / "library.db", model=str(folder / "model")) as library:
        library.ingest([folder / "sounds"])
        library.index.build()
        for number in (1, 2):
            write_sound(folder / "sounds" / f"new-{number}.wav", tone(60 + number))
        (folder / "sounds" / "tone-07.wav").unlink()
        library.ingest([folder / "sounds"], sqlclap.IngestOptions(prune=True))
    return folder


def run(folder: Path, *command: str) -> str:
    environment = os.environ | {"SQLCLAP_MODEL": str(folder / "model"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def from_objects(text: str) -> Rows:
    return [(row["sample_id"], row["score"]) for row in json.loads(text)]


def by_python(folder: Path) -> Rows:
    with sqlclap.open(folder / "library.db", mode="read") as library:
        return [(match.sample_id, match.score) for match in library.similar(3, K)]


def by_python_exactly(folder: Path) -> Rows:
    with sqlclap.open(folder / "library.db", mode="read") as library:
        matches = library.similar(3, K, SearchOptions(exact=True))
        return [(match.sample_id, match.score) for match in matches]


def by_command_line(folder: Path) -> Rows:
    command = ("similar", str(folder / "library.db"), "3", "-n", str(K), "--json")
    return from_objects(run(folder, "-m", "sqlclap", *command))


def by_query_command(folder: Path) -> Rows:
    command = ("query", str(folder / "library.db"), FROM_JSON, "--json")
    return from_objects(run(folder, "-m", "sqlclap", *command))


def by_table(folder: Path) -> Rows:
    sql = "SELECT sample_id, score FROM clap_search(clap_vector(3), 5, '{\"without\": 3}')"
    command = ("query", str(folder / "library.db"), sql, "--json")
    return from_objects(run(folder, "-m", "sqlclap", *command))


def by_sqlite_utils(folder: Path) -> Rows:
    command = ("query", str(folder / "library.db"), FROM_JSON)
    return from_objects(run(folder, "-m", "sqlite_utils", *command))


def by_sqlite_utils_command(folder: Path) -> Rows:
    command = ("clap-similar", str(folder / "library.db"), "3", "-n", str(K), "--json")
    return from_objects(run(folder, "-m", "sqlite_utils", *command))


def by_datasette(folder: Path) -> Rows:
    from urllib.parse import urlencode

    page = "/library.json?" + urlencode({"sql": FROM_JSON, "_shape": "array"})
    command = (str(folder / "library.db"), *UNHURRIED, "--get", page)
    return from_objects(run(folder, "-m", "datasette", *command))


def in_driver(module: str, sql: str, prepare: str) -> Callable[[Path], Rows]:
    code = f"""
import json, sys
{module}
connection = {prepare}
from sqlclap.sqlfunctions.adapters import register_functions
register_functions(connection)
print(json.dumps([list(row) for row in connection.execute(sys.argv[2])]))
"""

    def ask(folder: Path) -> Rows:
        text = run(folder, "-c", code, str(folder / "library.db"), sql)
        return [(row[0], row[1]) for row in json.loads(text)]

    return ask


PYSQLITE3 = ("from pysqlite3 import dbapi2", "dbapi2.connect(sys.argv[1])")
APSW = ("import apsw", "apsw.Connection(sys.argv[1])")
CLIENTS: dict[str, Callable[[Path], Rows]] = {
    "python": by_python,
    "python, exactly": by_python_exactly,
    "command line": by_command_line,
    "sqlclap query": by_query_command,
    "table-valued": by_table,
    "sqlite-utils query": by_sqlite_utils,
    "sqlite-utils clap-similar": by_sqlite_utils_command,
    "datasette": by_datasette,
    "apsw": in_driver(APSW[0], FROM_JSON, APSW[1]),
    "apsw, pure SQL": in_driver(APSW[0], PURE_SQL, APSW[1]),
    "pysqlite3": in_driver(PYSQLITE3[0], FROM_JSON, PYSQLITE3[1]),
    "pysqlite3, pure SQL": in_driver(PYSQLITE3[0], PURE_SQL, PYSQLITE3[1]),
}


@pytest.fixture(scope="module")
def expected(scene: Path) -> Rows:
    return by_python_exactly(scene)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_same_rows_and_scores(client: Callable[[Path], Rows], scene: Path, expected: Rows) -> None:
    found = client(scene)
    assert [sample_id for sample_id, _ in found] == [sample_id for sample_id, _ in expected]
    assert [score for _, score in found] == pytest.approx(
        [score for _, score in expected], abs=TOLERANCE
    )
    assert len(found) == K


WORDS = "SELECT sample_id, score FROM clap_search('deep kick', 5)"
WORDS_FROM_JSON = FROM_JSON.replace("clap_vector(3)", "clap_text('deep kick')").replace(
    ", '{\"without\": 3}'", ""
)


def test_words_give_the_same_through_every_client(scene: Path) -> None:
    path = str(scene / "library.db")
    model = str(scene / "model")
    with sqlclap.open(path, model=model, mode="read") as library:
        wanted = [(match.sample_id, match.score) for match in library.search("deep kick", K)]
    command = ("search", path, "deep kick", "-n", str(K), "--json", "--model", model)
    answers = [
        from_objects(run(scene, "-m", "sqlclap", *command)),
        from_objects(run(scene, "-m", "sqlclap", "query", path, WORDS, "--json")),
        from_objects(run(scene, "-m", "sqlite_utils", "clap-search", *command[1:])),
        from_objects(run(scene, "-m", "sqlite_utils", "query", path, WORDS_FROM_JSON)),
        in_driver(PYSQLITE3[0], WORDS_FROM_JSON, PYSQLITE3[1])(scene),
    ]
    for found in answers:
        assert [row[0] for row in found] == [row[0] for row in wanted]
        assert [row[1] for row in found] == pytest.approx([row[1] for row in wanted], abs=TOLERANCE)


def by_page(scene: Path, limits: tuple[str, ...] = UNHURRIED, **parameters: str) -> str:
    from urllib.parse import urlencode

    page = "/library.json?" + urlencode(parameters | {"_shape": "array"})
    command = [sys.executable, "-m", "datasette", str(scene / "library.db"), *limits]
    environment = os.environ | {"SQLCLAP_MODEL": str(scene / "model"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--get", page], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_what_datasette_binds_as_text_are_numbers(scene: Path, expected: Rows) -> None:
    asked = FROM_JSON.replace("clap_vector(3), 5", "clap_vector(:id), :k")
    found = from_objects(by_page(scene, sql=asked, id="3", k="5"))
    assert [row[0] for row in found] == [row[0] for row in expected]


def test_datasettes_time_limit_is_told_as_such(scene: Path) -> None:
    """The statement has no end, so it is interrupted; where, within a function or not, differs."""
    asked = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
        "SELECT sum(length(clap_neighbors(clap_vector(1), 3))) FROM c"
    )
    told = by_page(scene, ("--setting", "sql_time_limit_ms", "60"), sql=asked)
    assert "SQL query took too long" in told
