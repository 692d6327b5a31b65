"""Reviews of moments in a browser: heard and seen, told once answered, and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser.acting import eventually, post
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers

VOTES = "SELECT verdict, start_s IS NOT NULL, end_s > start_s, stratum FROM votes ORDER BY vote_id"


@pytest.fixture
def labels_page(map_page: Page, unlabelled: Served) -> Page:
    """The labels page, with a label."""
    post(map_page, "api/anchors", {"label": "tone", "sample_ids": [1, 2], "create": True})
    map_page.goto(f"{unlabelled.root}/labels#tone")
    map_page.wait_for_selector(READY)
    map_page.click("button:text-is('Review moments…')")
    return map_page


def spectrogram(page: Page) -> None:
    page.wait_for_selector("#review .spectrogram canvas[aria-label^='Spectrogram of']")


def test_a_moment_is_answered_told_and_taken_back(labels_page: Page, served: Served) -> None:
    labels_page.fill(".moments [name=n]", "3")
    labels_page.click(".moments button")
    spectrogram(labels_page)
    review = labels_page.locator("#review")
    expect(review).to_contain_text("A moment of ")
    paths = [path for (path,) in served.rows("SELECT path FROM samples")]
    asked = review.inner_text()
    assert not [path for path in paths if path.rsplit("/", 1)[-1] in asked]
    assert "score" not in asked
    assert barriers(labels_page) == []
    labels_page.keyboard.press("ArrowRight")
    expect(labels_page.locator("#review .answered")).to_contain_text("Yes: ")
    expect(labels_page.locator("#review .answered")).to_contain_text("score")
    eventually(labels_page, lambda: [row[:3] for row in served.rows(VOTES)], [("accept", 1, 1)])
    labels_page.keyboard.press("u")
    eventually(labels_page, lambda: served.rows(VOTES), [])
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight"):
        labels_page.keyboard.press(key)
    expect(review).to_contain_text("Thank you: 3 answered")
    said = [("reject", 1, 1), ("unsure", 1, 1), ("accept", 1, 1)]
    eventually(labels_page, lambda: [row[:3] for row in served.rows(VOTES)], said)
    labels_page.click("#review button:text-is('Close')")
    expect(review).to_be_hidden()


def test_a_share_of_one_site_is_asked_about(labels_page: Page, served: Served) -> None:
    post(labels_page, "api/labels/change", {"label": "tone", "threshold": 0})
    labels_page.fill(".moments [name=share]", "100")
    labels_page.select_option(".moments [name=site]", "tones")
    labels_page.fill(".moments [name=pad]", "0.1")
    labels_page.click(".moments button")
    spectrogram(labels_page)
    labels_page.keyboard.press("ArrowLeft")
    expect(labels_page.locator("#review .answered")).to_contain_text("tones/")
    eventually(labels_page, lambda: served.rows(VOTES), [("reject", 1, 1, "site tones")])
    labels_page.keyboard.press("Escape")
    expect(labels_page.locator("#review")).to_be_hidden()
