"""A database that is damaged, foreign or of another version, served beside a good library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from datasette.app import Datasette
from datasette.database import Database

from tests.page.visiting import Site
from tests.support.hostile_files import (
    Maker,
    empty,
    foreign,
    foreign_records,
    newer,
    pages_overwritten,
    random_bytes,
    samples_overwritten,
    tables_overwritten,
    truncated,
)

DAMAGED = (500, "is damaged")
FOREIGN = (404, "no sqlclap library is served as")
BESIDE: list[tuple[Maker, int, str]] = [
    (random_bytes, *DAMAGED),
    (truncated, *DAMAGED),
    (pages_overwritten, *DAMAGED),
    (tables_overwritten, *DAMAGED),
    (empty, *FOREIGN),
    (foreign, *FOREIGN),
    (foreign_records, *FOREIGN),
    (newer, 409, "upgrade with"),
]
ASKED = ("map", "labels", "api/points", "api/search?q=hum", "api/labels", "sample/1", "api/tags")


@pytest.mark.parametrize("beside", BESIDE, ids=lambda beside: beside[0].__name__)
def test_a_database_that_cannot_be_used_says_so_and_others_are_served(
    library: Path, tmp_path: Path, open_site: Callable[..., Site], beside: tuple[Maker, int, str]
) -> None:
    make, status, told = beside
    other = tmp_path / "other.db"
    make(other, library)
    if hasattr(Datasette, "allowed"):  # 1.0 itself doesn't start beside a file that can't be read
        site = open_site(library)
        site.datasette.add_database(Database(site.datasette, path=str(other)))
    else:
        site = open_site(library, other)
    visitor = site.visitor({"id": "root"}, database="other")
    for path in ASKED:
        answer = visitor.get(path)
        assert answer.status_code == status, path
        assert told in answer.text, path
        assert "Traceback" not in answer.text
    check_that_others_are_served(site)


def test_damage_that_shows_in_some_answers_is_told_by_those(
    library: Path, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    samples_overwritten(tmp_path / "other.db", library)
    site = open_site(library, tmp_path / "other.db")
    visitor = site.visitor({"id": "root"}, database="other")
    answers = [visitor.get(path) for path in ASKED]
    assert {answer.status_code for answer in answers} == {200, 500}
    for answer in answers:
        assert answer.status_code == 200 or "is damaged" in answer.text
    check_that_others_are_served(site)


def check_that_others_are_served(site: Site) -> None:
    assert site.local.get("/-/sqlclap").status_code in (200, 302)
    for path in ASKED:
        assert site.local.get(path).status_code == 200, path
