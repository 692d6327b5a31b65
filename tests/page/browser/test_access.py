"""What everyone needs: no barriers that axe-core knows, small windows, Datasette's own tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.page.browser.acting import open_sample, search, show_sound
from tests.page.browser.places import READY, Served

PLUGIN = Path(__file__).parents[3] / "datasette_plugins" / "datasette_sqlclap"
AXE = PLUGIN / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def barriers(page: Page, *rules: str) -> list[str]:
    """Return serious and critical violations, of all rules or of some."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    asked = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_map_has_no_barriers(map_page: Page, scheme: Literal["dark", "light"]) -> None:
    map_page.emulate_media(color_scheme=scheme)
    map_page.keyboard.press("f")
    search(map_page, "noise")
    map_page.locator("#results .list .name").first.click()
    show_sound(map_page)
    map_page.click("#card button:text-is('Select')")
    for tab in ("sound", "results", "selection", "labels"):
        map_page.click(f"#tab-{tab}")
        map_page.wait_for_selector(f"#panel-{tab}")
        assert barriers(map_page) == []
    map_page.click("#tab-results")
    map_page.click("#results .heads [data-column=duration_s]")
    for menu in (
        "#results .menu:has-text('Columns')",
        "#results .menu:has-text('Export')",
        "#player .menu",
    ):
        map_page.click(f"{menu} summary")
        map_page.wait_for_selector(f"{menu}[open]")
        assert barriers(map_page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_labels_and_review_have_no_barriers(
    map_page: Page, served: Served, scheme: Literal["dark", "light"]
) -> None:
    map_page.emulate_media(color_scheme=scheme)
    map_page.mouse.move(0, 0)
    open_sample(map_page, 1)
    map_page.click("#card button:text-is('Select')")
    map_page.click("#tab-selection")
    map_page.fill("#selection input[name=label]", "tone")
    map_page.click("#selection button[value=positive]")
    map_page.wait_for_function("document.querySelector('#said').textContent.includes('of tone')")
    map_page.goto(f"{served.root}/labels#tone")
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector(".histogram[aria-valuenow]")
    assert barriers(map_page) == []
    map_page.click("button:text-is('Review')")
    map_page.wait_for_selector("#review .name")
    assert barriers(map_page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_activity_has_no_barriers(
    page: Page, served: Served, scheme: Literal["dark", "light"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{served.root}/activity")
    page.wait_for_selector(READY)
    assert barriers(page) == []


def test_a_phone_shows_it_all(open_context: Callable[..., BrowserContext], served: Served) -> None:
    page = open_context(viewport={"width": 390, "height": 780}, has_touch=True).new_page()
    for name in ("map", "labels", "activity"):
        page.goto(f"{served.root}/{name}")
        page.wait_for_selector(READY)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


def test_datasettes_tables_play(page: Page, served: Served) -> None:
    page.goto(f"{served.base}/sounds/samples")
    with page.expect_response(lambda answer: answer.url.endswith("/audio")) as answer:
        page.locator("button.sqlclap-play").first.click()
    assert answer.value.status == 206
    page.locator("a.sqlclap-map").first.click()
    page.wait_for_selector("#card .neighbours li")
