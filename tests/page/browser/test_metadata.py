"""Metadata in a browser: the card lists it, and words in it narrow map and list."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.page.browser.acting import eventually, open_sample, search
from tests.page.browser.places import READY, Served

SAID = "SELECT sample_id FROM samples WHERE path LIKE '%tone-4.wav'"


def test_the_card_tells_what_the_file_says(map_page: Page, served: Served) -> None:
    [(sample_id,)] = served.rows(SAID)
    open_sample(map_page, sample_id)
    said = map_page.locator("#card .metadata")
    said.locator("summary").click()
    assert said.locator("dt").all_text_contents()[:2] == ["title", "comment"]
    assert said.locator("dd").first.text_content() == "Wine glass info INAM"
    open_sample(map_page, 3)
    assert not map_page.locator("#card .metadata").is_visible()


def test_words_narrow_map_and_list_and_the_address_holds_them(map_page: Page) -> None:
    map_page.locator("#show-filters").click()
    map_page.locator("#filters input[name=text]").fill("wine OR noise")
    map_page.keyboard.press("Enter")
    shown = map_page.locator("#filtered")
    eventually(map_page, shown.text_content, "5 sounds")
    search(map_page, "a tone")
    files = map_page.locator("#results .list .file").all_text_contents()
    assert len(files) == 5
    assert "tone-4.wav" in files
    assert "text=wine+OR+noise" in map_page.url
    map_page.reload()
    map_page.wait_for_selector(READY)
    assert map_page.locator("#filters input[name=text]").input_value() == "wine OR noise"
    eventually(map_page, shown.text_content, "5 sounds")
