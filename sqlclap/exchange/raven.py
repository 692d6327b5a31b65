"""Raven selection tables: tab-separated text, one selection a row and view.

The columns are those that Raven Pro writes ("Selection", "View", "Channel", "Begin Time (s)", ...)
and any that its user added. In a table of several recordings, "Begin Time (s)" runs on from one to
the next; "File Offset (s)" is where the selection begins in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlclap.errors import AnnotationError
from sqlclap.exchange.annotations import Annotation, Recording, checked
from sqlclap.exchange.reading import ReadOptions, read_verdict
from sqlclap.exchange.tables import Table, TableRow, parse_table, seconds, write_table

SELECTION, VIEW, CHANNEL = "Selection", "View", "Channel"
BEGIN, END, OFFSET = "Begin Time (s)", "End Time (s)", "File Offset (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"
BEGIN_PATH, BEGIN_FILE = "Begin Path", "Begin File"
CONFIDENCE, VERDICT, NOTES = "Confidence", "Verdict", "Notes"
LABELS = ("Annotation", "Label", "Species", "Common Name", "Class", "Sound Type", "Call Type")
"""Headings of labels that are known; Raven's users choose their own."""

_OWN = (
    SELECTION,
    VIEW,
    CHANNEL,
    BEGIN,
    END,
    LOW,
    HIGH,
    "Delta Time (s)",
    "End Path",
    "End File",
    "annotation_file",
)
NO_CALL = "nocall"
"""What BirdNET-Analyzer calls the one row of a table in which there is nothing."""


@dataclass(frozen=True)
class _Columns:
    """The headings of a table that are read."""

    begin: str
    end: str
    offset: str | None
    recording: str | None
    label: str | None
    low: str | None
    high: str | None
    confidence: str | None
    verdict: str | None
    notes: str | None

    def used(self) -> tuple[str | None, ...]:
        return (*_OWN, *(value for value in vars(self).values()), BEGIN_PATH, BEGIN_FILE)


def read(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    """Read a selection table.

    Of a selection's rows, one for each view and channel, one is taken, of a spectrogram if there
    is one.

    Raises
    ------
    AnnotationError
    """
    table = parse_table(name, text, "\t")
    columns = _columns(table, options)
    rows = [row for row in _one_a_selection(table) if not _is_no_call(row, columns)]
    if columns.recording is not None and columns.offset is None:
        named = {row.text(columns.recording) for row in rows}
        if len(named) > 1:
            raise AnnotationError(
                f"{name}, line 1: it is of {len(named)} recordings: expected a column {OFFSET}; "
                "add that measurement in Raven, and save it again"
            )
    return [_annotation(table, columns, row, options) for row in rows]


def _columns(table: Table, options: ReadOptions) -> _Columns:
    return _Columns(
        begin=table.need([BEGIN]),
        end=table.need([END]),
        offset=table.find([OFFSET]),
        recording=table.find([BEGIN_PATH, BEGIN_FILE, "audio_file"]),  # opensoundscape's
        label=options.label_heading(table, LABELS),
        low=table.find([LOW]),
        high=table.find([HIGH]),
        confidence=table.find([CONFIDENCE, "Score"]),
        verdict=table.find([VERDICT]),
        notes=table.find([NOTES, "Comments"]),
    )


def _one_a_selection(table: Table) -> list[TableRow]:
    held: dict[tuple[str | None, ...], TableRow] = {}
    for number, row in enumerate(table.rows):
        selection = row.text(table.find([SELECTION])) or f"row {number}"
        place = tuple(row.text(table.find([one])) for one in (BEGIN, END, BEGIN_PATH, BEGIN_FILE))
        key = (selection, *place)
        view = row.text(table.find([VIEW])) or ""
        if key not in held or (
            view.startswith("Spectrogram")
            and not (held[key].text(table.find([VIEW])) or "").startswith("Spectrogram")
        ):
            held[key] = row
    return list(held.values())


def _is_no_call(row: TableRow, columns: _Columns) -> bool:
    code = row.text("Species Code")
    return code == NO_CALL and row.text(columns.label) == NO_CALL


def _annotation(table: Table, columns: _Columns, row: TableRow, options: ReadOptions) -> Annotation:
    begin, end = row.needed(columns.begin), row.needed(columns.end)
    offset = row.number(columns.offset) if columns.recording else None
    start = begin if offset is None else offset
    path = row.text(columns.recording)
    one = Annotation(
        label=options.label_of(row, columns.label),
        recording=Recording(path.replace("\\", "/")) if path else None,
        start_s=start,
        end_s=round(start + (end - begin), 6),
        verdict=read_verdict(row, columns.verdict),
        confidence=row.number(columns.confidence),
        low_hz=row.number(columns.low),
        high_hz=row.number(columns.high),
        notes=row.text(columns.notes),
        more=table.others(row, columns.used()),
        place=row.place,
    )
    return checked(one)


def write(annotations: Sequence[Annotation]) -> str:
    """Write a selection table, of one recording or several.

    A sound as a whole is written from 0 to its end, and without frequencies as the whole band:
    Raven knows no others.
    """
    starts, at = {}, 0.0
    for one in annotations:
        if one.recording is not None and one.recording not in starts:
            starts[one.recording] = at
            at += one.recording.duration_s or 0.0
    more = list(dict.fromkeys(heading for one in annotations for heading in one.more))
    rows = []
    for number, one in enumerate(annotations, start=1):
        since = starts[one.recording] if one.recording is not None else 0.0
        rows.append({SELECTION: number, **_cells(one, since)})
    known = [SELECTION, VIEW, CHANNEL, BEGIN, END, LOW, HIGH, BEGIN_PATH, BEGIN_FILE, OFFSET]
    known += ["Annotation"]
    filled = [name for name in (CONFIDENCE, VERDICT, NOTES) if any(row.get(name) for row in rows)]
    headings = [*known, *filled, *(one for one in more if one not in {*known, *filled})]
    return write_table(headings, rows, "\t")


def _cells(one: Annotation, since: float) -> dict[str, object]:
    recording = one.recording or Recording("")
    start = one.start_s or 0.0
    end = recording.duration_s or 0.0 if one.end_s is None else one.end_s
    high = (recording.sample_rate or 0) / 2 if one.high_hz is None else one.high_hz
    return dict(one.more) | {
        VIEW: "Spectrogram 1",
        CHANNEL: 1,
        BEGIN: seconds(since + start),
        END: seconds(since + end),
        LOW: f"{one.low_hz or 0.0:.3f}",
        HIGH: f"{high:.3f}",
        BEGIN_PATH: recording.path,
        BEGIN_FILE: recording.name,
        OFFSET: seconds(start),
        "Annotation": one.label,
        CONFIDENCE: None if one.confidence is None else f"{one.confidence:.6g}",
        VERDICT: None if one.verdict == "accept" else one.verdict,
        NOTES: one.notes,
    }
