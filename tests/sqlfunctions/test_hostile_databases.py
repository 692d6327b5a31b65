"""The SQL functions on a database that is no library, is damaged, or of another version."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pysqlite3
import pytest

import sqlclap
from sqlclap.sqlfunctions.adapters import FunctionWarning, register_functions
from sqlclap.sqlfunctions.spec import Spec
from sqlclap.sqlfunctions.specs import SPECS
from tests.support.hostile_files import (
    Maker,
    empty,
    foreign,
    foreign_records,
    newer,
    pages_overwritten,
    random_bytes,
    tables_overwritten,
    truncated,
)

WORDS: list[tuple[Maker, str]] = [
    (empty, "expected a sqlclap library to be open"),
    (foreign, "expected a sqlclap library to be open"),
    (foreign_records, "expected a sqlclap library to be open"),
    (newer, "upgrade with"),
    (random_bytes, "file is not a database"),
    (truncated, "database disk image is malformed"),
    (pages_overwritten, "database disk image is malformed"),
    (tables_overwritten, "database disk image is malformed"),
]
OF_VALUES_ALONE = {
    "clap_centroid",
    "clap_last_error",
    "clap_mean_topk",
    "clap_similarity",
    "vec_normalize",
}
"""Functions that ask no library anything."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """A library that is whole."""
    path = tmp_path_factory.mktemp("whole") / "sounds.db"
    with sqlclap.open(path, model=str(fake_bundle)):
        return path


def asking(driver: Any) -> Iterator[Spec]:
    """Return the functions of a driver that need a library."""
    for spec in SPECS:
        if spec.name not in OF_VALUES_ALONE and (driver is apsw or spec.kind != "table"):
            yield spec


def call(connection: Any, spec: Spec) -> str:
    """Call a function with ones, and return what the error says, in all."""
    marks = ", ".join("1" * spec.arities[0])
    what = "* FROM" if spec.kind == "table" else ""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(Exception, match=r".") as raised:
            connection.execute(f"SELECT {what} {spec.name}({marks})").fetchall()
    words = [str(one.message) for one in told if one.category is FunctionWarning]
    return " ".join([str(raised.value), *words])


@pytest.mark.parametrize("case", WORDS, ids=lambda case: case[0].__name__)
@pytest.mark.parametrize("driver", [apsw, pysqlite3], ids=["apsw", "pysqlite3"])
def test_functions_say_what_they_were_given(
    driver: Any, case: tuple[Maker, str], whole: Path, tmp_path: Path
) -> None:
    make, words = case
    path = tmp_path / "sounds.db"
    make(path, whole)
    before = path.read_bytes()
    connect = apsw.Connection if driver is apsw else pysqlite3.connect
    with closing(connect(str(path))) as connection:
        register_functions(connection)
        tried = 0
        for spec in asking(driver):
            said = call(connection, spec)
            assert words in said or _refused_by_its_values(said), f"{spec.name}: {said}"
            assert "\n" not in said
            tried += words in said
        assert tried > 5
    assert path.read_bytes() == before


def _refused_by_its_values(said: str) -> bool:
    """Whether a function looked at its values first."""
    return "expected" in said and "library to be open" not in said
