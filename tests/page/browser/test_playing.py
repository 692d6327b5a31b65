"""What ingest takes, every play button plays: the page's own, and those of Datasette's tables."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page

import sqlclap
from tests.page.browser.places import Served, serving
from tests.support.patience import PATIENCE_S
from tests.support.sounds import tone, write_sound

FFMPEG = shutil.which("ffmpeg")
ENCODED = {
    "alac.m4a": ("-c:a", "alac"),
    "aac.m4a": ("-c:a", "aac"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "opus.opus": ("-c:a", "libopus"),
    "mp3.mp3": ("-c:a", "libmp3lame"),
    "xingless.mp3": ("-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0"),
    "two.mp2": ("-c:a", "mp2"),
    "matroska.mka": ("-c:a", "flac"),
    "piped.webm": ("-c:a", "libopus", "-live", "1"),
}
PLAYED = """
async (address) => {
  const audio = new Audio(address);
  audio.muted = true;
  await new Promise((done, failed) => {
    audio.onplaying = done;
    audio.onerror = () => failed(new Error(audio.error.message));
    audio.play().catch(failed);
  });
  return audio.duration;
}
"""


NOTE_PLAYING = """
window.said = [];
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (!this.noted) this.addEventListener("playing", () => said.push(this.duration));
  this.noted = this.muted = true;
  return play.call(this);
};
"""


def make_sounds(folder: Path) -> None:
    """Write sounds of many kinds, most of which some browser can't play as they are."""
    plain = write_sound(folder / "plain.wav", tone(330, 1.0, 48_000), rate=48_000)
    for rate in (2_000, 192_000, 384_000):
        write_sound(folder / f"rate-{rate}.wav", tone(220, 1.0, rate), rate=rate)
    for name, kind in (("float.wav", "FLOAT"), ("double.wav", "DOUBLE"), ("ulaw.wav", "ULAW")):
        write_sound(folder / name, tone(330, 1.0, 48_000), rate=48_000, subtype=kind)
    for name, kind in (("a.aiff", "AIFF"), ("a.caf", "CAF"), ("a.au", "AU"), ("a.w64", "W64")):
        write_sound(folder / name, tone(330, 1.0, 48_000), rate=48_000, format=kind)
    six = np.stack([tone(330, 1.0, 48_000)] * 6, axis=1)
    soundfile.write(folder / "six.wav", six, 48_000)
    shutil.copyfile(plain, os.fsencode(folder) + b"/caf\xe9_latin1.wav")
    shutil.copyfile(plain, folder / "new\nline 🥁.wav")
    for name, coding in ENCODED.items():
        command = [str(FFMPEG), "-v", "error", "-i", str(plain), *coding, str(folder / name)]
        subprocess.run(command, check=True)
    mp3 = (folder / "mp3.mp3").read_bytes()
    (folder / "junk_in_front.mp3").write_bytes(bytes(range(1, 200)) * 10 + mp3)
    (folder / "twice.mp3").write_bytes(mp3 + mp3)
    ogg = (folder / "vorbis.ogg").read_bytes()
    (folder / "chained.ogg").write_bytes(ogg + (folder / "opus.opus").read_bytes())


@pytest.fixture(scope="module")
def odd_ones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A library of odd sounds, served."""
    if FFMPEG is None:
        pytest.skip("ffmpeg makes these sounds")
    folder = tmp_path_factory.mktemp("odd")
    make_sounds(folder / "sounds")
    with sqlclap.open(folder / "odd.db") as library:
        library.ingest([folder / "sounds"])
    with serving(folder / "odd.db") as served:
        yield served


@pytest.fixture
def odd_page(browser: Browser, odd_ones: Served) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE_S)
    yield context.new_page()
    context.close()


def test_every_sound_plays_from_its_address(odd_page: Page, odd_ones: Served) -> None:
    odd_page.goto(f"{odd_ones.base}/odd/samples")
    paths = [path for (path,) in odd_ones.rows("SELECT path FROM samples")]
    assert len(paths) >= 20
    for path in paths:
        found = odd_page.evaluate(PLAYED, f"{odd_ones.root}/sample/{odd_ones.sample(path)}/audio")
        assert 0.9 <= found <= 2.3, path  # one second each, or two


def test_every_button_in_tables_and_rows_plays(odd_page: Page, odd_ones: Served) -> None:
    odd_page.add_init_script(NOTE_PLAYING)
    odd_page.goto(f"{odd_ones.base}/odd/samples?_size=100")
    buttons = odd_page.locator("button.sqlclap-play")
    count = buttons.count()
    assert count == len(odd_ones.rows("SELECT 1 FROM samples"))
    for at in range(count):
        odd_page.evaluate("said.length = 0")
        buttons.nth(at).click()
        odd_page.wait_for_function("said.length > 0")
        assert odd_page.evaluate("said[0] > 0 && Number.isFinite(said[0])")
        assert buttons.nth(at).text_content() != "✕"
    odd_page.goto(f"{odd_ones.base}/odd/samples/1")
    odd_page.locator("button.sqlclap-play").first.click()
    odd_page.wait_for_function("said.length > 0")


def test_a_sound_that_is_gone_says_so_on_its_button(odd_page: Page, odd_ones: Served) -> None:
    file = odd_ones.file(odd_ones.sample("plain.wav"))
    moved = file.rename(file.with_suffix(".away"))
    try:
        odd_page.goto(f"{odd_ones.base}/odd/samples?path=plain.wav")
        odd_page.locator("button.sqlclap-play").click()
        odd_page.wait_for_selector("button.sqlclap-play:text-is('✕')[aria-label*='gone']")
    finally:
        moved.rename(file)


def test_what_the_browser_cannot_decode_is_asked_for_as_wav(
    odd_page: Page, odd_ones: Served
) -> None:
    odd_page.add_init_script(NOTE_PLAYING)
    asked: list[str] = []
    broken = lambda route: route.fulfill(body=b"no sound", content_type="audio/wav")  # noqa: E731
    odd_page.route(lambda url: url.endswith("/audio"), broken)
    odd_page.on("request", lambda request: asked.append(request.url))
    odd_page.goto(f"{odd_ones.base}/odd/samples?path=plain.wav")
    odd_page.locator("button.sqlclap-play").click()
    odd_page.wait_for_function("said.length > 0")
    assert [url for url in asked if url.endswith("/audio?format=wav")]
    odd_page.unroute_all()
