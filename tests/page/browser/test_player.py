"""The player: what it plays, how, and by which keys."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.page.browser.acting import listen, open_sample, search, select

POSITION = "sqlclap.player.position"
VOICE = "sqlclap.player.voice"


@pytest.fixture
def playing(map_page: Page) -> Page:
    """The map, with a sound that plays in a loop."""
    map_page.click("#playing")  # the first gesture
    open_sample(map_page, 2)
    map_page.press("#map", "o")
    map_page.press("#map", " ")
    map_page.wait_for_function(f"{POSITION} > 0")
    return map_page


def freeze(page: Page) -> None:
    """Stop the player's clock, so that places can be told however slow the machine is."""
    page.evaluate(
        """() => { const {context} = sqlclap.player;
        context.resume = async () => {}; return context.suspend() }"""
    )


def test_a_sound_loops_and_stops_looping_by_a_key(playing: Page) -> None:
    playing.evaluate(
        """() => { window.turns = 0; let last = 0;
        sqlclap.player.addEventListener('change', () => {
          if (sqlclap.player.position < last) window.turns += 1;
          last = sqlclap.player.position; }) }"""
    )
    playing.wait_for_function("turns >= 2")
    assert playing.text_content("#playing-how") == "loop"
    playing.press("#map", "o")
    playing.wait_for_function("!sqlclap.player.playing")
    assert playing.text_content("#playing-how") == ""


def test_the_waveform_is_scrubbed_by_dragging_and_by_keys(playing: Page) -> None:
    freeze(playing)
    wave = playing.locator("#card canvas.outline")
    box = wave.bounding_box()
    assert box is not None
    places = playing.evaluate_handle("[]")
    playing.evaluate(
        """places => sqlclap.player.addEventListener('change', () =>
        places.push(sqlclap.player.share))""",
        places,
    )
    playing.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    playing.mouse.down()
    playing.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 20, steps=6)
    playing.mouse.up()
    for share in (0.2, 0.8):
        playing.wait_for_function(
            "([places, share]) => places.some(one => Math.abs(one - share) < 0.05)",
            arg=[places, share],
        )
    wave.focus()
    for key, share in (("Home", 0), ("PageUp", 0.1), ("ArrowRight", 0.12)):
        playing.keyboard.press(key)
        assert wave.get_attribute("aria-valuenow") == f"{share:.3f}"
        assert playing.evaluate("sqlclap.player.share") == pytest.approx(share, abs=0.01)
    length = playing.evaluate("sqlclap.player.duration")
    at = 0.12 * length
    assert wave.get_attribute("aria-valuetext") == f"{at:.2f} of {length:.2f} seconds"
    playing.press("#map", ".")
    assert playing.evaluate(POSITION) == pytest.approx(at + 0.25, abs=0.01)
    playing.press("#map", ",")
    assert playing.evaluate(POSITION) == pytest.approx(at, abs=0.01)


def test_the_next_sound_begins_where_the_last_one_ends(map_page: Page) -> None:
    select(map_page, 1, 2, 6)
    map_page.evaluate(
        """() => { window.starts = [];
        const {player} = sqlclap, {prototype} = AudioBufferSourceNode, {start} = prototype;
        const wait = () => { // the clock stands still until the next sound is there
          void player.context?.suspend();
          if (player.following || !player.playsThrough) void player.context?.resume();
          else setTimeout(wait, 10);
        };
        prototype.start = function (when, offset) {
          starts.push([when, this.buffer.duration]);
          start.call(this, when, offset);
          wait();
        };
        player.addEventListener('track', wait) }"""
    )
    map_page.click("#selection button:text-is('Play through')")
    map_page.wait_for_function("starts.length === 3 && !sqlclap.player.playing")
    starts = map_page.evaluate("starts")
    for (began, length), (following, _) in pairwise(starts):
        assert following == pytest.approx(began + length, abs=1e-6)


def test_loudness_is_matched_from_what_was_measured(playing: Page) -> None:
    assert playing.evaluate(f"{VOICE}.level.gain.value") == pytest.approx(1)
    playing.click("#player summary")
    playing.locator("#player label:has-text('equally loud') input").check()
    facts = "sqlclap.player.facts"
    wanted = playing.evaluate(f"Math.min(-18 - {facts}.loudness, -1 - {facts}.peak_db)")
    playing.wait_for_function(
        f"wanted => Math.abs(20 * Math.log10({VOICE}.level.gain.value) - wanted) < 0.05", arg=wanted
    )
    playing.reload()
    playing.wait_for_selector("body[data-ready=yes]")
    assert playing.evaluate("sqlclap.player.settings.now.matchLoudness") is True


def test_loops_are_brought_to_a_tempo_with_their_pitch_kept(playing: Page) -> None:
    playing.evaluate("sqlclap.player.facts.tempo = 100")  # no sound here has one
    playing.press("#map", "t")
    stretched = f"{VOICE}?.audio"
    playing.wait_for_function(f"{stretched}?.playbackRate === 1.2")
    assert playing.evaluate(f"[{stretched}.preservesPitch, {stretched}.loop]") == [True, True]
    assert playing.text_content("#playing-how") == "loop · 100 → 120 BPM"


def test_a_sound_is_slowed_with_what_is_too_high_to_hear(playing: Page) -> None:
    length = playing.evaluate("sqlclap.player.duration")
    with playing.expect_request(lambda request: "own_rate=1" in request.url):
        for _ in range(3):
            playing.press("#map", "b")
    audio = f"{VOICE}?.audio"
    playing.wait_for_function(f"{audio}?.duration / {audio}?.playbackRate > {9.9 * length}")
    assert playing.evaluate("sqlclap.player.duration") == pytest.approx(length, abs=0.01)
    assert playing.text_content("#playing-how") == "loop · 10 times slower"
    playing.press("#map", "b")
    playing.press("#map", "b")
    playing.wait_for_function(f"{VOICE}?.buffer !== undefined")


def test_sweeping_plays_what_the_pointer_passes(map_page: Page) -> None:
    map_page.click("#playing")
    map_page.press("#map", "w")
    search(map_page, "tone")
    heard = map_page.evaluate_handle("[]")
    map_page.evaluate(
        """heard => sqlclap.player.addEventListener('track', () =>
        heard.push(sqlclap.player.track.id))""",
        heard,
    )
    for sample in (1, 2, 3):
        map_page.evaluate("id => sqlclap.stage.hovered(sqlclap.atlas.positions([id])[0])", sample)
        map_page.wait_for_function("([heard, id]) => heard.includes(id)", arg=[heard, sample])
    assert map_page.text_content("#playing-how") == "sweep"


def test_all_keys_of_list_and_player_are_in_the_help(map_page: Page) -> None:
    map_page.press("#map", "?")
    told = map_page.text_content("#keys") or ""
    for words in ("Loop, or not", "equally loud", "one tempo", "bats", "Sweep", "select all"):
        assert words in told


def test_a_stretch_is_played_and_what_follows_is_next(map_page: Page) -> None:
    map_page.click("#playing")  # the first gesture
    heard = map_page.evaluate(
        """() => new Promise(done => {
          const { player } = sqlclap, heard = {};
          player.addEventListener('change', () => {
            const isOver = !player.playing && player.track.id === 2 && player.position >= 0.3;
            if (isOver) done(heard);
            else if (player.playing && player.position > 0)
              (heard[player.track.id] ??= []).push(player.position);
          });
          player.playAll([
            {id: 1, name: 'a', from: 0.1, until: 0.3}, {id: 2, name: 'b', from: 0.2, until: 0.35},
          ]);
        })"""
    )
    for sample, (start, end) in {"1": (0.1, 0.3), "2": (0.2, 0.35)}.items():
        assert min(heard[sample]) >= start - 0.01
        assert max(heard[sample]) < end + 0.2  # the clock is read every 40 ms, or later
    again = map_page.evaluate(
        """() => new Promise(done => {
          const { player } = sqlclap;
          player.addEventListener('change', () => player.playing && done(player.position));
          player.toggle();
        })"""
    )
    assert 0.2 <= again < 0.35


BUSY = """() => { const {player} = sqlclap;
const wait = () => {
  if (!player.playing || player.loading) return;
  player.removeEventListener('change', wait);
  for (const until = performance.now() + 700; performance.now() < until;);
};
player.addEventListener('change', wait) }"""
"""The page is busy once from when a sound begins until long after it has ended."""


def test_a_stretch_ends_where_it_should_however_busy_the_page_is(map_page: Page) -> None:
    map_page.click("#playing")  # the first gesture
    map_page.evaluate(BUSY)
    map_page.evaluate("sqlclap.player.playAll([{id: 2, name: 'b', from: 0.1, until: 0.2}])")
    map_page.wait_for_function("!sqlclap.player.playing")
    assert map_page.evaluate(POSITION) == pytest.approx(0.2)
    map_page.evaluate("sqlclap.player.toggle()")
    assert 0.1 <= map_page.evaluate(POSITION) <= 0.2


def test_what_is_over_before_a_test_looks_was_heard(map_page: Page) -> None:
    map_page.click("#playing")  # the first gesture
    listen(map_page)
    map_page.evaluate(BUSY)
    map_page.evaluate("sqlclap.player.play({id: 5, name: 'of 0.4 seconds'})")
    map_page.wait_for_function("heard")
