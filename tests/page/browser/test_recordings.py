"""The recordings page: days, sites, a list, and the way there from an hour of the heat map."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser.acting import post
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers


@pytest.fixture
def recordings(map_page: Page, unlabelled: Served) -> Page:
    """The page, reached from the map."""
    body = {"label": "beep", "sample_ids": [8, 12], "create": True}
    post(map_page, "api/tags/by-hand", body)
    map_page.click("nav a:text-is('Recordings')")
    map_page.wait_for_selector("#tracks", state="attached")  # the map was ready, too
    map_page.wait_for_selector(READY)
    return map_page


def test_days_sites_and_labels(recordings: Page) -> None:
    expect(recordings.locator("#summary")).to_contain_text("12 recordings")
    assert recordings.locator("#list tbody tr").count() == 12
    assert recordings.locator(".track .day:not(:empty)").all_inner_texts() == [
        "2024-05-01", "2024-05-02", "2024-05-03",
    ]  # fmt: skip
    recordings.select_option("[name=by]", "site")
    expect(recordings.locator("#tracks h3")).to_have_text(["No site", "noises", "tones"])
    recordings.select_option("[name=label]", "beep")
    expect(recordings.locator(".block:not(.without)")).to_have_count(2)
    recordings.check("[name=only_found]")
    expect(recordings.locator("#list tbody tr")).to_have_count(2)
    recordings.reload()
    expect(recordings.locator("#summary")).to_contain_text("2 recordings")
    recordings.locator(".block").first.click()
    recordings.wait_for_url("**/spectrogram#sample=8&label=beep")


def test_an_hour_of_the_heat_map_leads_to_its_recordings(
    recordings: Page, unlabelled: Served
) -> None:
    recordings.goto(f"{unlabelled.root}/activity#label=beep")
    recordings.wait_for_selector(READY)
    recordings.locator("#by-hours canvas").focus()
    for _ in range(5):
        recordings.keyboard.press("ArrowDown")
    recordings.keyboard.press("Enter")
    recordings.wait_for_url("**/recordings#label=beep&from=2024-05-01T04%3A00&until=*")
    expect(recordings.locator("#summary")).to_contain_text("1 recording;")
    recordings.locator("#list a").click()
    recordings.wait_for_selector("#picture[data-waiting=no]")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_has_no_barriers(recordings: Page, scheme: Literal["dark", "light"]) -> None:
    recordings.emulate_media(color_scheme=scheme)
    recordings.select_option("[name=label]", "beep")
    expect(recordings.locator(".block.without")).to_have_count(10)
    assert barriers(recordings) == []
    recordings.set_viewport_size({"width": 390, "height": 780})
    assert recordings.evaluate("document.documentElement.scrollWidth") <= 390
