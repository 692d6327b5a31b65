"""Datasette's own pages of a library: links to the map, folded queries, measured columns first."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3

from sqlclap.descriptor_columns import NAMES
from sqlclap.sqlfunctions.ready_queries import READY, ready_sql
from tests.page.visiting import Site

MAP = 'href="/-/sqlclap/sounds/map"'
PAGES = ("/", "/sounds", "/sounds/samples", "/sounds/tags")


def heads(html: str) -> list[str]:
    return re.findall(r'<th [^>]*class="col-([a-z_]+)', html)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_links_the_map_for_who_may_see_it(site: Site, page: str) -> None:
    shown = site.anyone.get(page).text
    assert re.search(f'<p class="sqlclap-pages"><a {MAP}>Map of sounds</a>', shown)


@pytest.mark.parametrize("page", PAGES[:2])
def test_who_may_not_see_the_samples_is_led_nowhere(
    library: Path, open_site: Callable[..., Site], page: str
) -> None:
    site = open_site(library, hidden_table="samples")
    assert "/-/sqlclap/" not in site.anyone.get(page).text.replace("/-/sqlclap/-/", "")
    assert MAP in site.local.get(page).text


def test_databases_that_are_no_libraries_are_as_datasette_shows_them(
    library: Path, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    plain = tmp_path / "else.db"
    with sqlite3.connect(plain) as connection:
        connection.execute("CREATE TABLE samples (z REAL, path TEXT, duration_s REAL)")
        connection.execute("INSERT INTO samples VALUES (1.23456789, 'a.wav', 2.3456789)")
    connection.close()
    site = open_site(library, plain)
    table = site.anyone.get("/else/samples").text
    assert 'class="sqlclap-pages"' not in table
    assert heads(table)[-3:] == ["z", "path", "duration_s"]
    assert "2.3456789" in table
    assert 'class="sqlclap-pages"' not in site.anyone.get("/else").text
    assert MAP in site.anyone.get("/").text


def test_what_is_measured_comes_first_in_short_with_its_meaning(site: Site) -> None:
    for page in ("/sounds/samples", "/sounds/samples/5"):
        names = heads(site.anyone.get(page).text)
        assert names[: 2 + len(NAMES)] == ["sample_id", "path", *NAMES]
        assert names.index("content_hash") > names.index("sample_rate")
        assert len(names) == len(set(names))
    html = site.anyone.get("/sounds/samples").text
    assert "Spectral centroid (Hz)." in unescape(html)
    sample = site.anyone.json("sample/5")
    row = re.search(r'href="/sounds/samples/5".*?</tr>', html, re.DOTALL)
    assert row is not None
    assert f">{sample['duration_s']:.2f}<" in row[0]


def test_columns_that_are_asked_for_sort_and_page_as_before(site: Site) -> None:
    html = site.anyone.get("/sounds/samples?_col=content_hash&_col=path&_size=2&_sort=path").text
    assert heads(html) == ["sample_id", "path", "content_hash"]
    assert "_next=" in html


def test_programs_get_datasettes_own_order_and_whole_numbers(site: Site, library: Path) -> None:
    with sqlite3.connect(library) as connection:
        stored = [row[1] for row in connection.execute("PRAGMA table_info(samples)")]
    connection.close()
    lines = site.anyone.get("/sounds/samples.csv").text.splitlines()
    assert lines[0].split(",") == stored
    rows: list[dict[str, Any]] = site.anyone.get("/sounds/samples.json?_shape=array").json()
    assert rows[0]["spectral_centroid_hz"] != round(rows[0]["spectral_centroid_hz"], 3)


def test_samples_are_searched_by_their_words(site: Site) -> None:
    assert 'name="_search"' in site.anyone.get("/sounds/samples").text
    found = site.anyone.get("/sounds/samples.json?_shape=array&_search=glass").json()
    assert [row["path"] for row in found] == ["tones/tone-4.wav"]
    assert site.anyone.get("/sounds/samples.json?_shape=array&_search=nowhere").json() == []
    assert 'name="_search"' not in site.anyone.get("/sounds/labels").text


@pytest.mark.parametrize("name", READY)
def test_the_sql_of_ready_queries_is_folded(site: Site, name: str) -> None:
    page = f"/sounds/sqlclap_{name}"
    assert 'id="sql-query"' not in site.anyone.get(page).text
    shown = unescape(site.anyone.get(f"{page}?_show_sql=1").text)
    assert f'<pre id="sql-query">{ready_sql(name)}</pre>' in shown
