"""The activity page in a browser: asked, pointed at, walked by keys, read in tables."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser.acting import post
from tests.page.browser.places import READY, Served


@pytest.fixture
def activity(map_page: Page, unlabelled: Served) -> Page:
    """The page, with a label that two tones of different dates are tagged with."""
    body = {"label": "beep", "sample_ids": [8, 12], "create": True}
    post(map_page, "api/tags/by-hand", body)
    map_page.goto(f"{unlabelled.root}/activity")
    map_page.wait_for_selector(READY)
    return map_page


def summary(page: Page, text: str) -> None:
    expect(page.locator("#summary")).to_contain_text(text)


def test_recordings_and_a_labels_share_of_them_are_shown(activity: Page) -> None:
    summary(activity, "12 hours with recordings, 2024-05-01 to 2024-05-03")
    assert activity.locator("#hour-table tbody tr").count() == 6
    activity.select_option("[name=label]", "beep")
    summary(activity, "beep in 2 of 12 hours with recordings")
    expect(activity.locator("#month-table tbody tr")).to_have_text(
        re.compile(r"2024-05.*12.*2.*17 %")
    )
    activity.select_option("[name=site]", "tones")
    summary(activity, "beep in 2 of 6 hours")
    activity.fill("[name=recorded_before]", "2024-05-03")
    summary(activity, "beep in 1 of 5 hours")
    activity.reload()
    summary(activity, "beep in 1 of 5 hours")
    activity.click("button[type=reset]")
    summary(activity, "12 hours with recordings")


def test_cells_are_walked_by_keys_and_open_their_recordings(activity: Page) -> None:
    canvas = activity.locator("#by-hours canvas")
    canvas.focus()
    said = activity.locator("#by-hours .cell-said")
    for _ in range(5):
        activity.keyboard.press("ArrowDown")
    expect(said).to_contain_text("Wed 1 May 2024, 4:00: 1 recording")
    activity.keyboard.press("ArrowDown")
    expect(said).to_have_text("not recorded")
    activity.keyboard.press("ArrowRight")
    activity.keyboard.press("ArrowUp")
    expect(said).to_contain_text("Thu 2 May 2024, 4:00: 1 recording")
    activity.keyboard.press("Enter")
    activity.wait_for_url("**/recordings#from=2024-05-02T04%3A00&until=2024-05-02T05%3A00")
    summary(activity, "1 recording;")


def test_a_cell_that_is_pointed_at_is_told(activity: Page) -> None:
    box = activity.locator("#by-hours canvas").bounding_box()
    assert box is not None
    activity.mouse.move(box["x"] + 44 + 3, box["y"] + 18 + 12 * 8 + 4)
    expect(activity.locator("#by-hours .cell-said")).to_contain_text("8:00: 1 recording")
