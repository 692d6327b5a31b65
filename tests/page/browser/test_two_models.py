"""The search box in a library whose own model has no words, and another one's has."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

import sqlclap
from tests.page.browser.acting import search
from tests.page.browser.places import READY, serving
from tests.support.map_tables import draw_map
from tests.support.patience import PATIENCE_S
from tests.support.two_models import (
    EARS,
    WORDS,
    install_two_models,
    write_two_models_library,
)


def test_words_are_answered_by_the_model_that_has_them_and_refused_without_it(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    install_two_models(tmp_path / "home")
    both = write_two_models_library(tmp_path)
    with sqlclap.open(tmp_path / "alone.db", model=EARS) as library:
        library.ingest([tmp_path / "sounds"])
    for file in (both, tmp_path / "alone.db"):
        draw_map(file)
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    with serving(both) as served:
        page.goto(f"{served.root}/map")
        page.wait_for_selector(READY)
        search(page, "deep kick")
        assert f"Found by {WORDS}: {EARS} has no words." in page.inner_text("#results")
        page.evaluate("location.hash = '#similar=1'")
        page.wait_for_selector("#results h2:has-text('like')")
        assert "Found by" not in page.inner_text("#results")
        with page.expect_response(lambda answer: "api/similar" in answer.url) as answered:
            page.select_option("#model", WORDS)
        assert answered.value.json()["model"] == WORDS
        page.wait_for_selector(f"#results .note:has-text('Found by {WORDS}.')")
        page.reload()
        page.wait_for_selector(f"#results .note:has-text('Found by {WORDS}.')")
        assert page.input_value("#model") == WORDS
    with serving(tmp_path / "alone.db") as served:
        page.goto(f"{served.root}/map")
        page.wait_for_selector(READY)
        page.fill("#words", "deep kick")
        page.keyboard.press("Enter")
        page.get_by_text(f"{EARS} has no words: it compares sounds only").first.wait_for()
    page.close()
