"""The table of descriptors: said once, and all surfaces follow from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap import descriptor_columns
from sqlclap.audio.descriptors import DescriptorMeter
from sqlclap.db import library_file, migrations, statements
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.samples import Sample, sample_by_id
from sqlclap.db.schema import wrong_objects
from sqlclap.db.statements import columns_statement, migration_scripts
from sqlclap.descriptor_columns import (
    COLUMNS,
    NAMES,
    DescriptorColumn,
    Descriptors,
    column_migrations,
    columns_table,
)
from sqlclap.errors import LibraryError, MigrationError, SchemaWarning
from tests.cli.running import rows_of, succeed
from tests.support.sounds import RATE, loop, noise, tone, write_sound
from tests.test_architecture import REPOSITORY

NEWEST = COLUMNS[-1]


def measure(sound: np.ndarray) -> Descriptors:
    meter = DescriptorMeter(RATE)
    meter.update_channels(sound[:, None])
    meter.update(sound)
    return meter.finish()


WRITTEN = ("answers.ts",)
"""Files that a script writes from the declarations."""


def product_files() -> Iterator[Path]:
    for folder in ("sqlclap", "sql", "datasette_plugins/datasette_sqlclap", "sqlclap_export"):
        for path in (REPOSITORY / folder).rglob("*"):
            fits = path.suffix in (".py", ".sql", ".ts", ".html") and path.name not in WRITTEN
            if fits and "node_modules" not in path.parts:
                yield path


def test_a_new_descriptor_is_named_in_its_declaration_and_its_meter_alone() -> None:
    naming = {
        path.relative_to(REPOSITORY).as_posix()
        for path in product_files()
        if NEWEST.name in path.read_text(encoding="utf-8")
    }
    assert naming == {"sqlclap/descriptor_columns.py", "sqlclap/audio/loudness.py"}


def test_every_descriptor_is_measured_and_stored(tmp_path: Path, fake_bundle: Path) -> None:
    found = measure(loop())
    assert [name for name in NAMES if getattr(found, name) is None] == []
    write_sound(tmp_path / "sounds" / "loop.wav", loop())
    with sqlclap.open(tmp_path / "library.db", model=str(fake_bundle)) as library:
        library.ingest([tmp_path / "sounds"])
        sample = sample_by_id(library.connection, 1)
    assert [name for name in NAMES if getattr(sample, name) is None] == []
    for column in COLUMNS:
        assert column.checked(getattr(sample, column.name)) is not None


def test_what_is_measured_lies_in_its_range() -> None:
    for sound in (tone(40), tone(4_000), noise(1), 0.001 * noise(2), loop(97)):
        found = measure(sound.astype("float32"))
        for column in COLUMNS:
            column.checked(getattr(found, column.name))


def test_a_sample_has_each_descriptor_as_an_attribute() -> None:
    assert issubclass(Sample, Descriptors)
    assert list(Descriptors.__annotations__) == list(NAMES)


def test_each_descriptor_says_which_migration_brings_it() -> None:
    known = dict(migration_scripts())
    for column in COLUMNS:
        assert f" {column.name} {column.sql_type}" in known[column.since], column.name
    added = column_migrations()[NEWEST.since].splitlines()
    assert added[-1] == f"ALTER TABLE samples ADD COLUMN {NEWEST.name} REAL;"
    assert "ALTER TABLE samples ADD COLUMN key TEXT;" in added


def test_the_docs_list_the_table() -> None:
    page = (REPOSITORY / "docs" / "schema.md").read_text(encoding="utf-8")
    assert columns_table() in page


# Libraries of the version before a descriptor was declared.

GOOD = json.dumps(
    {"label": "A", "unit": "", "about": "b", "low": None, "high": None, "decimals": 1}
    | {"is_filter": True}
)
MORE = "ALTER TABLE samples ADD COLUMN more_db REAL;\n"


@pytest.fixture
def older(tmp_path: Path, fake_bundle: Path) -> Path:
    """A library as this version leaves it, with one sound."""
    write_sound(tmp_path / "sounds" / "loop.wav", loop())
    with sqlclap.open(tmp_path / "older.db", model=str(fake_bundle)) as library:
        library.ingest([tmp_path / "sounds"])
    return tmp_path / "older.db"


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this the version after, in which one more descriptor is declared."""
    kept = (statements.migration_scripts, statements.is_optional_to_read)

    def make(script: str = MORE) -> None:
        more = {**column_migrations(), "9000_more": script}
        monkeypatch.setattr(descriptor_columns, "column_migrations", lambda: more)
        for one in kept:
            one.cache_clear()

    yield make
    monkeypatch.undo()
    for one in kept:
        one.cache_clear()


def columns_of(file: LibraryFile) -> set[str]:
    rows = file.connection.execute("SELECT name FROM pragma_table_info('samples')")
    return {name for (name,) in rows}


def records_of(file: LibraryFile) -> list[str]:
    rows = file.connection.execute("SELECT name FROM sqlclap_migrations ORDER BY name")
    return [name for (name,) in rows]


def test_opening_for_writing_brings_the_column_as_a_recorded_migration(
    older: Path, declare: Callable[..., None]
) -> None:
    declare()
    with LibraryFile(older) as file:
        assert "more_db" in columns_of(file)
        assert records_of(file)[-1] == "9000_more"
        assert file.connection.execute("SELECT more_db FROM samples").fetchall() == [(None,)]
        assert migrations.migrate(file.connection) == []
        assert wrong_objects(file.connection) == []


def test_one_that_fails_leaves_the_library_as_it_was(
    older: Path, declare: Callable[..., None]
) -> None:
    declare(MORE + "SELECT no_such_function();")
    with pytest.raises(MigrationError, match="9000_more"):
        LibraryFile(older)
    declare()
    with LibraryFile(older, "read") as file:
        assert "more_db" not in columns_of(file)
        assert "9000_more" not in records_of(file)


def test_a_library_that_lacks_a_descriptor_alone_is_read_as_it_is(
    older: Path, declare: Callable[..., None]
) -> None:
    content = older.read_bytes()
    declare()
    with LibraryFile(older, "read") as file:
        assert sample_by_id(file.connection, 1).rms_db is not None
        assert migrations.schema_trouble(file.connection) is None
    assert older.read_bytes() == content


def test_one_that_lacks_more_is_refused(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = (*migration_scripts(), ("9000_more", "CREATE TABLE more (x);"))
    for module in (migrations, statements, library_file):
        monkeypatch.setattr(module, "migration_scripts", lambda: scripts)
    with pytest.raises(LibraryError, match="open it once for writing"):
        LibraryFile(older, "read").close()


def test_a_column_that_is_not_there_is_null(older: Path) -> None:
    with LibraryFile(older) as file:
        file.connection.execute(f"ALTER TABLE samples DROP COLUMN {NEWEST.name}")
        sample = sample_by_id(file.connection, 1)
        assert getattr(sample, NEWEST.name) is None
        assert sample.rms_db is not None


def test_a_column_that_another_program_dropped_comes_back_to_be_measured(
    older: Path, fake_bundle: Path
) -> None:
    with LibraryFile(older) as file:
        for name in (NEWEST.name, "key"):
            file.connection.execute(f"ALTER TABLE samples DROP COLUMN {name}")
    with pytest.warns(SchemaWarning, match=f"column {NEWEST.name} of samples"):
        library = sqlclap.open(older, model=str(fake_bundle))
    with library:
        assert library.ingest([]).unmeasured == 1
        assert library.ingest([], sqlclap.IngestOptions(measure=True)).measured == 1
        sample = sample_by_id(library.connection, 1)
        assert getattr(sample, NEWEST.name) is not None
        assert sample.key == "C major"


def test_info_lists_what_is_measured(older: Path) -> None:
    told = rows_of("info", older)["descriptors"]
    assert [one["name"] for one in told] == list(NAMES)
    assert all(one["values"] == 1 and one["origin"] == "sqlclap" for one in told)
    printed = succeed("info", older, "--descriptors")
    assert all(f"{column.label}. {column.about[:20]}" in printed for column in COLUMNS)


@pytest.mark.parametrize(
    ("name", "description", "reason"),
    [
        ("content_hash", "{}", "no label"),
        ("a__b", "[]", "list instead of dict"),
        ("path", GOOD, "path can't be another package's column"),
        ("a__b); DROP TABLE samples; --", GOOD, "expected a column's name"),
        ("a__b", GOOD.replace('"A"', "1"), "expected a label"),
    ],
)
def test_a_description_that_another_program_wrote_is_refused_by_name(
    older: Path, name: str, description: str, reason: str
) -> None:
    with LibraryFile(older) as file:
        insert = "INSERT INTO descriptor_columns VALUES (?, 'x', ?)"
        file.connection.execute(insert, (name, description))
        with pytest.raises(LibraryError, match=re.escape(reason)) as refused:
            sample_by_id(file.connection, 1)
    assert f"of {name} is damaged" in str(refused.value)


# What the table refuses.


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Loud"},
        {"name": "a b"},
        {"name": "a); DROP TABLE samples; --"},
        {"name": "_a"},
        {"name": "x" * 61},
        {"label": " "},
        {"about": ""},
        {"about": "x" * 501},
        {"low": 1.0, "high": 1.0},
    ],
)
def test_a_column_that_can_be_none_is_refused(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "loudness", "label": "Loudness", "about": "How loud."}
    with pytest.raises(ValueError, match="expected"):
        DescriptorColumn(**{**good, **wrong})


def test_no_other_text_gets_into_a_statement() -> None:
    with pytest.raises(ValueError, match="expected columns' names"):
        columns_statement("map/point_measures", ("rms_db FROM samples; --",))


def test_former_names_warn() -> None:
    with pytest.warns(DeprecationWarning, match="flatness"):
        assert Descriptors(flatness=0.5).spectral_flatness == 0.5
