"""The list of the page: endless, chosen from by pointer and keys, the same sounds as the map."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.page.browser.acting import eventually, search, show_results


def ids(page: Page) -> list[int]:
    """Return the ids of the rows in sight, in order."""
    found: list[int] = page.eval_on_selector_all(
        "#results .list li", "rows => rows.map(row => Number(row.dataset.sample))"
    )
    return found


def test_the_heading_counts_what_the_map_lights(map_page: Page) -> None:
    search(map_page, "tone")
    strong = map_page.locator("#results .list li:not(.weak)").count()
    heading = map_page.locator("#results h2").text_content() or ""
    assert heading.startswith(f"{strong} sound")
    assert map_page.evaluate("sqlclap.atlas.scores.size") == strong
    assert map_page.locator("#tab-results .badge").text_content() == str(strong)


def test_rows_are_selected_as_in_a_file_manager(map_page: Page) -> None:
    search(map_page, "tone")
    rows, shown = map_page.locator("#results .list .name"), ids(map_page)
    rows.nth(1).click(modifiers=["Control"])
    rows.nth(4).click(modifiers=["Shift"])
    badge = map_page.locator("#tab-selection .badge")
    eventually(map_page, badge.text_content, "4")
    assert map_page.locator("#results .list [aria-selected=true]").count() == 4
    map_page.click("#tab-selection")
    names = map_page.locator("#selection .list li")
    names.first.wait_for()
    chosen = names.evaluate_all("rows => rows.map(row => Number(row.dataset.sample))")
    assert chosen == shown[1:5]
    show_results(map_page)
    map_page.focus("#results .list")
    map_page.keyboard.press("Control+a")
    eventually(map_page, badge.text_content, str(len(shown)))


def test_keys_go_through_the_list_and_play(map_page: Page) -> None:
    search(map_page, "tone")
    shown = ids(map_page)
    map_page.focus("#results .list")
    for expected in shown[:3]:
        map_page.keyboard.press("ArrowDown")
        map_page.wait_for_function("id => sqlclap.player.track?.id === id", arg=expected)
    assert map_page.locator("#panel-results").is_visible()
    map_page.keyboard.press("Shift+ArrowDown")
    eventually(map_page, map_page.locator("#tab-selection .badge").text_content, "4")
    map_page.keyboard.press("End")
    map_page.wait_for_function("id => sqlclap.stage.held === id", arg=shown[-1])
