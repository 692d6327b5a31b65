"""Links to what is gone or never was, and sounds that lie on no map: the page tells of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import sqlclap
from tests.page.browser.acting import eventually, post
from tests.page.browser.places import READY, Served, owners_cookies, serving
from tests.support.sounds import noise, write_sound

LONG = "a label whose name goes on and on, as names of field recordings sometimes do" * 2


@pytest.fixture(scope="session")
def served(heard: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The small library, to which two sounds came after its map was drawn: one is silent."""
    folder = tmp_path_factory.mktemp("links")
    library = Path(shutil.copyfile(heard, folder / "sounds.db"))
    write_sound(folder / "later" / "later.wav", noise(20))
    write_sound(folder / "later" / "silent.wav", 0 * noise(20))
    with sqlclap.open(library) as opened:
        opened.ingest([folder / "later"])
        opened.labels.add(LONG)
    with serving(library) as found:
        yield found


@pytest.fixture(scope="session")
def signed_in(browser: Browser, served: Served) -> Any:
    """The cookies of this library's owner: those of the other one are kept for its own tests."""
    return owners_cookies(browser, served)


def test_a_list_whose_filter_cant_be_asked_says_why(page: Page, served: Served) -> None:
    """A label is removed, a folder moves: bookmarks and reloads still name them."""
    for filters, why in (
        ("label=gone", "no label 'gone'"),
        ("folder=gone", "below the folder 'gone'"),
        ("text=%22", "expected words to look for"),
    ):
        page.goto("about:blank")
        page.goto(f"{served.root}/map#list=all&{filters}")
        page.wait_for_selector(READY)
        assert why in page.locator("#results").inner_text()
        assert page.locator("#filtered").inner_text() == "0 sounds"
        assert page.evaluate("sqlclap.atlas.kept") == []
    page.click("#filters button[type=reset]")
    page.wait_for_selector("#results .list li")
    assert page.evaluate("sqlclap.atlas.kept") is None


def test_a_query_whose_filter_cant_be_asked_says_why(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/map#q=tone&label=gone")
    page.wait_for_selector(READY)
    assert "no label 'gone'" in page.locator("#results").inner_text()
    assert page.input_value("#words") == "tone"


def test_a_link_to_a_cluster_of_the_map_before(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/map#list=9999")
    page.wait_for_selector(READY)  # no script fails
    assert page.locator("#results h2").inner_text() == "0 sounds in cluster 9999"


def test_a_link_that_was_cut_off_opens_the_labels(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/labels#100%")
    page.wait_for_selector(READY)
    assert page.locator("#label-table tbody tr").count() == 1


def test_all_sounds_are_listed_those_too_that_lie_on_no_map(map_page: Page, served: Served) -> None:
    ((count,),) = served.rows("SELECT count(*) FROM samples")
    assert map_page.evaluate("sqlclap.atlas.count") == count - 2
    assert map_page.locator("#results h2").inner_text() == f"{count} sounds"
    map_page.click("#results button:text-is('List all')")
    map_page.wait_for_selector("#results .list li")
    assert map_page.locator("#results h2").inner_text() == f"{count} sounds"
    map_page.focus("#results .list")
    map_page.keyboard.press("End")
    map_page.wait_for_selector(f"#results .list li[data-sample='{served.sample('silent.wav')}']")


def test_a_silent_sounds_card_says_why_nothing_is_like_it(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/map#sample={served.sample('silent.wav')}")
    page.wait_for_selector(READY)
    page.wait_for_selector("#card .hint:has-text('it is silent, so there is nothing to compare')")


def test_a_label_that_is_added_by_two_presses_is_added_once(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/labels")
    page.wait_for_selector(READY)
    page.fill("#new-label input", "pressed twice")
    page.evaluate("for (const _ of 'ab') document.querySelector('#new-label').requestSubmit()")
    page.wait_for_selector("#label h2:text-is('pressed twice')")
    assert page.url.endswith("#pressed%20twice")  # a reload opens it again
    assert page.locator(".toast.error").count() == 0
    post(page, "api/labels/remove", {"label": "pressed twice"})


def test_long_names_of_labels_stay_in_their_place(
    open_context: Callable[..., BrowserContext], served: Served
) -> None:
    page = open_context(viewport={"width": 390, "height": 780}).new_page()
    sample = served.sample("noises/long.flac")
    page.goto(f"{served.root}/spectrogram#sample={sample}")
    page.wait_for_selector(READY)
    page.wait_for_selector(f"#what option:text-is('{LONG}')", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(f"{served.root}/labels#{quote(LONG)}")
    page.wait_for_selector("#label h2")
    fits = "box => box.scrollWidth <= box.clientWidth"
    assert page.locator(".scroll:has(#label-table)").evaluate(fits)


def test_a_server_that_is_gone_is_told_in_words(map_page: Page, served: Served) -> None:
    map_page.route("**/api/search*", lambda route: route.abort())
    map_page.fill("#words", "tone")
    map_page.keyboard.press("Enter")
    shown = map_page.locator("#results > .note").first.inner_text
    eventually(
        map_page, shown, "The server can't be reached: see whether it still runs, then try again"
    )
