"""The list of the page: endless, chosen from by pointer and keys, the same sounds as the map."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.page.browser.acting import eventually, search, show_results
from tests.page.browser.places import READY, Served


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


def test_a_list_that_has_the_keys_is_seen_to_have_them(map_page: Page) -> None:
    search(map_page, "tone")
    rows = map_page.locator("#results .rows")
    outline = "rows => getComputedStyle(rows).outlineStyle"
    assert rows.evaluate(outline) == "none"
    map_page.focus("#results .heads button >> nth=-1")
    map_page.keyboard.press("Tab")
    assert rows.evaluate(outline) == "solid"
    map_page.keyboard.press("ArrowDown")  # from now on the row in hand shows it
    map_page.wait_for_selector("#results .list li.now")
    assert rows.evaluate(outline) == "none"


def settled(page: Page, wanted: list[int]) -> None:
    """Wait until the rows in sight are as wanted."""
    eventually(page, lambda: ids(page)[: len(wanted)], wanted)


def test_a_list_is_sorted_by_any_column_by_keys_and_back(map_page: Page, served: Served) -> None:
    search(map_page, "tone")
    best_first = ids(map_page)
    count = map_page.locator("#tab-results .badge").text_content()
    shown = best_first[: int(count or 0)] or best_first
    lengths: dict[int, float] = dict(served.rows("SELECT sample_id, duration_s FROM samples"))
    for press, way in (("Enter", -1), (" ", 1)):
        map_page.focus("#results .heads [data-column=duration_s]")
        map_page.keyboard.press(press)
        pairs = sorted((way * lengths[one], one) for one in shown)
        settled(map_page, [one for _, one in pairs])
    assert map_page.locator("#results .list li").count() == len(shown)  # what the heading counts
    assert map_page.evaluate("document.activeElement.dataset.column") == "duration_s"
    map_page.keyboard.press("Enter")
    settled(map_page, best_first)


def test_columns_are_chosen_by_keys_and_remembered(map_page: Page, served: Served) -> None:
    search(map_page, "tone")
    map_page.focus("#results summary:text-is('Columns')")
    map_page.keyboard.press("Enter")
    map_page.locator("#results .menu-items label:has-text('Pitch (Hz)') input").focus()
    map_page.keyboard.press(" ")
    map_page.keyboard.press("Escape")
    assert map_page.evaluate("document.activeElement.textContent") == "Columns"
    head = map_page.locator("#results .heads [data-column=pitch_hz]")
    head.wait_for()
    map_page.reload()
    map_page.wait_for_selector(READY)
    head.wait_for()
    row = map_page.locator("#results .list li[data-sample]:has-text('tone-3')")
    row.wait_for()
    ((pitch,),) = served.rows("SELECT pitch_hz FROM samples WHERE path LIKE '%tone-3.wav'")
    assert f"{pitch:.1f}" in row.locator(".cell").all_text_contents()


def test_everything_and_clusters_are_listed_as_they_are_filtered(
    map_page: Page, served: Served
) -> None:
    map_page.click("#results button:text-is('List all')")
    everything = [one for (one,) in served.rows("SELECT sample_id FROM layout_umap ORDER BY 1")]
    eventually(map_page, lambda: sorted(ids(map_page)), everything)
    badge = map_page.locator("#tab-results .badge")
    assert badge.text_content() == str(len(everything))
    map_page.click("#results .close")
    map_page.click("#results .clusters button:has-text('tones')")
    map_page.wait_for_selector("#results h2:has-text('in tones')")
    eventually(map_page, lambda: str(len(ids(map_page))), badge.text_content())
    members = ids(map_page)
    assert 0 < len(members) < len(everything)
    eventually(map_page, lambda: map_page.evaluate("sqlclap.atlas.scores.size"), len(members))
    map_page.reload()
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector("#results h2:has-text('in tones')")
    map_page.press("#map", "j")
    map_page.wait_for_function("id => sqlclap.player.track?.id === id", arg=members[0])
    map_page.press("#map", "j")
    map_page.wait_for_function("id => sqlclap.player.track?.id === id", arg=members[1])


def test_a_row_offers_more_and_less_like_it(map_page: Page) -> None:
    search(map_page, "tone")
    second = map_page.locator("#results .list li").nth(1)
    second.locator(".name").click()
    map_page.wait_for_selector("#results .list li.now")
    show_results(map_page)
    assert second.locator(".more-or-less button").first.get_attribute("tabindex") == "0"
    second.hover()
    second.locator("button:text-is('+')").click()
    map_page.wait_for_selector("#results h2:has-text(' + ')")
    map_page.wait_for_selector("#results .list li:nth-child(3)[data-sample]")
    third = map_page.locator("#results .list li").nth(2)
    sample = int(third.get_attribute("data-sample") or 0)
    third.locator(".play").focus()  # and by keys
    third.locator(".name").press("Enter")
    map_page.wait_for_function("id => sqlclap.stage.held === id", arg=sample)
    show_results(map_page)
    map_page.locator(f"#results .list li[data-sample='{sample}'] .name").focus()
    map_page.keyboard.press("Tab")
    map_page.keyboard.press("Tab")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#chips li.less")


def test_elements_of_rows_are_used_again_and_stay_in_order(map_page: Page) -> None:
    map_page.set_viewport_size({"width": 1200, "height": 420})
    map_page.click("#results button:text-is('List all')")
    map_page.wait_for_selector("#results .list li[data-sample]")
    map_page.evaluate("window.first = new Set(document.querySelectorAll('#results .list li'))")
    order = "[...document.querySelectorAll('#results .list li')].map(one => +one.ariaRowIndex)"
    for top in (130, 40, 400, 0):
        map_page.evaluate(
            "top => { document.querySelector('#results .rows').scrollTop = top }", top
        )
        map_page.wait_for_timeout(300)
        places = map_page.evaluate(order)
        assert places == list(range(places[0], places[0] + len(places)))
        tops = map_page.eval_on_selector_all(
            "#results .list li", "all => all.map(one => one.getBoundingClientRect().top)"
        )
        assert tops == sorted(tops)
    assert map_page.evaluate(
        "[...document.querySelectorAll('#results .list li')].some(one => first.has(one))"
    )
