"""The query bar in a browser: chips, histograms, folders; the address brings all of it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.search.request import Filter
from tests.page.browser.acting import eventually, search
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers
from tests.support.sounds import tone, write_sound

LESS = "#more button[value=less]"


def listed(page: Page) -> list[int]:
    rows: list[int] = page.eval_on_selector_all(
        "#results .list li", "rows => rows.map(row => Number(row.dataset.sample))"
    )
    return rows


def chips(page: Page) -> list[str]:
    """Return what the bar says, with each chip's sign."""
    found: list[str] = page.eval_on_selector_all(
        "#chips li", "all => all.map(one => one.querySelector('.sign').textContent"
        " + one.querySelector('.term-name').textContent)"
    )  # fmt: skip
    return found


def add_words(page: Page, words: str, how: str = LESS) -> None:
    page.fill("#more-words", words)
    page.click(how)
    page.wait_for_function(
        "words => document.querySelector('#results h2').textContent.includes(words)", arg=words
    )


def brush(page: Page, column: str, start: float, end: float) -> None:
    """Draw a range from one share of a histogram's width to another."""
    page.wait_for_selector("#folders li")  # what is below it stays where it is from now on
    area = page.locator(f"[data-column={column}] .brush-area")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 20, steps=5)
    page.mouse.up()


def found_by_python(served: Served, query: Query, options: SearchOptions) -> list[int]:
    with sqlclap.open(served.library, mode="read") as library:
        return [one.sample_id for one in library.find(query, 50, options)]


def ask_with_three_terms(page: Page, served: Served) -> tuple[Query, list[int]]:
    """Ask for a tone, like one of them, without noise; give the query, and the plain answer."""
    search(page, "tone")
    assert "#q=tone" in page.url  # one chip is the search that it always was
    plain, like = listed(page), served.sample("tones/tone-1.wav")
    open_sample_kept(page, like)
    page.click("#card button:text-is('More like this')")
    eventually(page, lambda: chips(page), ["+“tone”", "+tone-1.wav"])
    add_words(page, "noise")
    assert chips(page) == ["+“tone”", "+tone-1.wav", "\u2212“noise”"]
    return Query().more("tone").like(like).less("noise"), plain


def test_a_query_is_made_of_chips_and_brought_back(map_page: Page, served: Served) -> None:
    query, plain = ask_with_three_terms(map_page, served)
    everything = found_by_python(served, query, SearchOptions())
    eventually(map_page, lambda: listed(map_page), everything)
    map_page.click("#show-filters")
    brush(map_page, "spectral_centroid_hz", 0.15, 0.7)
    ends = [
        map_page.locator(f"#filters input[name='{end}:spectral_centroid_hz']")
        for end in ("min", "max")
    ]
    eventually(map_page, lambda: all(one.input_value() for one in ends), True)
    least, most = (float(one.input_value()) for one in ends)
    between = "spectral_centroid_hz BETWEEN :least AND :most"
    only = SearchOptions(where=between, params={"least": least, "most": most})
    narrowed = found_by_python(served, query, only)
    assert 0 < len(narrowed) < len(everything) < len(plain)
    eventually(map_page, lambda: listed(map_page), narrowed)
    with sqlclap.open(served.library, mode="read") as library:
        kept = f"{len(library.samples(Filter(where=only.where, params=only.params)))} sounds"
    eventually(map_page, map_page.locator("#filtered").text_content, kept)
    heading = map_page.locator("#results h2").text_content()
    map_page.reload()
    map_page.wait_for_selector(READY)
    eventually(map_page, lambda: listed(map_page), narrowed)
    assert map_page.locator("#results h2").text_content() == heading
    eventually(map_page, lambda: len(chips(map_page)), 3)
    eventually(map_page, map_page.locator("#filtered").text_content, kept)
    map_page.go_back()
    eventually(map_page, lambda: listed(map_page), everything)
    map_page.go_back()
    eventually(map_page, lambda: chips(map_page), ["+“tone”", "+tone-1.wav"])


def open_sample_kept(page: Page, sample: int) -> None:
    """Open a sound of the results, so that the query stays."""
    page.locator(f"#results .list li[data-sample='{sample}'] .name").click()
    page.click("#tab-sound")
    page.wait_for_selector(f"#card[data-sample='{sample}'] .neighbours li")


def test_keys_alone_make_a_query(map_page: Page, served: Served) -> None:
    press = map_page.keyboard.press
    press("/")
    map_page.keyboard.type("tone")
    press("Enter")
    map_page.wait_for_selector("#results .list li")
    tab_to(map_page, "#more-words")
    map_page.keyboard.type("-noise")  # a minus before the words is as good as the button
    press("Enter")
    eventually(map_page, lambda: chips(map_page), ["+“tone”", "\u2212“noise”"])
    map_page.wait_for_selector("#results h2:has-text('noise')")
    tab_to(map_page, "#chips li:nth-child(2) .weight", "Shift+Tab")
    for _ in range(5):
        press("ArrowLeft")
    eventually(map_page, lambda: "-0.5" in map_page.url, True)
    wanted = found_by_python(served, Query().more("tone").less("noise", 0.5), SearchOptions())
    eventually(map_page, lambda: listed(map_page), wanted)
    tab_to(map_page, "#chips li:nth-child(2) .sign", "Shift+Tab")
    press("Space")
    eventually(map_page, lambda: chips(map_page), ["+“tone”", "+“noise”"])
    press("Delete")
    eventually(map_page, lambda: chips(map_page), ["+“tone”"])
    assert "#q=tone" in map_page.url
    press("f")
    map_page.wait_for_selector("[data-column=duration_s] .brush-end")
    tab_to(map_page, "[data-column=duration_s] .brush-end.least")
    for _ in range(3):
        press("ArrowRight")
    eventually(map_page, lambda: "min=" in map_page.url, True)
    press("Delete")
    eventually(map_page, lambda: "min=" in map_page.url, False)
    press("Escape")
    map_page.wait_for_selector("#terms", state="hidden")


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {key}")


def test_a_stretch_of_a_sound_is_a_term(map_page: Page, served: Served) -> None:
    map_page.evaluate("location.hash = '#similar=8'")
    map_page.wait_for_selector("#results .list li")
    map_page.locator("#chips summary").click()
    map_page.fill(".term-card input[name=from]", "0.1")
    map_page.fill(".term-card input[name=to]", "0.3")
    map_page.click(".term-card button:text-is('Take')")
    eventually(map_page, lambda: "8%400.1-0.3" in map_page.url, True)
    alone = found_by_python(served, Query().like("8@0.1-0.3"), SearchOptions())
    eventually(map_page, lambda: listed(map_page), alone)
    add_words(map_page, "tone", "#more button[value=more]")
    both = found_by_python(served, Query().like("8@0.1-0.3").more("tone"), SearchOptions())
    eventually(map_page, lambda: listed(map_page), both)


def test_a_sound_is_looked_for_at_other_octaves(map_page: Page, served: Served) -> None:
    map_page.evaluate("location.hash = '#similar=8'")
    alone = found_by_python(served, Query().like(8), SearchOptions())
    eventually(map_page, lambda: listed(map_page), alone)
    map_page.check("#octaves")
    with sqlclap.open(served.library, mode="read") as library:
        both = library.similar(8, 50, SearchOptions(transpose="-12,12"))
    wanted = [one.sample_id for one in both]
    eventually(map_page, lambda: listed(map_page), wanted)
    pitches = [one.transposed for one in both]
    said = {12.0: "an octave higher", -12.0: "an octave lower"}
    assert [said.get(pitch or 0.0, "") for pitch in pitches] == map_page.eval_on_selector_all(
        "#results .list li .folder",
        "all => all.map(one => one.textContent.match(/an octave (higher|lower)/)?.[0] ?? '')",
    )
    map_page.reload()
    map_page.wait_for_selector(READY)
    eventually(map_page, lambda: listed(map_page), wanted)
    assert map_page.is_checked("#octaves")
    add_words(map_page, "tone", "#more button[value=more]")
    assert map_page.is_hidden("#octaves")  # of several terms there is no pitch


def test_files_are_terms_and_outlive_a_reload(
    map_page: Page, served: Served, tmp_path: Path
) -> None:
    low, high = (write_sound(tmp_path / f"{hz}.wav", tone(hz)) for hz in (82, 430))
    map_page.set_input_files("#file", low)
    map_page.wait_for_selector("#results h2:has-text('like 82.wav')")
    map_page.set_input_files("#add-file", high)
    map_page.wait_for_selector("#results h2:has-text('430.wav')")
    map_page.locator("#chips .sign").nth(1).click()
    wanted = found_by_python(served, Query().like(low).unlike(high), SearchOptions())
    eventually(map_page, lambda: listed(map_page), wanted)
    map_page.locator("#chips summary").first.click()
    map_page.wait_for_selector(".term-card:has-text('a reload finds it again')")
    map_page.reload()
    map_page.wait_for_selector(READY)
    eventually(map_page, lambda: listed(map_page), wanted)
    map_page.locator("#chips summary").first.click()
    audio = map_page.locator(".term-card audio")
    eventually(map_page, lambda: audio.evaluate("one => one.duration > 0.3"), True)
    map_page.evaluate("indexedDB.deleteDatabase('sqlclap-given-sounds')")
    map_page.reload()
    map_page.wait_for_selector("#results .note:has-text('82.wav, 430.wav')")


def test_a_recording_is_searched_with_and_a_refusal_is_told(
    open_context: Callable[..., BrowserContext], served: Served
) -> None:
    page = open_context(permissions=["microphone"]).new_page()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    page.click("#record")
    page.wait_for_selector("#record[aria-pressed=true]")
    page.wait_for_timeout(1200)  # of the beeps that Chromium's fake microphone gives
    page.click("#record")
    page.wait_for_selector("#results h2:has-text('like recording')")
    assert listed(page)
    page.locator("#chips summary").click()
    page.wait_for_selector(".term-card:has-text('In memory only')")
    page.reload()
    page.wait_for_selector("#results .note:has-text('no longer here')")
    refused = open_context(permissions=[]).new_page()
    refused.goto(f"{served.root}/map")
    refused.wait_for_selector(READY)
    refused.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError') } }"
    )
    refused.click("#record")
    refused.wait_for_selector("#said:has-text('The microphone is refused to this page')")


def test_nothing_wanted_is_told_and_the_query_stays(map_page: Page) -> None:
    search(map_page, "tone")
    add_words(map_page, "noise")
    map_page.locator("#chips .sign").first.click()
    map_page.wait_for_selector("#results .note:has-text('Nothing is wanted yet')")
    assert chips(map_page) == ["\u2212“tone”", "\u2212“noise”"]


def test_words_that_mean_measures_can_be_turned_off(map_page: Page, served: Served) -> None:
    search(map_page, "short noise")
    plain = listed(map_page)
    map_page.check("#measures")
    meaning = map_page.locator("#meanings button")
    eventually(map_page, meaning.all_text_contents, ["short → short length"])
    measured = SearchOptions(measures=True)
    wanted = found_by_python(served, Query().more("short noise"), measured)
    eventually(map_page, lambda: listed(map_page), wanted)
    meaning.click()
    eventually(map_page, meaning.all_text_contents, ["short → left to the model"])
    eventually(map_page, lambda: set(listed(map_page)) == set(plain), True)
    meaning.click()
    eventually(map_page, meaning.all_text_contents, ["short → short length"])


def test_folders_are_chosen_from_a_tree(map_page: Page) -> None:
    search(map_page, "tone")
    map_page.click("#show-filters")
    noises = map_page.locator("#folders [data-choose=noises]")
    assert (noises.text_content() or "").endswith("5")
    noises.click()
    eventually(map_page, lambda: "folder=noises" in map_page.url, True)
    eventually(map_page, lambda: len(listed(map_page)), 5)
    assert noises.get_attribute("aria-pressed") == "true"
    noises.click()
    eventually(map_page, lambda: len(listed(map_page)), 12)


def test_a_selection_fills_the_histograms(map_page: Page) -> None:
    map_page.keyboard.press("f")
    area = map_page.locator("[data-column=spectral_centroid_hz] canvas")
    area.wait_for()
    before = area.evaluate("one => one.toDataURL()")
    map_page.evaluate("sqlclap.stage.handlers.take([1, 2, 3])")
    eventually(map_page, lambda: area.evaluate("one => one.toDataURL()") != before, True)


def test_a_query_is_shown_as_sql(map_page: Page, served: Served) -> None:
    search(map_page, "tone")
    add_words(map_page, "noise")
    map_page.click("#show-sql")
    map_page.wait_for_selector("#sql[open]")
    sql = map_page.locator("#sql-text").text_content() or ""
    wanted = found_by_python(served, Query().more("tone").less("noise"), SearchOptions())
    with sqlclap.open(served.library, mode="read") as library:
        sqlclap.register_functions(library.connection)
        assert [row[2] for row in library.connection.execute(sql)] == wanted
    with map_page.expect_navigation():
        map_page.click("#sql-actions a")
    rows = map_page.locator("table.rows-and-columns tbody tr")
    assert rows.count() == len(wanted)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_query_bar_has_no_barriers(
    map_page: Page, width: int, scheme: Literal["dark", "light"]
) -> None:
    map_page.set_viewport_size({"width": width, "height": 800})
    map_page.emulate_media(color_scheme=scheme)
    search(map_page, "short tone")
    if width < 700:
        map_page.click("#open-terms")
    map_page.check("#measures")
    add_words(map_page, "noise")
    map_page.locator("#meanings button").first.wait_for()
    map_page.locator("#chips summary").first.click()
    assert barriers(map_page) == []
    map_page.keyboard.press("Escape")
    map_page.click("#show-filters")
    map_page.locator("#measured summary").click()
    shown: Locator = map_page.locator("[data-column=duration_s] canvas")
    shown.wait_for()
    assert barriers(map_page) == []
    assert map_page.evaluate("document.documentElement.scrollWidth") <= width
    map_page.click("#hide-filters")
    map_page.click("#show-sql")
    assert barriers(map_page) == []


def test_words_in_names_suffice_beside_the_sound(map_page: Page, served: Served) -> None:
    search(map_page, "hiss")
    map_page.fill("#more-words", "wine")
    map_page.click("#more button[value=named]")
    map_page.wait_for_selector("#results h2:has-text(', or named “wine”')")
    assert "or_text=wine" in map_page.url
    assert chips(map_page) == ["+“hiss”", "ornamed “wine”"]
    found = served.sample("tones/tone-4.wav")
    row = map_page.locator(f"#results .list li[data-sample='{found}']")
    assert (row.locator(".folder").text_content() or "").startswith(("by name", "by both"))
    assert barriers(map_page) == []
    map_page.click("#results .heads [data-column=path]")  # the strong ones, in another order
    map_page.wait_for_selector("#results .heads [data-column=path][aria-pressed=true]")
    names = map_page.locator("#results .list .name").evaluate_all(
        "all => all.map(one => one.title)"
    )
    assert names == sorted(names)
    map_page.reload()
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector("#results h2:has-text(', or named “wine”')")
    map_page.locator("#chips .named summary").focus()
    map_page.keyboard.press("Delete")
    map_page.wait_for_function("!location.hash.includes('or_text')")
    assert chips(map_page) == ["+“hiss”"]
