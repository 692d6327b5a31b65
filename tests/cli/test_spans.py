"""Spans on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sqlclap
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.recordings import cut, dawn, ids_of, write_recordings
from tests.support.sounds import write_sound


@pytest.fixture
def field(tmp_path: Path, fake_bundle: Path) -> Path:
    """A library of recordings with the label `bird`."""
    write_recordings(tmp_path / "sounds")
    path = tmp_path / "library.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([tmp_path / "sounds"])
        library.labels.add("bird")
        (tmp_path / "id").write_text(str(ids_of(library)["dawn.wav"]))
    return path


def dawn_id(field: Path) -> str:
    return (field.parent / "id").read_text()


def test_anchors_on_spans_are_set_listed_and_removed(field: Path, fake_bundle: Path) -> None:
    model = ("--model", str(fake_bundle))
    sounds = (f"{dawn_id(field)}@3.25-4.5", "dawn.wav@1-1.4", "calls/a.wav")
    assert succeed("anchor", "add", field, "bird", *sounds, *model) == "bird: 3 anchors set\n"
    listed = succeed("anchor", "list", field, "bird")
    assert "span" in listed
    assert "3.25-4.5" in listed
    rows = rows_of("anchor", "list", field, "bird")
    assert [(row["start_s"], row["end_s"]) for row in rows] == [
        (3.25, 4.5),
        (1.0, 1.4),
        (None, None),
    ]
    assert succeed("anchor", "remove", field, "bird", "dawn.wav") == "bird: 0 anchors removed\n"
    assert succeed("anchor", "remove", field, "bird", sounds[1]) == "bird: 1 anchor removed\n"
    # Whoever names whole sounds sees no column of spans.
    succeed("anchor", "remove", field, "bird", sounds[0])
    assert "span" not in succeed("anchor", "list", field, "bird")


def test_votes_on_spans(field: Path) -> None:
    assert succeed("vote", field, "bird", "accept", "dawn.wav@3.25-4.5")
    assert succeed("vote", field, "bird", "reject", "dawn.wav")
    listed = succeed("vote", field, "bird", "list").splitlines()
    assert listed[0].endswith("dawn.wav@3.25-4.5")
    assert listed[1].endswith("dawn.wav")
    assert succeed("vote", field, "bird", "withdraw", "dawn.wav@3.25-4.5").startswith(
        "bird: 1 vote"
    )
    assert [row["start_s"] for row in rows_of("vote", field, "bird", "list")] == [None]


def test_tags_by_hand(field: Path) -> None:
    told = succeed("tag", field, "bird", "--hand", "dawn.wav@3.25-4.5", "--hand", "calls/*")
    assert told == "bird: 4 sounds tagged, run 1\n"
    rows = rows_of("tags", field, "bird")
    assert [(row["path"], row["start_s"]) for row in rows][-1] == ("dawn.wav", 3.25)
    assert "3.25-4.5" in succeed("tags", field)
    assert succeed("untag", field, "1") == "run 1: 4 tags removed\n"
    assert "one label" in fail("tag", field, "bird", "owl", "--hand", "1")
    assert "--dry-run" in fail("tag", field, "bird", "--hand", "1", "--dry-run")
    assert "no label 'owl'" in fail("tag", field, "owl", "--hand", "1")


def test_similar_to_a_span_and_its_moments_as_anchors(field: Path, fake_bundle: Path) -> None:
    model = ("--model", str(fake_bundle))
    rows = rows_of("similar", field, "dawn.wav@3.25-4.5", "-n", "1", *model)
    assert rows[0]["path"] == "calls/b.wav"
    sound = "dawn.wav@3.25-4.5"
    moments = succeed("similar", field, sound, "--moments", "-n", "3", "--nl", *model)
    assert succeed("anchor", "add", field, "bird", "-", *model, stdin=moments.encode()) == (
        "bird: 3 anchors set\n"
    )
    expected = [json.loads(line) for line in moments.splitlines()]
    anchors = rows_of("anchor", "list", field, "bird")
    assert [(row["sample_id"], row["start_s"]) for row in anchors] == [
        (row["sample_id"], pytest.approx(row["start_s"], abs=1e-6)) for row in expected
    ]


@pytest.mark.parametrize(
    ("sound", "what"),
    [
        ("dawn.wav@7-9", "ends behind the sound, which is 8.0 s long"),
        ("dawn.wav@4-3", "got 4.0-3.0: the start comes first"),
        ("dawn.wav@nan-3", "neither a sample id"),
    ],
)
def test_wrong_spans_are_one_line(field: Path, sound: str, what: str) -> None:
    for command in (
        ("anchor", "add", field, "bird", sound),
        ("vote", field, "bird", "accept", sound),
        ("tag", field, "bird", "--hand", sound),
        ("similar", field, sound),
    ):
        assert what in fail(*command)
    assert rows_of("anchor", "list", field, "bird") == []
    assert rows_of("vote", field, "bird", "list") == []
    assert rows_of("tags", field) == []


def test_half_a_span_on_standard_input_is_refused(field: Path) -> None:
    line = b'{"sample_id": 1, "start_s": 2.0}\n'
    result = run("anchor", "add", field, "bird", "-", stdin=line)
    assert result.exit_code == 1
    assert "both start_s and end_s" in result.stderr


def test_ingest_says_which_spans_are_gone(field: Path, fake_bundle: Path) -> None:
    succeed("anchor", "add", field, "bird", "dawn.wav@1-1.4", "dawn.wav@6-6.3")
    write_sound(field.parent / "sounds" / "dawn.wav", cut(dawn(), 0.0, 5.0))
    result = run("ingest", field, "--model", fake_bundle)
    assert "past their sounds' new ends: bird: anchor on dawn.wav@6.0-6.3\n" in result.stderr
    told = rows_of("ingest", field, "--model", str(fake_bundle))
    assert told["past_the_end"] == ["bird: anchor on dawn.wav@6.0-6.3"]
    assert [row["state"] for row in rows_of("anchor", "list", field, "bird")] == [
        "changed", "past the end",
    ]  # fmt: skip


def test_labels_with_spans_go_through_files(field: Path) -> None:
    succeed("anchor", "add", field, "bird", "dawn.wav@3.25-4.5")
    for ending in ("json", "csv"):
        file = field.parent / f"labels.{ending}"
        told = succeed("label", "export", field, *(["--csv"] if ending == "csv" else []))
        assert "3.25" in told
        file.write_text(told)
        succeed("label", "import", field, file)
    assert [row["start_s"] for row in rows_of("anchor", "list", field, "bird")] == [3.25]
