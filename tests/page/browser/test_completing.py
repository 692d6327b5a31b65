"""The search field in a browser: what it offers, by keys, and what taking it does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.browser.acting import post, search
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers
from tests.page.browser.test_query import chips

ACTIVE = "document.getElementById(words.getAttribute('aria-activedescendant'))?.textContent"


def type_words(page: Page, text: str) -> None:
    page.fill("#words", "")
    page.focus("#words")
    page.keyboard.type(text)


def offered(page: Page) -> list[str]:
    page.wait_for_selector(".search .suggestions:visible")
    return page.locator(".search .suggestion > span").all_text_contents()


@pytest.fixture
def labelled(map_page: Page, unlabelled: Served) -> Page:
    """A label with an example."""
    samples = [unlabelled.sample("tones/tone-1.wav")]
    post(map_page, "api/anchors", {"label": "hum", "sample_ids": samples, "create": True})
    map_page.reload()
    map_page.wait_for_selector(READY)
    return map_page


def test_words_that_are_measured_are_completed_by_keys(map_page: Page) -> None:
    type_words(map_page, "tone, bri")
    assert "bright" in offered(map_page)
    field = map_page.locator("#words")
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "true"
    assert barriers(map_page) == []
    map_page.keyboard.press("ArrowDown")
    assert map_page.evaluate(ACTIVE) is not None
    map_page.keyboard.press("ArrowUp")
    assert map_page.evaluate(ACTIVE) is None  # the text as it was typed
    map_page.keyboard.press("ArrowDown")
    map_page.keyboard.press("Enter")
    assert field.input_value().startswith("tone, bri")
    assert len(field.input_value()) > len("tone, bri")
    assert field.get_attribute("aria-expanded") == "false"
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results h2:has-text('tone, bri')")
    assert map_page.locator("#measures").is_checked()


def test_escape_closes_the_list_alone(map_page: Page) -> None:
    type_words(map_page, "bri")
    offered(map_page)
    map_page.keyboard.press("Escape")
    assert map_page.locator(".search .suggestions").is_hidden()
    assert map_page.evaluate("document.activeElement.id") == "words"
    assert map_page.input_value("#words") == "bri"


def test_what_was_asked_before_is_offered_again(map_page: Page) -> None:
    search(map_page, "low hum")
    map_page.reload()
    map_page.wait_for_selector(READY)
    map_page.click("#results .close")
    map_page.focus("#words")
    map_page.keyboard.press("ArrowDown")
    assert offered(map_page) == ["low hum"]
    map_page.keyboard.press("ArrowDown")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results h2:has-text('“low hum”')")


def test_a_folder_becomes_a_filter_and_the_rest_is_asked(map_page: Page) -> None:
    type_words(map_page, "hiss noi")
    assert offered(map_page)[-1] == "noises"
    map_page.click(".search .suggestion:has-text('noises')")
    map_page.wait_for_selector("#results h2:has-text('“hiss”')")
    map_page.wait_for_function("location.hash.includes('folder=noises')")
    map_page.wait_for_selector("#show-filters[data-narrowing='1']")
    paths = map_page.locator("#results .list .name").evaluate_all(
        "all => all.map(one => one.title)"
    )
    assert paths
    assert all(path.startswith("noises/") for path in paths)


def test_a_label_becomes_a_term(labelled: Page) -> None:
    type_words(labelled, "hu")
    assert offered(labelled)[-1] == "hum"
    labelled.keyboard.press("ArrowUp")  # to the last one
    labelled.keyboard.press("Enter")
    labelled.wait_for_selector("#results h2:has-text('label hum')")
    assert chips(labelled) == ["+label hum"]
