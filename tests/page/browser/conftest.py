"""A real browser on a real server: one library, served once for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.page.browser.acting import post
from tests.page.browser.places import CHROMIUM, FRUGAL, READY, Served, owners_cookies, serving
from tests.support.patience import PATIENCE_S

# What is said goes away by itself after some seconds: on a busy machine, before it is looked at.
STAYS = """{
const later = window.setTimeout;
window.setTimeout = (call, ms, ...others) =>
  ms === 7000 || ms === 8000 ? 0 : later(call, ms, ...others);
}"""
# Races of a slow machine on a fast one: each answer is late, on its way there and back.
LATE = """{
const now = window.fetch, late = () => new Promise(go => setTimeout(go, Math.random() * MOST));
window.fetch = async (...asked) => {
  await late();
  const answer = await now(...asked);
  await late();
  asked[1]?.signal?.throwIfAborted();
  return answer;
};
}"""
MOST_LATE_MS = os.environ.get("LATE", "")


@pytest.fixture(scope="session")
def served(heard: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the small library, served; tests leave its map and files as they were."""
    library = tmp_path_factory.mktemp("served") / "sounds.db"
    shutil.copyfile(heard, library)
    with serving(library) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    expect.set_options(1000 * PATIENCE_S)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FRUGAL))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, served: Served) -> Any:
    """The cookies of the library's owner: the link works once."""
    return owners_cookies(browser, served)


@pytest.fixture
def open_context(
    browser: Browser, served: Served, signed_in: Any
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of one's own, signed in; what they ask of other machines is an error."""
    opened: list[BrowserContext] = []
    elsewhere: list[str] = []
    own = (served.base, "blob:", "data:")

    def note(request: Any) -> None:
        if not request.url.startswith(own):
            elsewhere.append(request.url)

    def make(**options: Any) -> BrowserContext:
        usual = {"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"}
        # Nothing fades in: what is there can be read at once.
        context = browser.new_context(**usual | {"reduced_motion": "reduce"} | options)
        context.on("request", note)
        context.add_init_script(STAYS)
        if MOST_LATE_MS:
            context.add_init_script(LATE.replace("MOST", MOST_LATE_MS))
        context.set_default_timeout(1000 * PATIENCE_S)
        context.add_cookies(signed_in)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert elsewhere == []


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A browser of one's own, signed in, with a mouse."""
    return open_context()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail."""
    opened = context.new_page()
    failed: list[str] = []
    opened.on("pageerror", lambda error: failed.append(str(error)))
    yield opened
    assert failed == []


@pytest.fixture
def map_page(page: Page, served: Served) -> Page:
    """The map, open and ready."""
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    return page


@pytest.fixture
def unlabelled(map_page: Page, served: Served) -> Served:
    """The library without any label: other tests may have left some."""
    for (name,) in served.rows("SELECT name FROM labels"):
        post(map_page, "api/labels/remove", {"label": name})
    return served
