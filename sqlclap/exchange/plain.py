"""Plain tables of annotations, as CSV and as Parquet: a field of `Annotation` a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlclap.cells import guard, unguard
from sqlclap.errors import AnnotationError
from sqlclap.exchange.annotations import Annotation, Recording, checked
from sqlclap.exchange.reading import ReadOptions, read_verdict
from sqlclap.exchange.tables import Table, TableRow, check_headings, parse_table, write_table

FIELDS: dict[str, tuple[str, ...]] = {
    "recording": ("recording", "path", "file", "filename", "file_name", "audio_file", "filepath"),
    "start_s": ("start_s", "start_time", "start", "begin_s", "onset_s", "onset"),
    "end_s": ("end_s", "end_time", "end", "offset_s"),
    "label": ("label", "annotation", "species", "class"),
    "verdict": ("verdict",),
    "confidence": ("confidence",),
    "low_hz": ("low_hz", "low_f", "low_freq", "freq_low"),
    "high_hz": ("high_hz", "high_f", "high_freq", "freq_high"),
    "notes": ("notes", "comments"),
}
"""The fields, and the headings that hold them: ours, then those of other programs."""

TYPES = dict.fromkeys(FIELDS, "string") | dict.fromkeys(
    ("start_s", "end_s", "confidence", "low_hz", "high_hz"), "float64"
)
IGNORED = ("annotation_file", "annotation_id")
"""What opensoundscape writes besides: where it found the annotation."""


def read_csv(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    """Read comma-, semicolon- or tab-separated values with a heading.

    Raises
    ------
    AnnotationError
    """
    table = parse_table(name, text)
    rows = [
        TableRow(row.place, {key: unguard(str(cell)) for key, cell in row.cells.items()})
        for row in table.rows
    ]
    return annotations_of(Table(table.name, table.headings, rows), options)


def read_parquet(file: Path, options: ReadOptions) -> list[Annotation]:
    """Read a Parquet file; the extra ``notebook`` brings what does.

    Raises
    ------
    AnnotationError
    NotInstalledError
    """
    from sqlclap.notebook.frames import installed

    parquet = installed("pyarrow.parquet")
    try:
        read: Any = parquet.read_table(file)
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these
        raise AnnotationError(f"{file.name} can't be read as Parquet: {error}") from error
    headings = check_headings(file.name, read.column_names)
    rows = [
        TableRow(f"{file.name}, row {number}", {k: v for k, v in row.items() if v is not None})
        for number, row in enumerate(read.to_pylist(), start=1)
    ]
    return annotations_of(Table(file.name, headings, rows), options)


def annotations_of(table: Table, options: ReadOptions) -> list[Annotation]:
    """Return the annotations of a table.

    Raises
    ------
    AnnotationError
        A column is no field, and is not to be kept; or a cell can't be right.
    """
    held = _headings(table, options)
    return [checked(_annotation(table, row, held, options)) for row in table.rows]


def _headings(table: Table, options: ReadOptions) -> dict[str, str | None]:
    """Return the heading of each field."""
    unknown = sorted({*options.columns.values()} - FIELDS.keys())
    if unknown:
        raise AnnotationError(f"no field {unknown[0]!r}: there are {', '.join(FIELDS)}")
    given = {held: table.need([heading]) for heading, held in options.columns.items()}
    found = {held: given.get(held) or table.find(names) for held, names in FIELDS.items()}
    if options.label_column is not None or found["label"] is None:
        found["label"] = options.label_heading(table, FIELDS["label"])
    if (found["start_s"] is None) != (found["end_s"] is None):
        wanted = "end_s" if found["end_s"] is None else "start_s"
        raise AnnotationError(f"{table.name}, line 1: expected a column {wanted}, too")
    left = [one for one in table.headings if one and one not in {*found.values(), *IGNORED}]
    if left and not options.keep_extra:
        raise AnnotationError(
            f"{table.name}, line 1: unknown column {left[0]}: expected some of "
            f"{', '.join(FIELDS)}; say which it is with --column '{left[0]}=FIELD', or keep it "
            "as it is with --keep-extra"
        )
    return found


def _annotation(
    table: Table, row: TableRow, held: Mapping[str, str | None], options: ReadOptions
) -> Annotation:
    path = row.text(held["recording"])
    return Annotation(
        label=options.label_of(row, held["label"]),
        recording=Recording(path.replace("\\", "/")) if path else None,
        start_s=row.number(held["start_s"]),
        end_s=row.number(held["end_s"]),
        verdict=read_verdict(row, held["verdict"]),
        confidence=row.number(held["confidence"]),
        low_hz=row.number(held["low_hz"]),
        high_hz=row.number(held["high_hz"]),
        notes=row.text(held["notes"]),
        more=table.others(row, (*held.values(), *IGNORED)),
        place=row.place,
    )


def record_of(one: Annotation) -> dict[str, Any]:
    """Return an annotation's fields by name, with the other columns behind them."""
    values = {name: getattr(one, name) for name in FIELDS} | {"recording": one.path}
    return values | {name: text for name, text in one.more.items() if name not in values}


def write_csv(annotations: Sequence[Annotation]) -> str:
    """Write comma-separated values; a text that a spreadsheet would calculate is guarded."""
    records = [record_of(one) for one in annotations]
    headings = list(dict.fromkeys((*FIELDS, *(name for one in records for name in one))))
    guarded = (
        {guard(key): guard(one) if isinstance(one, str) else one for key, one in record.items()}
        for record in records
    )
    return write_table([guard(one) for one in headings], guarded)


def write_parquet(annotations: Sequence[Annotation], file: Path) -> None:
    """Write a Parquet file.

    Raises
    ------
    NotInstalledError
    OSError
    """
    from sqlclap.notebook.frames import write_parquet as write

    records = [record_of(one) for one in annotations]
    more = dict.fromkeys(name for one in records for name in one if name not in TYPES)
    types = TYPES | dict.fromkeys(more, "string")
    write(file, types, [iter([tuple(one.get(name) for name in types) for one in records])])
