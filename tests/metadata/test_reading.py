"""Metadata is read at ingest, kept with what said so, and narrows searches on every surface."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.metadata.reading import file_metadata
from tests.cli.running import rows_of
from tests.support.sounds import loop, tone, write_sound

TAGS = ("-metadata", "title=Glass Break", "-metadata", "artist=Ann", "-metadata", "TBPM=128")
KEY = ("-metadata", "TKEY=Am")
CODINGS = ("wav", "aiff", "flac", "ogg", "mp3", "caf")


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def with_chunks(path: Path, *chunks: bytes) -> Path:
    """Put chunks behind the samples of a WAV."""
    raw = path.read_bytes() + b"".join(chunks)
    path.write_bytes(raw[:4] + struct.pack("<I", len(raw) - 8) + raw[8:])
    return path


ACID = struct.pack("<IHHfIHHf", 2, 57, 0x8000, 0.0, 8, 4, 4, 140.0)
SMPL = struct.pack("<9I", 0, 0, 0, 60, 1 << 31, 0, 0, 1, 0) + struct.pack(
    "<6I", 0, 0, 0, 4799, 0, 0
)
IXML = b"<BWFXML><PROJECT>Pond</PROJECT><USER><CATEGORY>WATER</CATEGORY></USER></BWFXML>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sounds = tmp_path_factory.mktemp("said") / "sounds"
    plain = write_sound(sounds / "tone.wav", tone(220))
    for number, coding in enumerate(CODINGS):
        file = sounds / "tagged" / f"{coding}.{coding}"
        file.parent.mkdir(exist_ok=True)
        write = ("-write_id3v2", "1") if coding == "aiff" else ()
        cut = ("-af", f"volume=0.{number + 1}")
        command = ["ffmpeg", "-v", "error", "-i", plain, *cut, *TAGS, *KEY, *write, file]
        subprocess.run([str(one) for one in command], check=True)
    bext = ["ffmpeg", "-v", "error", "-i", plain, "-af", "volume=0.05", "-write_bext", "1"]
    said = ["-metadata", "description=Frogs at dusk", "-metadata", "originator=Zoom"]
    subprocess.run([*map(str, [*bext, *said, sounds / "bext.wav"])], check=True)
    made = write_sound(sounds / "loops" / "GlassLoop_90bpm_Cmin.wav", tone(300))
    with_chunks(made, chunk(b"acid", ACID), chunk(b"smpl", SMPL), chunk(b"iXML", IXML))
    write_sound(sounds / "loops" / "plain_174bpm_F#m.wav", tone(500))
    write_sound(sounds / "beats" / "clicks.wav", loop())
    write_sound(sounds / "beats" / "clicks_60bpm_Dm.wav", 0.9 * loop())
    broken = write_sound(sounds / "broken" / "huge.wav", tone(700))
    endless = (
        b"LIST" + struct.pack("<I", 10**9) + b"INFOINAM" + struct.pack("<I", 10**9) + b"a\0\xff"
    )
    with_chunks(broken, chunk(b"acid", b"\1"), chunk(b"iXML", b"<a>" * 20_000), endless)
    return sounds


@pytest.fixture(scope="module")
def path(folder: Path, fake_bundle: Path) -> Path:
    file = folder.parent / "library.db"
    with sqlclap.open(file, model=str(fake_bundle)) as library:
        assert library.ingest([folder]).failed == []
    return file


@pytest.fixture
def library(path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(path, model=str(fake_bundle), mode="read") as opened:
        yield opened


def said(path: Path) -> dict[str, object]:
    best: dict[str, object] = {}
    for entry in file_metadata(path).entries:
        best.setdefault(entry.field, entry.value)
    return best


@pytest.mark.parametrize("coding", CODINGS)
def test_tags_that_ffmpeg_writes(folder: Path, coding: str) -> None:
    best = said(folder / "tagged" / f"{coding}.{coding}")
    assert (best["title"], best["artist"]) == ("Glass Break", "Ann")
    if coding != "wav":  # LIST/INFO has no such fields
        assert (best["tempo"], best["key"]) == (128.0, "A minor")


def test_a_broadcast_wave(folder: Path) -> None:
    best = said(folder / "bext.wav")
    assert (best["description"], best["originator"]) == ("Frogs at dusk", "Zoom")


def test_chunks_for_loops_and_samplers_keep_what_said_so(library: sqlclap.Library) -> None:
    sample = next(one for one in library.samples() if "GlassLoop" in one.path)
    entries = library.metadata(sample.sample_id)
    found = [(one.field, one.value, one.origin, one.is_best) for one in entries]
    assert [one for one in found if one[0] == "tempo"] == [
        ("tempo", 140.0, "acid", True), ("tempo", 90.0, "name", False),
    ]  # fmt: skip
    for expected in (
        ("root_note", 57, "acid", True), ("root_note", 60, "smpl", False),
        ("fine_tune", 50.0, "smpl", True), ("loop_start_s", 0.0, "smpl", True),
        ("meter", "4/4", "acid", True), ("kind", "loop", "acid", True),
        ("key", "C minor", "name", True), ("category", "WATER", "ixml", True),
        ("project", "Pond", "ixml", True),
    ):  # fmt: skip
        assert expected in found
    query = "SELECT value, origin FROM metadata_best WHERE sample_id = ? AND field = 'tempo'"
    assert library.connection.execute(query, (sample.sample_id,)).fetchall() == [(140.0, "acid")]
    rows = rows_of("metadata", Path(library.connection.filename), str(sample.sample_id))
    assert rows == [dict(one) for one in entries]


CASES: list[tuple[dict[str, object], set[str]]] = [
    ({"text": "glass"}, {*CODINGS, "GlassLoop_90bpm_Cmin"}),
    ({"text": "glass loop"}, {"GlassLoop_90bpm_Cmin"}),
    ({"text": "GLASSLO*"}, {"GlassLoop_90bpm_Cmin"}),
    ({"text": '"dusk frogs" OR pond'}, {"GlassLoop_90bpm_Cmin"}),
    ({"text": "frogs"}, {"bext"}),
    ({"category": "water"}, {"GlassLoop_90bpm_Cmin"}),
    ({"min_tempo": 135, "max_tempo": 150}, {"GlassLoop_90bpm_Cmin"}),
    ({"min_tempo": 174}, {"plain_174bpm_F#m"}),
    ({"key": "Am", "max_tempo": 128}, set(CODINGS) - {"wav"}),
    ({"key": "c"}, {"GlassLoop_90bpm_Cmin", "clicks"}),
    ({"key": "C major"}, {"clicks"}),
    ({"min_tempo": 118, "max_tempo": 122}, {"clicks"}),
    ({"text": "clicks", "max_tempo": 70}, {"clicks_60bpm_Dm"}),
    ({"key": "Dm"}, {"clicks_60bpm_Dm"}),
]


@pytest.mark.parametrize(("options", "names"), CASES)
def test_filters_narrow_alike_everywhere(
    library: sqlclap.Library, options: dict[str, object], names: set[str]
) -> None:
    only = sqlclap.SearchOptions(**options)  # type: ignore[arg-type]
    found = {Path(one.path).stem for one in library.search("tone", 50, only)}
    assert found == names
    sqlclap.register_functions(library.connection)
    told = library.connection.execute(
        "SELECT clap_neighbors(clap_vector(1), 50, ?)", (json.dumps(options),)
    ).get
    assert len(json.loads(told)) == len(names)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    rows = rows_of("similar", Path(library.connection.filename), "1", "-n", "50", *flags)
    assert {Path(row["path"]).stem for row in rows} == names - {
        Path(library.samples()[0].path).stem
    }


def test_what_is_no_key_or_tempo_is_refused() -> None:
    with pytest.raises(QueryError, match="min_tempo is above max_tempo"):
        sqlclap.Filter(min_tempo=130, max_tempo=120)


def test_damaged_chunks_stop_nothing(folder: Path, library: sqlclap.Library) -> None:
    sample = next(one for one in library.samples() if "huge" in one.path)
    assert sample.status == "ok"
    assert all(len(str(one.value)) <= 2_000 for one in library.metadata(sample.sample_id))
    before = (folder / "broken" / "huge.wav").read_bytes()
    file_metadata(folder / "broken" / "huge.wav")
    assert (folder / "broken" / "huge.wav").read_bytes() == before


def test_a_tag_larger_than_any_is_noted(tmp_path: Path, folder: Path) -> None:
    frame = b"TIT2" + struct.pack(">I", 30_000_000) + b"\0\0"
    size = bytes((30_000_010 >> shift) & 127 for shift in (21, 14, 7, 0))
    sound = (folder / "tagged" / "mp3.mp3").read_bytes()
    file = tmp_path / "huge.mp3"
    file.write_bytes(b"ID3\3\0\0" + size + frame + b"x" * 30_000_000 + sound)
    read = file_metadata(file)
    assert read.note is not None
    assert "a tag of 30,000,000 bytes" in read.note


def test_it_is_read_again_after_a_change_and_for_old_libraries(
    path: Path, folder: Path, fake_bundle: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copyfile(path, tmp_path / "copy.db"))
    with sqlclap.open(copy, model=str(fake_bundle)) as library:
        run = library.connection.execute
        vectors = run("SELECT count(*), max(embedding_id) FROM embeddings").fetchone()
        whole = run("SELECT count(*) FROM metadata").get
        run("DELETE FROM sound_descriptions")  # as a library of an earlier sqlclap has none
        assert library.info().counts["metadata_unread"] == len(library.samples())
        assert run("SELECT count(*) FROM metadata").get == 0
        assert library.ingest([folder]).new == 0
        assert library.info().counts["metadata_unread"] == 0
        assert run("SELECT count(*) FROM metadata").get == whole
        assert run("SELECT count(*), max(embedding_id) FROM embeddings").fetchone() == vectors
        run("UPDATE samples SET path = 'renamed.wav' WHERE path = 'tone.wav'")
        assert library.info().counts["metadata_unread"] == 1
        run("DELETE FROM samples WHERE path LIKE '%174bpm%'")
        run("INSERT INTO sound_words (sound_words, rank) VALUES ('integrity-check', 1)")
        matched = "SELECT count(*) FROM sound_words WHERE sound_words MATCH 'plain'"
        assert run(matched).get == 0
