"""Servers under which a library, or the program, was changed: a start helps, and no waiting."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap import staleness

from tests.page.visiting import Site, Visitor

READS = ("api/search?q=kick", "api/points", "api/labels", "sample/1", "map")
KEPT = ("api/favourites", {"sample_ids": [3]})


def check_that_a_start_is_asked_for(visitor: Visitor, why: str) -> None:
    answers = [visitor.get(path) for path in READS] + [visitor.post(*KEPT)]
    for answer in answers:
        assert answer.status_code == 503
        assert why in answer.text
        assert "started again" in answer.text
        assert "retry-after" not in answer.headers
    assert answers[0].json()["code"] == "restart_needed"


def put_another(library: Path, heard: Path) -> None:
    other = library.with_name("other.db")
    shutil.copyfile(heard, other)
    other.replace(library)


def remove(library: Path, _: Path) -> None:
    library.unlink()


@pytest.mark.parametrize(
    ("change", "why"), [(put_another, "was replaced"), (remove, "was removed")]
)
def test_nothing_is_written_to_a_file_that_is_not_there_any_more(
    change: Callable[[Path, Path], None],
    why: str,
    library: Path,
    heard: Path,
    open_site: Callable[..., Site],
) -> None:
    visitor = open_site(library).local
    assert visitor.post(*KEPT).status_code == 200
    change(library, heard)
    check_that_a_start_is_asked_for(visitor, why)
    assert str(library.parent) not in visitor.get("api/labels").text
    for own in ("/sounds/samples", "/sounds/samples.json", "/sounds/samples.csv"):
        # At once, so that some come to threads that haven't opened the file before.
        for answer in visitor.site.run(at_once(visitor, own)):
            assert answer.status_code == 503
            assert why in answer.text


async def at_once(visitor: Visitor, path: str) -> list[Any]:
    return await asyncio.gather(*(visitor.ask("GET", path) for _ in range(8)))


def test_a_library_that_a_newer_sqlclap_changed_under_the_server(
    library: Path, open_site: Callable[..., Site]
) -> None:
    visitor = open_site(library).local
    assert visitor.post(*KEPT).status_code == 200
    with closing(sqlite3.connect(library)) as plain, plain:
        number = plain.execute("PRAGMA user_version").fetchone()[0]
        plain.execute("INSERT INTO sqlclap_migrations (name) VALUES ('9999_later')")
        plain.execute(f"PRAGMA user_version = {number + 1}")
    check_that_a_start_is_asked_for(visitor, f"has schema {number + 1}")


def test_a_number_that_another_program_set_stops_nothing(
    library: Path, open_site: Callable[..., Site]
) -> None:
    visitor = open_site(library).local
    with closing(sqlite3.connect(library)) as plain:
        plain.execute("PRAGMA user_version = 4711")
    assert visitor.post(*KEPT).status_code == 200


def test_a_table_that_has_gone_does_not_come_back_by_waiting(
    library: Path, open_site: Callable[..., Site]
) -> None:
    visitor = open_site(library).local
    with closing(sqlite3.connect(library)) as plain, plain:
        plain.execute("DROP TABLE recent_uses")
    answer = visitor.get("api/recent")
    assert answer.status_code == 503
    assert "no such table" in answer.json()["error"]
    assert answer.json()["code"] == "restart_needed"
    assert "retry-after" not in answer.headers


def test_an_upgrade_of_the_program_under_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = (ImportError("no name 'x'"), sqlite3.OperationalError("near: syntax error"))
    package = tmp_path / "program_of_old"
    package.mkdir()
    (package / "__init__.py").touch()
    started = (package / "__init__.py").stat().st_ctime + 0.001
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(staleness, "_PACKAGES", (package.name,))
    monkeypatch.setattr(staleness, "_STARTED", started)
    for error in errors:
        assert staleness.explained(error) is error
    later(package / "queries.sql", started)
    for error in errors:
        told: Any = staleness.explained(error)
        assert (told.status, told.code) == (503, "restart_needed")
        assert staleness.UPGRADED in str(told)


def later(file: Path, moment: float) -> None:
    """Write a file after a moment, by the clock of its folder."""
    file.touch()
    while file.stat().st_ctime <= moment:
        file.touch()
