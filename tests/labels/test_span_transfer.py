"""Spans in files of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db.spans import Span
from sqlclap.errors import TransferError
from sqlclap.labels.votes import CastVote
from tests.support.recordings import scores, sounds_of, states


def test_spans_go_out_and_come_in_again(
    field: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    from sqlclap.labels.transfer import as_csv, as_json, read_records

    labels = field.labels
    labels.add_anchors("bird", ["dawn.wav@3.25-4.5", "dawn.wav", (1, Span(0.1 + 0.2, 0.35))])
    labels.vote("bird", ["dawn.wav@1-2"], CastVote("reject"))
    for write in (as_json, as_csv):
        text = write(labels.export())
        with sqlclap.open(tmp_path / f"{write.__name__}.db", model=str(fake_bundle)) as other:
            other.ingest([sounds_of(field)])
            report = other.labels.take_in(read_records(text))
            assert (report.anchors, report.votes, report.unresolved) == (3, 1, [])
            assert states(other) == ["ok"] * 3
            assert other.labels.votes("bird")[0].start_s == 1.0
            again = other.labels.take_in(read_records(text))
            assert (again.anchors, again.votes, again.known) == (0, 0, 5)
            assert [*other.labels.export()] == [*labels.export()]
            assert scores(other) == pytest.approx(scores(field), abs=1e-5)


SELECTIONS = """\
Begin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\tNotes\tObserver
3.25\t4.5\t900.0\t2100.5\tbird\tfaint\tmm
"""


@pytest.mark.parametrize("kind", ["anchors", "votes"])
def test_what_an_annotation_file_said_goes_out_and_comes_in_again(
    field: sqlclap.Library, tmp_path: Path, fake_bundle: Path, kind: Any
) -> None:
    from sqlclap.exchange.library_annotations import ExportRequest, ImportRequest
    from sqlclap.labels.transfer import as_csv, as_json, read_records

    file = tmp_path / "dawn.Table.1.selections.txt"
    file.write_text(SELECTIONS, encoding="utf-8")
    request = ImportRequest(kind=kind, recording="dawn.wav")
    field.annotations.take_in([file], request)
    assert field.annotations.take_in([file], request).added == 0

    def told(library: sqlclap.Library) -> list[tuple[object, ...]]:
        found = [one.said for one in library.annotations.find(ExportRequest(kind))]
        return [(one.start_s, one.low_hz, one.high_hz, one.notes, dict(one.more)) for one in found]

    assert (3.25, 900.0, 2100.5, "faint", {"Observer": "mm"}) in told(field)
    for write in (as_json, as_csv):
        text = write(field.labels.export())
        with sqlclap.open(tmp_path / f"{write.__name__}.db", model=str(fake_bundle)) as other:
            other.ingest([sounds_of(field)])
            other.labels.take_in(read_records(text))
            assert told(other) == told(field)
    for wrong in (
        "low_hz\nvote,a,accept,-1",
        "more\nvote,a,accept,[]",
        "found_score\nvote,a,accept,inf",
    ):
        with pytest.raises(TransferError, match=f"record 1: {wrong.split()[0]}: expected"):
            read_records(f"kind,label,verdict,{wrong}\n")


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ("4,3", "record 1: expected a span that ends after its start"),
        ("4,", "record 1: expected both start_s and end_s"),
        ("nan,5", "record 1: start_s: expected seconds"),
        ("-1,5", "record 1: start_s: expected seconds"),
        ("x,5", "record 1: start_s: expected seconds"),
        ("5,99", "record 1: anchor of 'owl': the span 5.0-99.0 of dawn.wav"),
    ],
)
def test_wrong_spans_in_a_file_are_one_line_and_nothing_is_stored(
    field: sqlclap.Library, times: str, what: str
) -> None:
    from sqlclap.labels.transfer import read_records

    text = f"kind,label,path,start_s,end_s\nanchor,owl,dawn.wav,{times}\n"
    with pytest.raises(TransferError, match=what) as told:
        field.labels.take_in(read_records(text))
    assert "\n" not in str(told.value)
    assert [label.name for label in field.labels.list()] == ["bird"]
