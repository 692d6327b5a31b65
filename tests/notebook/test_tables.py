"""Results as notebooks show them: in text, and in HTML with players."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.audio.preview import RATE, SECONDS, preview
from sqlclap.errors import AudioDecodeError
from tests.support.sounds import noise, tone, write_sound

HOSTILE = "<img src=x onerror='alert(1)'>&\u202e.wav"
AUDIO = re.compile(r'<audio [^>]*src="data:(audio/[\w-]+);base64,([^"]+)"')


class Tags(HTMLParser):
    """Notes which elements a document has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[sqlclap.Library]:
    """A library with names that mean harm, a file that goes, and formats that browsers lack."""
    sounds = tmp_path / "sounds"
    write_sound(sounds / "a-tone.wav", tone(220))
    write_sound(sounds / HOSTILE, tone(300))
    write_sound(sounds / "gone.wav", noise(2))
    soundfile.write(sounds / "float.wav", 0.5 * noise(3, 8.0, 96_000), 96_000, subtype="FLOAT")
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.ingest([sounds])
        (sounds / "gone.wav").unlink()
        yield library


def test_a_table_reads_as_people_read(heard: sqlclap.Library) -> None:
    head, titles, first, *_ = repr(heard.similar(1, 3)).splitlines()
    assert head == "3 matches"
    assert titles.split() == ["rank", "score", "length", "id", "path"]
    assert re.fullmatch(r" +1 +~?\d\.\d{3} +\d\.\d\d s +\d +\S.*", first)


def test_what_is_doubtful_is_said_below(heard: sqlclap.Library) -> None:
    shown = repr(heard.search("xyzzy qwfp", 2))
    assert "~0." in shown
    assert "Doubtful: no word of this is known" in shown
    assert "~ weak: " in shown


def test_nothing_is_said_to_be_nothing(heard: sqlclap.Library) -> None:
    none = heard.samples(sqlclap.Filter(min_length=100))
    assert (repr(none), len(none)) == ("no samples", 0)
    assert "no samples" in none._repr_html_()
    assert "<table" not in none._repr_html_()


def test_long_tables_are_cut(heard: sqlclap.Library) -> None:
    many = heard.similar(1, 3)
    many.extend(10 * [*many])
    assert "... and 13 more" in repr(many).splitlines()
    assert "and 13 more" in many._repr_html_()


def test_names_are_text_and_never_html(heard: sqlclap.Library) -> None:
    shown = heard.samples()._repr_html_()
    assert "<img" not in shown
    assert "&lt;img src=x onerror=&#x27;alert(1)&#x27;&gt;&amp;\\u202e.wav" in shown
    assert "\u202e" not in repr(heard.samples())
    tags = Tags()
    tags.feed(shown)
    assert tags.seen.count("tr") == 5
    own = ("div", "p", "table", "thead", "tbody", "tr", "th", "td", "audio", "span")
    assert {*tags.seen} == {*own}


def test_each_row_has_a_player_of_its_sound(heard: sqlclap.Library, tmp_path: Path) -> None:
    shown = heard.samples()._repr_html_()
    assert "the file is missing" in shown
    kept = {base64.b64decode(content) for kind, content in AUDIO.findall(shown)}
    assert len(kept) == 3
    assert (tmp_path / "sounds" / "a-tone.wav").read_bytes() in kept  # as it is


def test_a_sound_elsewhere_has_no_player(
    heard: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a sound at a node the path is relative: here, another file may have that name."""
    monkeypatch.chdir(tmp_path / "sounds")
    found = heard.similar(1, 3)
    assert AUDIO.findall(found._repr_html_())
    found[:] = [replace(one, file=Path(one.path)) for one in found]
    shown = found._repr_html_()
    assert not AUDIO.findall(shown)
    assert shown.count("it lies at a node") == 3


def test_what_browsers_do_not_play_is_clipped_and_converted(tmp_path: Path) -> None:
    sound = 0.5 * noise(3, 8.0, 96_000)
    soundfile.write(tmp_path / "float.wav", sound, 96_000, subtype="FLOAT")
    heard = preview(tmp_path / "float.wav")
    samples, rate = soundfile.read(io.BytesIO(heard.content))
    assert (heard.mime, rate, samples.ndim) == ("audio/wav", RATE, 1)
    assert len(samples) == pytest.approx(SECONDS * RATE, abs=RATE / 100)
    assert soundfile.info(io.BytesIO(heard.content)).subtype == "PCM_16"


def test_a_moment_is_played_from_where_it_begins(tmp_path: Path) -> None:
    quiet_then_loud = np.concatenate([0.01 * tone(220, 2.0), tone(220, 2.0)])
    write_sound(tmp_path / "long.wav", quiet_then_loud)
    later = preview(tmp_path / "long.wav", start_s=2.0, seconds=0.5)
    samples, rate = soundfile.read(io.BytesIO(later.content))
    assert np.abs(samples).max() > 0.1
    assert len(samples) == pytest.approx(0.5 * rate, abs=rate / 100)
    with pytest.raises(AudioDecodeError, match="no sound at 60 s"):
        preview(tmp_path / "long.wav", start_s=60.0)


def test_far_into_a_long_sound_only_the_stretch_is_read(tmp_path: Path) -> None:
    rate = 8_000
    hour = np.zeros(1_200 * rate, dtype=np.int16)
    hour[1_000 * rate : 1_001 * rate] = 10_000
    soundfile.write(tmp_path / "long.flac", hour, rate)
    heard = preview(tmp_path / "long.flac", start_s=999.5, seconds=1.0)
    samples, _ = soundfile.read(io.BytesIO(heard.content))
    assert np.abs(samples[: rate // 4]).max() < 0.01
    assert samples[-rate // 4 :].mean() > 0.2
    with pytest.raises(AudioDecodeError, match="too far in"):
        preview(tmp_path / "long.flac", start_s=5_000.0)


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_what_is_no_sound_says_so(heard: sqlclap.Library, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "sounds" / "a-tone.wav"
    file.unlink()
    file.mkdir() if kind == "folder" else file.write_text("<b>no sound</b>")
    shown = heard.samples()._repr_html_()
    assert "can&#x27;t be played" in shown or "can't be played" in shown
    assert len(AUDIO.findall(shown)) == 2


def test_sound_takes_no_more_bytes_than_it_may(heard: sqlclap.Library) -> None:
    samples = heard.samples()
    whole = samples.to_html()
    tight = samples.to_html(audio_bytes=40_000)
    assert sum(len(content) for _, content in AUDIO.findall(tight)) < 40_000
    assert len(AUDIO.findall(tight)) < len(AUDIO.findall(whole))
    assert "without a player" in tight
    silent = samples.to_html(audio_bytes=0)
    assert not AUDIO.findall(silent)
    assert "listen" not in silent
    assert len(re.findall("<tr>", samples.to_html(rows=1))) == 2
