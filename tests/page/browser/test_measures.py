"""Descriptors in a browser: the card lists them, and the filters narrow map and list by them."""

from __future__ import annotations

from playwright.sync_api import Page

import sqlclap
from sqlclap.db.samples import sample_by_id
from sqlclap.descriptor_columns import COLUMNS
from sqlclap.search.request import Filter
from tests.page.browser.acting import eventually, open_sample, search
from tests.page.browser.places import READY, Served

FLAT = "flatness >= 0.1"


def flat_sounds(served: Served) -> set[str]:
    with sqlclap.open(served.library, mode="read") as library:
        return {sample.file.name for sample in library.samples(Filter(where=FLAT))}


def set_range(page: Page, name: str, value: str) -> None:
    page.locator("#show-filters").click()
    page.locator("#measured summary").click()
    page.locator(f"#filters input[name='{name}']").fill(value)
    page.keyboard.press("Enter")


def listed(page: Page) -> set[str]:
    return set(page.locator("#results .list .file").all_text_contents())


def test_the_card_lists_what_was_measured(map_page: Page, served: Served) -> None:
    open_sample(map_page, 3)
    map_page.locator("#card summary", has_text="Measured").click()
    with sqlclap.open(served.library, mode="read") as library:
        values = sample_by_id(library.connection, 3).descriptors()
    terms = map_page.locator("#card .measures dt").all_text_contents()
    numbers = [column for column in COLUMNS if not column.choices]  # a key is no number
    assert terms == [column.label for column in numbers if values[column.name] is not None]
    length = map_page.locator("#card .measures dd").first.text_content()
    assert length == f"{values['duration_s']:.2f}\u00a0s"


def test_map_and_list_are_narrowed_alike_and_the_address_holds_it(
    map_page: Page, served: Served
) -> None:
    flat = flat_sounds(served)
    assert 0 < len(flat) < 12
    set_range(map_page, "min:flatness", "0.1")
    shown = map_page.locator("#filtered")
    eventually(map_page, shown.text_content, f"{len(flat)} sounds")
    search(map_page, "white noise")
    assert listed(map_page) == flat
    assert "measured=flatness%3A0.1%3A" in map_page.url

    map_page.reload()
    map_page.wait_for_selector(READY)
    assert map_page.locator("#filters input[name='min:flatness']").input_value() == "0.1"
    assert map_page.locator("#measured").get_attribute("open") is not None
    eventually(map_page, shown.text_content, f"{len(flat)} sounds")
    eventually(map_page, lambda: listed(map_page), flat)

    map_page.locator("#filters button[type=reset]").click()
    eventually(map_page, lambda: "measured" in map_page.url, False)
    eventually(map_page, lambda: len(listed(map_page)), 12)
