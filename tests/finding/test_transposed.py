"""A sound is found at other pitches: as by asking with the file at another speed, by hand."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.search.transposition import FURTHEST, MOST, read_transpositions
from sqlclap.shards import ShardSet, open_set, transposed
from sqlclap.shards.making import init_set
from tests.cli.running import fail, run, succeed
from tests.support.sounds import noise, write_sound

RATE = 22_050
OCTAVES = SearchOptions(transpose="-12,12")


def pluck(hz: float, seconds: float = 0.8) -> np.ndarray:
    """Return a sound with overtones that die away."""
    at = np.arange(int(RATE * seconds)) / RATE
    parts = (np.sin(2 * np.pi * hz * number * at) / number for number in range(1, 6))
    return np.asarray(0.3 * sum(parts) * np.exp(-4 * at), dtype=np.float32)


def at_speed(file: Path, factor: float) -> bytes:
    """Return a file's samples, to be played so many times as fast."""
    samples, rate = soundfile.read(file, dtype="float32")
    told = io.BytesIO()
    soundfile.write(told, samples, round(rate * factor), format="WAV", subtype="FLOAT")
    return told.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sounds, one of them long, in a library of the embedded model and in a set of two shards."""
    made = tmp_path_factory.mktemp("transposed")
    for number, hz in enumerate((110, 147, 196, 262, 349, 466)):
        write_sound(made / "in" / f"pluck-{hz}.wav", pluck(hz, 0.5 + number / 10), RATE)
    for seed in range(4):
        write_sound(made / "in" / f"noise-{seed}.wav", noise(seed, 0.3), RATE)
    long = np.concatenate([pluck(220, 11), noise(9, 11, RATE)])
    write_sound(made / "in" / "long.wav", long, RATE)
    with sqlclap.open(made / "sounds.db") as library:
        library.ingest([made / "in"])
    with init_set(made / "set.toml", 2) as shards:
        shards.ingest([made / "in"])
    return made


@pytest.fixture
def library(folder: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(folder / "sounds.db", mode="read") as opened:
        yield opened


@pytest.fixture
def shards(folder: Path) -> Iterator[ShardSet]:
    with open_set(folder / "set.toml") as opened:
        yield opened


def told(matches: sqlclap.Matches) -> list[tuple[Any, ...]]:
    return [(one.rank, one.path, one.transposed, getattr(one, "start_s", None)) for one in matches]


@pytest.mark.parametrize(("factor", "wanted"), [(2.0, -12.0), (0.5, 12.0), (1.0, 0.0)])
@pytest.mark.parametrize("hz", [147, 349])
def test_a_sound_at_another_speed_finds_its_original(
    folder: Path, library: sqlclap.Library, factor: float, wanted: float, hz: int
) -> None:
    first = library.similar(at_speed(folder / "in" / f"pluck-{hz}.wav", factor), 1, OCTAVES)[0]
    assert (first.path, first.transposed) == (f"pluck-{hz}.wav", wanted)
    assert first.score == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    "options",
    [{}, {"offset": 2}, {"min_score": 0.6}, {"where": "path LIKE 'pluck%'"}, {"moments": True}],
    ids=str,
)
def test_each_sound_counts_by_its_best_pitch(
    folder: Path, library: sqlclap.Library, options: dict[str, Any]
) -> None:
    asked = SearchOptions(**options, transpose="-7,5")
    found = library.similar("pluck-262.wav", 4, asked)
    skipped = options.get("offset", 0)
    alone = SearchOptions(**{**options, "offset": 0})
    best: dict[tuple[str, Any], tuple[float, float]] = {}
    for semitones in (0, -7, 5):
        file = at_speed(folder / "in" / "pluck-262.wav", 2 ** (semitones / 12))
        for one in library.similar(file if semitones else "pluck-262.wav", 50, alone):
            place = (one.path, getattr(one, "start_s", None))
            if one.path != "pluck-262.wav":
                best[place] = max(best.get(place, (-2, 0)), (one.score, semitones))
    wanted = sorted(best.items(), key=lambda item: -item[1][0])[skipped : skipped + 4]
    assert [(one.path, getattr(one, "start_s", None)) for one in found] == [at for at, _ in wanted]
    assert [one.transposed for one in found] == [semitones for _, (_, semitones) in wanted]
    assert [one.score for one in found] == pytest.approx([s for _, (s, _) in wanted], abs=2e-4)
    assert [one.rank for one in found] == [*range(skipped + 1, skipped + 1 + len(found))]


def test_a_span_is_heard_at_other_pitches(folder: Path, library: sqlclap.Library) -> None:
    moments = SearchOptions(transpose="12", moments=True)
    found = library.similar("long.wav@0-2", 3, moments)
    assert all((one.path, getattr(one, "start_s", None)) != ("long.wav", 0.0) for one in found)
    alone = library.similar("long.wav@0-2", 3, SearchOptions(moments=True))
    assert found[0].score >= alone[0].score


def test_a_set_finds_the_same(folder: Path, library: sqlclap.Library, shards: ShardSet) -> None:
    file = at_speed(folder / "in" / "pluck-196.wav", 1.5)
    for options in (OCTAVES, SearchOptions(transpose="-7", offset=3, moments=True)):
        for sound in ("pluck-196.wav", file, "long.wav@0.5-2"):
            here, there = library.similar(sound, 5, options), shards.similar(sound, 5, options)
            assert told(there) == told(here)
            assert [one.score for one in there] == pytest.approx([one.score for one in here])
            assert there.reach.is_whole


def test_a_shard_that_goes_between_two_pitches_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    file = at_speed(folder / "in" / "pluck-196.wav", 2)
    with open_set(copy / "set.toml") as opened:
        gone = opened.shards[1].path
        heard: list[float] = []

        def hear(encoder: Any, source: Any, span: Any, semitones: float) -> Any:
            heard.append(semitones)
            if len(heard) == 2:
                gone.rename(gone.with_suffix(".gone"))
            return embed_with_notes(encoder, source, span, semitones)

        monkeypatch.setattr(transposed, "embed_with_notes", hear)
        found = opened.similar(file, 5, OCTAVES)
    assert heard == [0, -12, 12]
    assert [one.shard for one in found.reach.missing] == [2]
    assert (found.reach.asked, found.reach.answered) == (2, 1)


def test_the_command_tells_the_pitch(folder: Path) -> None:
    asked = ["similar", str(folder / "sounds.db"), "pluck-110.wav", "-n", "3"]
    table = succeed(*asked, "--transpose", "-12", "--transpose", "12")
    assert "transposed" in table
    assert "+12" in table
    rows = json.loads(succeed(*asked, "--transpose", "-12,12", "--json"))
    assert rows[0]["transposed"] in (-12, 0, 12)
    plain = succeed(*asked)
    assert "transposed" not in plain
    told = run(*asked, "--transpose", "-12,12", "--explain").stderr
    assert "again at -12, +12 semitones" in told


def test_a_file_that_has_gone_or_changed_is_told(folder: Path, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "in" / "one.wav", pluck(200), RATE)
    write_sound(tmp_path / "in" / "two.wav", pluck(300), RATE)
    with sqlclap.open(tmp_path / "sounds.db") as made:
        made.ingest([tmp_path / "in"])
        write_sound(file, pluck(250, 0.9), RATE)
        with pytest.raises(QueryError, match="has changed"):
            made.similar("one.wav", 1, OCTAVES)
        file.unlink()
        with pytest.raises(QueryError, match=r"can.t read one\.wav"):
            made.similar("one.wav", 1, OCTAVES)
        assert made.similar("one.wav", 1)


def test_what_has_no_pitch_is_refused(library: sqlclap.Library, shards: ShardSet) -> None:
    vector = library.encoder.embed_text("kick")
    for opened in (library, shards):
        with pytest.raises(QueryError, match="no pitch"):
            opened.similar(vector, 3, OCTAVES)
        with pytest.raises(QueryError, match="transpose is of one sound"):
            opened.search("kick", 3, OCTAVES)
        with pytest.raises(QueryError, match="transpose is of one sound"):
            opened.find(Query().like("pluck-110.wav").more("kick"), 3, OCTAVES)
        for barred in (
            SearchOptions(transpose="12", sort="path"),
            SearchOptions(transpose="12", or_text="kick"),
            SearchOptions(transpose="12", aspect="length"),
            SearchOptions(transpose="12", events=True),
        ):
            with pytest.raises(QueryError, match="not with"):
                opened.similar("pluck-110.wav", 3, barred)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "semitones from -36"),
        ("high", "got 'high'"),
        ("nan", "got 'nan'"),
        ("inf", "got 'inf'"),
        (f"{FURTHEST + 1}", "semitones from -36 to 36"),
        ("0", "other than 0"),
        (",".join(map(str, range(1, MOST + 2))), f"at most {MOST}"),
    ],
)
def test_semitones_are_checked(folder: Path, text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        read_transpositions(text)
    assert says in fail("similar", folder / "sounds.db", "1", "--transpose", text)


def test_twelve_are_taken_and_each_once() -> None:
    assert read_transpositions("1,1.0, 1") == (1.0,)
    assert len(read_transpositions(",".join(map(str, range(1, MOST + 1))))) == MOST
