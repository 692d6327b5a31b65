"""The labels page in a browser: reviewing by keyboard, thresholds, runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.page.browser.acting import eventually, post
from tests.page.browser.places import READY, Served


@pytest.fixture
def labels_page(map_page: Page, unlabelled: Served) -> Page:
    """The labels page, with a label of three anchors beside another of one."""
    post(map_page, "api/anchors", {"label": "tone", "sample_ids": [1, 2, 3], "create": True})
    post(map_page, "api/anchors", {"label": "zap", "sample_ids": [7], "create": True})
    map_page.goto(f"{unlabelled.root}/labels#tone")
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector(".histogram[aria-valuenow]")
    return map_page


def test_a_labels_annotations_are_downloaded(labels_page: Page) -> None:
    labels_page.click(".annotations summary")
    labels_page.select_option("select[aria-label='Whose spans']", "anchors")
    for name, first in (("raven", "Selection"), ("csv", "recording,")):
        labels_page.select_option("select[aria-label='Format']", name)
        with labels_page.expect_download() as saved:
            labels_page.click(".annotations a")
        assert saved.value.path().read_text(encoding="utf-8-sig").startswith(first)
    assert "audacity" not in labels_page.locator(".annotations").inner_html()


def test_a_review_by_keyboard_stores_votes(labels_page: Page, served: Served) -> None:
    labels_page.click("button:text-is('Review')")
    labels_page.wait_for_selector("#review .name")
    labels_page.wait_for_function(
        "performance.getEntriesByType('resource').filter("
        "entry => entry.name.endsWith('/audio')).length > 1"
    )  # the next ones are fetched ahead
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowRight", "u"):
        labels_page.keyboard.press(key)
    labels_page.wait_for_function(
        "document.querySelector('#review').textContent.includes('yes 1, no 1, unsure 1')"
    )
    votes = "SELECT verdict, source FROM votes ORDER BY vote_id"
    kept = [("accept", "review"), ("reject", "review"), ("unsure", "review")]
    eventually(labels_page, lambda: served.rows(votes), kept)
    labels_page.wait_for_function(
        "document.querySelector('#review .precision').textContent.includes('threshold')"
    )
    strata = served.rows("SELECT count(*) FROM votes WHERE review_id > 0 AND stratum IS NOT NULL")
    assert strata == [(3,)]
    labels_page.keyboard.press("Escape")
    labels_page.wait_for_selector("#review", state="hidden")
    labels_page.wait_for_function(
        "document.querySelector('#label-table tbody tr').children[2].textContent === '1'"
    )


def test_a_threshold_is_dragged_and_set(labels_page: Page, served: Served) -> None:
    box = labels_page.locator(".histogram").bounding_box()
    assert box is not None
    labels_page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    labels_page.mouse.down()
    labels_page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=5)
    labels_page.mouse.up()
    labels_page.click("button:has-text('Set the threshold')")
    labels_page.wait_for_function(
        "document.querySelector('#label-table').textContent.includes('hand')"
    )
    ((threshold,),) = served.rows("SELECT threshold FROM labels WHERE name = 'tone'")
    assert 0 < threshold < 1
    is_shown = "value => document.querySelector('.histogram')?.ariaValueNow === value.toFixed(3)"
    labels_page.wait_for_function(is_shown, arg=threshold)
    labels_page.focus(".histogram")
    labels_page.keyboard.press("ArrowRight")
    labels_page.wait_for_function(is_shown, arg=threshold + 0.005)


def test_a_run_is_rehearsed_written_and_undone(labels_page: Page, served: Served) -> None:
    labels_page.focus(".histogram")
    for _ in range(14):
        labels_page.keyboard.press("PageDown")
    labels_page.click("button:has-text('Set the threshold')")
    labels_page.wait_for_function(
        "document.querySelector('#label-table').textContent.includes('hand')"
    )
    labels_page.click("button:text-is('Tag…')")
    labels_page.wait_for_selector(".rehearsal button:has-text('Tag ')")
    labels_page.wait_for_selector(".found-list h3:text-is('What would be tagged')")
    assert served.rows("SELECT count(*) FROM tags") == [(0,)]
    labels_page.click(".rehearsal button.primary")
    labels_page.wait_for_selector("#runs tbody tr")
    assert served.rows("SELECT count(*) > 0 FROM tags") == [(1,)]
    labels_page.click("#runs button:text-is('Undo')")
    labels_page.wait_for_function("document.querySelector('#runs').textContent.includes('undone')")
    assert served.rows("SELECT count(*) FROM tags") == [(0,)]


def test_a_label_without_rivals_says_so(labels_page: Page) -> None:
    says = "text => document.querySelector('#label .rivals')?.textContent.includes(text)"
    labels_page.wait_for_function(says, arg="Nearest other labels: zap")
    post(labels_page, "api/labels/remove", {"label": "zap"})
    labels_page.reload()
    labels_page.wait_for_function(says, arg="its matches are likely (medium) at most")
    labels_page.wait_for_selector("#label .sounds .folder:has-text('no rival')")


def test_a_run_that_votes_contradict_takes_a_second_word(labels_page: Page, served: Served) -> None:
    body = {"label": "tone", "sample_ids": [8, 9, 10, 11, 12], "verdict": "reject"}
    post(labels_page, "api/votes", body)
    post(labels_page, "api/labels/change", {"label": "tone", "threshold": 0, "gap": 0})
    post(labels_page, "api/anchors", {"label": "zap", "sample_ids": [7], "weight": 0})
    labels_page.reload()
    labels_page.wait_for_selector(".histogram[aria-valuenow]")
    labels_page.click("button:text-is('Tag…')")
    labels_page.wait_for_selector(".rehearsal .warning:has-text('lies below the target of 0.9')")
    labels_page.click(".rehearsal button:has-text('all the same')")
    labels_page.wait_for_selector("#runs tbody tr")
    assert served.rows("SELECT count(*) > 0 FROM tags") == [(1,)]


def test_who_is_not_signed_in_looks_only(served: Served, context: BrowserContext) -> None:
    context.clear_cookies()
    page = context.new_page()
    page.goto(f"{served.root}/labels")
    page.wait_for_selector(READY)
    assert page.locator("#read-only").is_visible()
    assert page.locator("#new-label").is_hidden()


def test_another_site_cannot_make_this_one_vote(
    labels_page: Page, served: Served, browser: Browser, signed_in: Any
) -> None:
    context = browser.new_context()
    context.add_cookies(signed_in)
    other = context.new_page()
    target = served.root.replace("127.0.0.1", "localhost")
    other.goto(f"{target}/map")  # localhost is another site than 127.0.0.1
    body = json.dumps({"label": "tone", "sample_ids": [1], "verdict": "reject"})
    status = other.evaluate(
        """async ([address, body]) => {
          const sent = await fetch(address, {method: 'POST', body, mode: 'no-cors',
            credentials: 'include', headers: {'content-type': 'text/plain'}});
          return sent.type;
        }""",
        [f"{served.root}/api/votes", body],
    )
    assert status == "opaque"
    context.close()
    assert served.rows("SELECT count(*) FROM votes") == [(0,)]
