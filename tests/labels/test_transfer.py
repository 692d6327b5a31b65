"""Export, import, labels from paths, tags in files."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, Literal

import mutagen
import pytest

import sqlclap
from sqlclap.errors import TransferError
from sqlclap.labels.file_tags import write_tags
from sqlclap.labels.suggestions import PathRequest, spread
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.tags import Tag
from sqlclap.labels.transfer import as_csv, as_json, read_records
from sqlclap.labels.votes import CastVote
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def labelled(filled: sqlclap.Library) -> sqlclap.Library:
    labels = filled.labels
    labels.add("tone", threshold=0.8, color="#2a9d8f", notes='with "quotes", and commas')
    labels.add_anchors("tone", ["tones/tone-110.wav", "tones/tone-220.wav"], weight=0.5)
    labels.add_anchors("tone", ["noises/noise-1.flac"], "negative")
    labels.vote("tone", ["tones/tone-440.wav"], CastVote("reject", "cli"))
    labels.vote("tone", ["tones/tone-440.wav"], CastVote("accept", "cli"))
    labels.add("empty", aggregation="max", top_k=2)
    return filled


def comparable(library: sqlclap.Library) -> list[dict]:
    records = [dict(record) for record in library.labels.export()]
    for record in records:
        record.pop("root")
    return records


@pytest.mark.parametrize("write", [as_json, as_csv])
def test_what_goes_out_comes_in_again_elsewhere(
    labelled: sqlclap.Library, fake_bundle: Path, tmp_path: Path, sounds: Path, write: Any
) -> None:
    text = write(labelled.labels.export())
    moved = sounds.rename(tmp_path / "moved")
    with sqlclap.open(tmp_path / "other.db", model=str(fake_bundle)) as other:
        other.ingest([moved])
        report = other.labels.take_in(read_records(text))
        assert (report.labels, report.anchors, report.votes) == (2, 3, 2)
        assert report.unresolved == []
        assert comparable(other) == comparable(labelled)
        again = other.labels.take_in(read_records(text))
        assert (again.labels, again.anchors, again.votes, again.known) == (0, 0, 0, 7)
        assert comparable(other) == comparable(labelled)


JSON = '{"format": "sqlclap labels 1", "records": %s}'
HOSTILE = [
    "", "kind", "kind,label\nlabel", "kind,label\n,x", "kind,label,kind\nlabel,x,label",
    "kind,label\nlabel,x,too,many", 'kind,label\nlabel,"open', "kind,label\nlabel,a\0b",
    "kind,label,notes\nlabel,x," + "n" * 200_000, "kind,label,weight\nanchor,x,nan",
    "kind,label,weight\nanchor,x,1e999", "kind,label,top_k\nlabel,x,3.7",
    "kind,label,created_at\nanchor,x,yesterday", "kind,label,created_at\nanchor,x,9999-12-31",
    "[1, 2]", "{", "{}", "[" * 100_000, JSON % "{}", JSON % "[null]", JSON % "[[]]",
    JSON % '[{"kind": ["label"], "label": "x"}]', JSON % '[{"kind": "label", "label": 7}]',
    JSON % '[{"kind": "label", "label": "\\ud800"}]', JSON % '[{"kind": "label", "label": ""}]',
    JSON % '[{"kind": "label", "label": "x", "top_k": true}]',
    JSON % '[{"kind": "label", "label": "x", "threshold": {}}]',
    JSON % '[{"kind": "anchor", "label": "x", "path": 5}]',
    JSON % '[{"kind": "anchor", "label": "x", "weight": NaN}]',
    JSON % '[{"kind": "vote", "label": "x", "verdict": {}}]',
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_one_error(text: str, labelled: sqlclap.Library) -> None:
    before = comparable(labelled)
    with pytest.raises(TransferError) as told:
        labelled.labels.take_in(read_records(text))
    assert len(str(told.value)) < 400
    assert comparable(labelled) == before


def test_votes_without_a_date_are_taken_in_once(labelled: sqlclap.Library) -> None:
    text = "kind,label,path,verdict\r\nvote,tone,tones/tone-110.wav,accept\r\n"
    assert labelled.labels.take_in(read_records("\ufeff" + text)).votes == 1
    assert labelled.labels.take_in(read_records(text)).votes == 0


def test_sounds_that_are_elsewhere_are_told(labelled: sqlclap.Library, tmp_path: Path) -> None:
    records = labelled.labels.export(["tone"])
    with sqlclap.open(tmp_path / "empty.db") as other:
        report = other.labels.take_in(records)
    assert report.labels == 1
    assert report.unresolved[0] == "tone: tones/tone-110.wav"
    assert len(report.unresolved) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ('{"format": "other"}', "expected a file of format"),
        ("name,path\n", "no column kind, label"),
        ("kind,label\nsound,a\n", "record 1: expected the kind"),
        ("kind,label,verdict\nvote,a,maybe\n", "record 1: expected accept"),
        ("kind,label,weight\nanchor,a,much\n", "record 1: weight"),
    ],
)
def test_files_that_cannot_be_read_say_why(text: str, says: str) -> None:
    with pytest.raises(TransferError, match=says):
        read_records(text)


def test_a_record_out_of_range_leaves_nothing_behind(filled: sqlclap.Library) -> None:
    text = "kind,label,path,weight\nlabel,a,,\nanchor,a,tones/tone-110.wav,7\n"
    with pytest.raises(TransferError, match="weight from 0 to 1"):
        filled.labels.take_in(read_records(text))
    assert filled.labels.list() == []


def test_labels_from_folders(filled: sqlclap.Library) -> None:
    proposed = filled.labels.from_folders(PathRequest(anchors=2, at_least=3), dry_run=True)
    assert [(one.name, one.samples, len(one.anchors)) for one in proposed] == [("tones", 4, 2)]
    assert filled.labels.list() == []
    filled.labels.from_folders(PathRequest(anchors=2, at_least=1))
    assert [label.name for label in filled.labels.list()] == ["noises", "tones"]
    paths = [anchor.path for anchor in filled.labels.anchors("tones")]
    assert paths == ["tones/tone-110.wav", "tones/tone-440.wav"]


def test_labels_from_patterns_leave_out_what_two_of_them_match(filled: sqlclap.Library) -> None:
    patterns = {"low": ["*-110*", "*-220*"], "any tone": ["TONES/*"], "noise": ["*noise-*"]}
    proposed = filled.labels.from_patterns(patterns, PathRequest(at_least=1))
    assert [(one.name, one.samples) for one in proposed] == [("any tone", 2), ("noise", 2)]


def test_anchors_are_spread_over_all_paths() -> None:
    assert spread(list(range(100)), 4) == [0, 25, 50, 75]
    assert spread([1, 2], 5) == [1, 2]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".aiff"])
def test_tags_go_into_files_on_request_and_the_sound_stays_the_same(
    library: sqlclap.Library, tmp_path: Path, suffix: str
) -> None:
    folder = tmp_path / "own"
    file = write_sound(folder / f"tone{suffix}", tone(220))
    write_sound(folder / "noise.wav", noise())
    library.ingest([folder])
    library.labels.add("tone")
    library.labels.add_anchors("tone", [f"tone{suffix}"])
    library.labels.tag(TagRequest(confidence="low"))
    untouched = file.read_bytes()
    tags = [tag for tag in library.labels.tags() if tag.file == file]
    assert file.read_bytes() == untouched
    assert library.labels.write_files(tags).written == 1
    written = mutagen.File(file)
    held = written.tags.get("TXXX:SQLCLAP_LABEL") or written.tags["SQLCLAP_LABEL"]
    assert list(getattr(held, "text", held)) == ["tone"]
    assert [anchor.state for anchor in library.labels.anchors("tone")] == ["ok"]
    report = library.ingest([folder])
    assert (report.unchanged, report.changed) == (2, 0)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_file_that_cannot_be_written_stays_as_it_was(
    filled: sqlclap.Library, tmp_path: Path
) -> None:
    file = tmp_path / "no-sound.xyz"
    file.write_bytes(b"something else")
    tag = Tag(1, file, "no-sound.xyz", "a", 1, 0.9, None, "high", "")
    report = write_tags(filled.connection, [tag])
    assert report.written == 0
    assert report.failed[0][0] == file
    assert file.read_bytes() == b"something else"


@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_paths_are_taken_in_and_read_however_their_accents_are_spelled(
    filled: sqlclap.Library, sounds: Path, typed: Literal["NFC", "NFD"]
) -> None:
    stored = unicodedata.normalize("NFD" if typed == "NFC" else "NFC", "caf\u00e9")
    for number in range(3):
        write_sound(sounds / stored / f"{stored}{number}.wav", tone(300 + number))
    filled.ingest()
    name = unicodedata.normalize(typed, "caf\u00e9")
    report = filled.labels.take_in(
        read_records(f"kind,label,path,polarity\nanchor,a,{name}/{name}1.wav,positive\n")
    )
    assert (report.anchors, report.unresolved) == (1, [])
    (folder,) = [
        one for one in filled.labels.from_folders(PathRequest(), True) if "caf" in one.name
    ]
    assert folder.samples == 3
    (pattern,) = filled.labels.from_patterns({"b": [f"*{name}?.wav"]}, PathRequest(), True)
    assert pattern.samples == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind,label,polarty\nlabel,a,\n", "the header: unknown polarty; there are kind, label"),
        ("kind,label,label\nlabel,a,b\n", "each column once; got twice: 'label'"),
        ("kind,label\nlabel,a,b\n", "record 1: it has more cells than the header"),
        ('{"format": "sqlclap labels 1", "records": [], "lables": 1}', "format and records; got"),
        (
            '{"format": "sqlclap labels 1", "records": [{"kind": "label", "top": 1}]}',
            "record 1: unknown top; there are kind",
        ),
    ],
)
def test_columns_that_nothing_looks_at_are_refused(text: str, says: str) -> None:
    with pytest.raises(TransferError, match=says):
        read_records(text)
