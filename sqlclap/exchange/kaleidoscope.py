"""Kaleidoscope's CSV: a detection a row, with the identification by hand where there is one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlclap.exchange.annotations import Annotation, Recording, checked
from sqlclap.exchange.reading import ReadOptions
from sqlclap.exchange.tables import Table, TableRow, parse_table, seconds, write_table

INDIR, FOLDER, IN_FILE = "INDIR", "FOLDER", "IN FILE"
CHANNEL, OFFSET, DURATION = "CHANNEL", "OFFSET", "DURATION"
FMIN, FMAX = "Fmin", "Fmax"
MANUAL_ID = "MANUAL ID"
LABELS = (MANUAL_ID, "MANUAL ID*", "common_name", "AUTO ID", "AUTO ID*", "TOP1MATCH")
_HEADINGS = (INDIR, FOLDER, IN_FILE, CHANNEL, OFFSET, DURATION, FMIN, FMAX, MANUAL_ID)


def read(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    """Read Kaleidoscope's CSV (``id.csv``, ``cluster.csv``), or what BirdNET writes like it.

    Rows without an identification by hand have no label; ``--label-column 'AUTO ID'`` takes the
    program's own, as is done where there is no column for those by hand.

    Raises
    ------
    AnnotationError
    """
    table = parse_table(name, text)
    file, offset = table.need([IN_FILE]), table.need([OFFSET])
    duration, label = table.need([DURATION]), options.label_heading(table, LABELS)
    by_hand = label is None or label.upper().startswith(MANUAL_ID)
    found = []
    for row in table.rows:
        start = row.needed(offset)
        used = (INDIR, FOLDER, file, offset, duration, label, FMIN, FMAX, CHANNEL, "confidence")
        one = Annotation(
            label=options.label_of(row, label),
            recording=_recording(table, row),
            start_s=start,
            end_s=round(start + row.needed(duration), 6),
            confidence=row.number(table.find(["confidence"])),
            low_hz=row.number(table.find([FMIN])),
            high_hz=row.number(table.find([FMAX])),
            more=table.others(row, used),
            is_found=not by_hand,
            place=row.place,
        )
        found.append(checked(one))
    return found


def _recording(table: Table, row: TableRow) -> Recording | None:
    parts = [row.text(table.find([one])) for one in (INDIR, FOLDER, IN_FILE)]
    if parts[-1] is None:
        return None
    named = [part.replace("\\", "/").rstrip("/") for part in parts if part]
    return Recording("/".join(named))


def write(annotations: Sequence[Annotation]) -> str:
    """Write a table that Kaleidoscope's viewer opens: labels are identifications by hand."""
    rows = []
    for one in annotations:
        recording = one.recording or Recording("")
        folder, _, name = recording.path.rpartition("/")
        top, _, last = folder.rpartition("/")
        start = one.start_s or 0.0
        end = recording.duration_s or 0.0 if one.end_s is None else one.end_s
        cells = (top, last, name, 0, seconds(start), seconds(end - start))
        bounds = (one.low_hz, one.high_hz)
        rows.append(dict(zip(_HEADINGS, (*cells, *bounds, one.label), strict=True)))
    return write_table(_HEADINGS, rows)
