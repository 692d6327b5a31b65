"""BirdNET-Analyzer's results: CSV, Raven tables, label tracks and Kaleidoscope's CSV."""

from __future__ import annotations

from collections.abc import Sequence

from sqlclap.exchange import audacity, kaleidoscope, raven
from sqlclap.exchange.annotations import Annotation, Recording, checked
from sqlclap.exchange.reading import ReadOptions
from sqlclap.exchange.tables import TableRow, parse_table, write_table

START, END, FILE, CONFIDENCE = "Start (s)", "End (s)", "File", "Confidence"
SCIENTIFIC, COMMON = "Scientific name", "Common name"
STARTS, ENDS, FILES = (START, "start"), (END, "end"), (FILE, "filepath")
LABELS = (COMMON, "common_name", SCIENTIFIC, "scientific_name")


def read(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    """Read any of the kinds of results; labels are the common names.

    Raises
    ------
    AnnotationError
    """
    heading = text.partition("\n")[0]
    if raven.BEGIN in heading:
        return raven.read(name, text, options)
    if kaleidoscope.IN_FILE in heading:
        return kaleidoscope.read(name, text, options)
    if is_csv(heading):
        return _read_csv(name, text, options)
    return audacity.read(name, text, options)


def is_csv(heading: str) -> bool:
    """Whether a heading is that of the CSV, or of the R table of earlier versions."""
    names = {cell.strip().casefold() for cell in heading.split(",")}
    return {COMMON.casefold(), START.casefold()} <= names or {"filepath", "common_name"} <= names


def _read_csv(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    table = parse_table(name, text, ",")
    start, end = table.need(STARTS), table.need(ENDS)
    file, confidence = table.find(FILES), table.find([CONFIDENCE])
    label = options.label_heading(table, LABELS)

    def annotation(row: TableRow) -> Annotation:
        path = row.text(file)
        return Annotation(
            label=options.label_of(row, label),
            recording=Recording(path.replace("\\", "/")) if path else None,
            start_s=row.needed(start),
            end_s=row.needed(end),
            confidence=row.number(confidence),
            more=table.others(row, (start, end, file, confidence, label)),
            place=row.place,
        )

    return [checked(annotation(row)) for row in table.rows]


def write(annotations: Sequence[Annotation]) -> str:
    """Write BirdNET-Analyzer's CSV; a label without a scientific name beside it is both names."""
    rows = []
    for one in annotations:
        length = one.recording.duration_s if one.recording is not None else None
        end = length or 0.0 if one.end_s is None else one.end_s
        rows.append(
            {
                START: float(one.start_s or 0.0),
                END: float(end),
                SCIENTIFIC: one.more.get(SCIENTIFIC, one.label),
                COMMON: one.label,
                CONFIDENCE: f"{1.0 if one.confidence is None else one.confidence:.4f}",
                FILE: one.path,
            }
        )
    return write_table((START, END, SCIENTIFIC, COMMON, CONFIDENCE, FILE), rows)
