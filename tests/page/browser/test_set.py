"""A set in the browser: one page for all shards; heard, searched and labelled as a library is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from sqlclap.labels.tagging import TagRequest
from sqlclap.shards import open_set
from tests.page.browser.acting import (
    eventually,
    listen,
    open_sample,
    search,
    select,
    show_results,
)
from tests.page.browser.places import READY, Served, owners_cookies, serving
from tests.page.browser.test_selecting import exported
from tests.page.sets.conftest import heard_set  # noqa: F401 a fixture
from tests.support.patience import PATIENCE_S


@pytest.fixture(scope="module")
def served(heard_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:  # noqa: F811
    """A copy of the small set, served."""
    folder = tmp_path_factory.mktemp("served-set") / "set"
    shutil.copytree(heard_set, folder)
    with serving(folder / "sounds.toml") as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Any:
    return owners_cookies(browser, served)


def ids_of(page: Page) -> list[int]:
    return [int(one) for one in page.evaluate("[...sqlclap.atlas.ids]")]


def test_the_map_shows_all_shards(map_page: Page) -> None:
    ids = ids_of(map_page)
    assert len(ids) == 12
    assert {one >> 40 for one in ids} == {1, 2, 3}
    assert map_page.locator("#partial").is_hidden()
    pages = ["Map", "Labels", "Activity", "Recordings"]
    assert map_page.locator("nav a").all_inner_texts() == pages


def test_a_query_is_shown_as_sql(map_page: Page) -> None:
    search(map_page, "white noise")
    map_page.click("#show-sql")
    map_page.wait_for_selector("#sql[open]")
    assert "FROM clap_query(" in map_page.inner_text("#sql-text")
    assert map_page.locator("#sql-actions a").count() == 0
    map_page.keyboard.press("Escape")


def test_words_find_sounds_that_are_opened_and_heard(map_page: Page) -> None:
    page = map_page
    listen(page)
    search(page, "white noise")
    assert "Shard" not in page.inner_text("#results")
    page.click("#found li:first-child .name")
    page.wait_for_selector("#card[data-sample] .neighbours li", state="attached")
    page.wait_for_function("window.heard")
    sample = int(page.get_attribute("#card", "data-sample") or "0")
    assert sample in ids_of(page)


def test_sounds_are_kept_and_labelled(map_page: Page) -> None:
    page = map_page
    first, second, *_ = ids_of(page)
    select(page, first, second)
    page.fill("#selection input[name=label]", "thing")
    page.click("#selection button[value=positive]")
    page.wait_for_selector("#selection .outcome button")
    page.click("#tab-labels")
    page.click("#label-list button:has-text('thing')")
    page.wait_for_selector("#label-work .found-list li, #label-work .found-list .row")
    page.click("#label-work button:text-is('Tag…')")
    page.click(".rehearsal button:text-is('Leave it')")
    page.click("#label-work button:text-is('Ask me')")
    page.wait_for_selector("#label-work .review:not([hidden])")
    open_sample(page, first)
    page.wait_for_selector("#card .tags li:has-text('thing')")


def test_a_spectrogram_is_seen(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    first, *_ = ids_of(page)
    page.goto(f"{served.root}/spectrogram#sample={first}")
    page.wait_for_selector("#seen:not([hidden])")
    page.wait_for_selector("#facts:has-text('kHz')")


def test_recordings_and_activity_are_of_all_shards(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/recordings")
    page.wait_for_selector("body[data-ready]")
    assert "12 recordings" in page.inner_text("#summary")
    rows = page.locator("#list tbody tr td:first-child").all_inner_texts()
    assert rows == sorted(rows)
    links = page.eval_on_selector_all("#list tbody a", "all => all.map((one) => one.href)")
    shards = {int(one.rpartition("sample=")[2]) >> 40 for one in links}
    assert shards == {1, 2, 3}
    page.goto(f"{served.root}/activity")
    page.wait_for_selector("body[data-ready]")
    assert "hours with recordings" in page.inner_text("#summary")
    assert page.locator("#hour-table tbody tr").count() > 1


def test_sounds_and_annotations_are_given_out(map_page: Page) -> None:
    page = map_page
    first, *others = ids_of(page)[:3]
    select(page, first, *others)
    lines = exported(page, "Table (CSV)")
    assert {one.partition(",")[0] for one in lines[1:]} == {str(one) for one in (first, *others)}
    open_sample(page, first)
    page.click("#card .annotations summary")
    page.select_option("#card select[aria-label='Whose spans']", "anchors")
    with page.expect_download() as download:
        page.click("#card .annotations a")
    assert Path(download.value.path()).read_text().startswith("recording,")


def test_a_missing_shard_is_said(
    open_context: Callable[..., BrowserContext], served: Served
) -> None:
    shard = served.library.parent / "sounds-0003.db"
    shard.rename(shard.with_suffix(".away"))
    page = open_context().new_page()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    page.wait_for_selector("#partial:not([hidden])")
    assert "Shard 3" in page.inner_text("#partial")
    search(page, "noise")
    show_results(page)
    assert "Shard 3" in page.inner_text("#results")
    shard.with_suffix(".away").rename(shard)
    search(page, "tone")
    eventually(page, lambda: "Shard 3" in page.inner_text("#results"), False)


def test_colours_by_label_say_which_shards_lack_tags(
    open_context: Callable[..., BrowserContext], served: Served
) -> None:
    """Shard 3 was away while sounds were tagged."""
    shard = served.library.parent / "sounds-0003.db"
    with open_set(served.library.parent / "sounds.toml") as opened:
        opened.labels.add("hum", threshold=0.0)
        opened.labels.add_anchors("hum", [one.sample_id for one in opened.search("tone", 2)])
        shard.rename(shard.with_suffix(".away"))
        opened.labels.tag(TagRequest(labels=("hum",), confidence="low", force=True))
        shard.with_suffix(".away").rename(shard)
    page = open_context().new_page()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    assert page.locator("#partial").is_hidden()
    page.select_option("#colour", "label")
    page.wait_for_selector("#partial:not([hidden])")
    assert "Shard 3: it has no tags of run" in page.inner_text("#partial")
    page.select_option("#colour", "folder")
    page.wait_for_selector("#partial", state="hidden")
    page.goto(f"{served.root}/map#label=hum")
    page.reload()
    page.wait_for_selector("#partial:not([hidden])")
    assert "Shard 3: it has no tags of run" in page.inner_text("#partial")
    with open_set(served.library.parent / "sounds.toml") as opened:
        opened.labels.remove("hum")


def test_files_that_were_refused_are_told(map_page: Page, served: Served) -> None:
    insert = (
        "INSERT INTO ingest_failures (source_id, path, stage, reason) "
        "SELECT source_id, 'tones/broken-{}.wav', 'decode', 'no sound in it' FROM sources"
    )
    for number in (1, 2, 3):
        shard = served.library.with_name(f"sounds-000{number}.db")
        with closing(sqlite3.connect(shard, timeout=PATIENCE_S)) as connection, connection:
            connection.execute(insert.format(number))
    map_page.reload()
    map_page.wait_for_selector(READY)
    told = map_page.locator("#results details").filter(has_text="could not be taken in")
    told.locator("summary").click()
    assert told.locator("summary").inner_text() == "3 files could not be taken in"
    assert told.locator("li").all_inner_texts()[0].startswith("tones/broken-1.wav")
