"""Find the moment: where in a long sound something is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.search.moments import Moment
from sqlclap.search.request import SearchOptions
from tests.cli.running import succeed
from tests.support.fake_bundle import WINDOW_S
from tests.support.sounds import RATE, noise, tone, write_sound

MOMENTS = SearchOptions(moments=True)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A short noise, a short tone, and three seconds of tone with noise from 1.5 to 2."""
    folder = tmp_path / "scenes"
    write_sound(folder / "noise.wav", noise(1, WINDOW_S))
    write_sound(folder / "tone.wav", tone(440, WINDOW_S))
    parts = [tone(440, WINDOW_S)] * 6
    parts[3] = noise(2, WINDOW_S)
    write_sound(folder / "scene.wav", np.concatenate(parts))
    return folder


@pytest.fixture
def heard(library: sqlclap.Library, scenes: Path) -> sqlclap.Library:
    library.ingest([scenes])
    return library


def span_of(match: sqlclap.Match) -> tuple[float, float]:
    assert isinstance(match, sqlclap.Moment)
    return match.start_s, match.end_s


def test_the_noise_in_a_long_sound_is_found_where_it_is(
    heard: sqlclap.Library, tmp_path: Path
) -> None:
    asked = write_sound(tmp_path / "asked.wav", noise(3, WINDOW_S))
    first, second, *rest = heard.similar(asked, n=20, options=MOMENTS)
    assert {first.path, second.path} == {"noise.wav", "scene.wav"}
    spans = {match.path: span_of(match) for match in (first, second)}
    assert spans == {"noise.wav": (0.0, WINDOW_S), "scene.wav": (1.5, 2.0)}
    assert len(rest) == 6  # the tone, and the scene's five other windows
    assert all(isinstance(match, Moment) for match in rest)
    assert [match.rank for match in (first, second, *rest)] == list(range(1, 9))


def test_a_sample_is_not_among_its_own_moments(heard: sqlclap.Library) -> None:
    found = heard.similar("noise.wav", n=20, options=MOMENTS)
    assert len(found) == 7
    assert "noise.wav" not in {match.path for match in found}
    assert span_of(found[0])[0] == 1.5


def test_the_best_are_the_same_however_many_are_asked_for(heard: sqlclap.Library) -> None:
    everything = heard.similar("tone.wav", n=20, options=MOMENTS)
    for n in range(1, 8):
        assert heard.similar("tone.wav", n=n, options=MOMENTS) == everything[:n]
    page = heard.similar("tone.wav", n=3, options=SearchOptions(moments=True, offset=2))
    assert page == everything[2:5]


def test_a_score_is_the_cosine_of_the_stored_window(heard: sqlclap.Library) -> None:
    found = heard.search("a deep kick", n=8, options=MOMENTS)
    vector = heard.encoder.embed_texts(["a deep kick"])[0]
    sql = """
        SELECT 1 - vec_distance_cosine(v.vector, ?) FROM vec_1 AS v
        JOIN embeddings AS e USING (embedding_id)
        WHERE e.sample_id = ? AND e.start_s = ? AND e.end_s = ? AND e.window_index IS NOT ?
    """
    for match in found:
        whole = match.path != "scene.wav"
        bindings = (vector.tobytes(), match.sample_id, *span_of(match))
        expected = heard.connection.execute(sql, (*bindings, 0 if whole else None)).get
        assert match.score == pytest.approx(expected, abs=1e-6)


def test_filters_and_floors_hold_for_moments(heard: sqlclap.Library) -> None:
    long = SearchOptions(moments=True, min_length=1.0)
    assert {match.path for match in heard.search("kick", n=20, options=long)} == {"scene.wav"}
    found = heard.search("kick", n=20, options=MOMENTS)
    lowest = found[-1].score
    floor = SearchOptions(moments=True, min_score=np.nextafter(lowest, 1.0))
    above = [match for match in found if match.score > lowest]
    assert heard.search("kick", n=20, options=floor) == above


def test_more_moments_than_one_look_finds(library: sqlclap.Library, tmp_path: Path) -> None:
    """Eighty short sounds between the windows of a long one, whose own vector is no answer."""
    folder = tmp_path / "many"
    for number in range(80):
        write_sound(folder / f"{number:02}.wav", tone(200 + 5 * number, WINDOW_S))
    write_sound(folder / "long.wav", np.tile(tone(300, WINDOW_S), 90))
    library.ingest([folder])
    found = library.search("kick", n=500, options=MOMENTS)
    assert len(found) == 80 + 90
    assert [match.score for match in found] == sorted((m.score for m in found), reverse=True)


def test_the_command_line_shows_begin_and_end(
    heard: sqlclap.Library, fake_bundle: Path, tmp_path: Path
) -> None:
    asked = str(write_sound(tmp_path / "asked.wav", noise(3, WINDOW_S, RATE)))
    words = ("similar", str(heard.path), asked, "--moments", "--model", str(fake_bundle))
    assert "0:01.5-0:02.0" in succeed(*words)
    rows = json.loads(succeed(*words, "--json"))
    assert (1.5, 2.0) in {(row["start_s"], row["end_s"]) for row in rows}
    empty = succeed(*words, "--min-score", "2", "--csv")
    assert {"rank", "start_s", "end_s"} <= {*empty.strip().split(",")}
