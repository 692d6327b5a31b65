"""Export and import of labels, anchors and votes as JSON or CSV, also between libraries.

A file is a list of records; ``kind`` is label, anchor or vote. Sounds are named by content hash
and path, so that an import finds them wherever they lie now.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from sqlclap.cells import guard, unguard
from sqlclap.db.samples import sample_of
from sqlclap.db.sources import spellings
from sqlclap.db.spans import SampleSpan, optional_span
from sqlclap.db.statements import statement
from sqlclap.errors import LabelError, SpanError, TransferError, UnknownLabelError
from sqlclap.labels.store import SETTINGS, add_label, find_label, list_labels
from sqlclap.labels.votes import VERDICTS
from sqlclap.quantities import brief

if TYPE_CHECKING:
    from sqlclap.db.database import Database

FORMAT = "sqlclap labels 1"
FIELDS = (
    "kind",
    "label",
    *SETTINGS,
    "root",
    "path",
    "content_hash",
    "start_s",
    "end_s",
    "polarity",
    "weight",
    "verdict",
    "score",
    "source",
    "found_score",
    "low_hz",
    "high_hz",
    "more",
    "created_at",
)
Record = dict[str, Any]


@dataclass
class ImportReport:
    """The result of an import.

    Attributes
    ----------
    labels, anchors, votes : int
        How many were new.
    known : int
        Records that existed already.
    unresolved : list of str
        Sounds that the library doesn't hold, as ``label: path``.
    """

    labels: int = 0
    anchors: int = 0
    votes: int = 0
    known: int = 0
    unresolved: list[str] = field(default_factory=list)


def export_records(connection: Database, labels: Iterable[str] = ()) -> list[Record]:
    """Return labels with their anchors and votes; all labels by default.

    Raises
    ------
    UnknownLabelError
    """
    chosen = [find_label(connection, name) for name in labels] or list_labels(connection)
    records: list[Record] = []
    for label in chosen:
        settings = {key: getattr(label, key) for key in SETTINGS}
        records.append(_full({"kind": "label", "label": label.name} | settings))
        for kind in ("anchor", "vote"):
            names = _COLUMNS[kind]
            rows = connection.execute(statement(f"labels/export_{kind}s"), (label.label_id,))
            for row in rows:
                record = dict(zip(names, row, strict=True))
                records.append(_full({"kind": kind, "label": label.name} | record))
    return records


_SOUND = ("root", "path", "content_hash", "start_s", "end_s")
_DETAILS = ("found_score", "low_hz", "high_hz", "notes", "more")
"""What an annotation file of another program said of it."""

_COLUMNS = {
    "anchor": (*_SOUND, "polarity", "weight", *_DETAILS, "created_at"),
    "vote": (*_SOUND, "verdict", "score", "gap", "source", *_DETAILS, "created_at"),
}


def _full(record: Mapping[str, Any]) -> Record:
    return {key: record.get(key) for key in FIELDS}


def as_json(records: Iterable[Record]) -> str:
    """Write records as JSON, without empty values."""
    without_none = [
        {key: value for key, value in one.items() if value is not None} for one in records
    ]
    return (
        json.dumps({"format": FORMAT, "records": without_none}, indent=1, ensure_ascii=False) + "\n"
    )


def as_csv(records: Iterable[Record]) -> str:
    """Write records as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow(
            {key: guard(one) if isinstance(one, str) else one for key, one in record.items()}
        )
    return out.getvalue()


def read_records(text: str) -> list[Record]:
    """Read JSON or CSV, whichever it is.

    Raises
    ------
    TransferError
        It is neither, lacks columns, or a value can't be read.
    """
    stripped = text.lstrip("\ufeff \r\n\t")
    rows = _from_json(stripped) if stripped.startswith(("{", "[")) else _from_csv(stripped)
    return [_checked(row, number) for number, row in enumerate(rows, start=1)]


def _from_json(text: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TransferError(f"the file is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        file_format = document.get("format") if isinstance(document, dict) else document
        raise TransferError(f"expected a file of format {FORMAT!r}, got {brief(file_format)}")
    unknown = sorted(set(document) - {"format", "records"})
    if unknown:
        raise TransferError(f"expected the keys format and records; got {brief(unknown)}")
    if not isinstance(document.get("records"), list):
        raise TransferError(f"expected a list of records, got {brief(document.get('records'))}")
    return list(document["records"])


def _from_csv(text: str) -> list[Any]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = list(reader.fieldnames or ())
        rows = [*reader]
    except csv.Error as error:
        raise TransferError(f"line {reader.line_num}: the file is no CSV: {error}") from error
    missing = {"kind", "label"} - set(names)
    if missing:
        raise TransferError(
            f"expected CSV with a header, or JSON; there is no column {', '.join(sorted(missing))}"
        )
    twice = sorted({brief(name) for name in names if names.count(name) > 1})
    if twice:
        raise TransferError(f"expected each column once; got twice: {', '.join(twice)}")
    _check_fields(names, "the header")
    for number, row in enumerate(rows, start=1):
        if None in row:
            raise TransferError(f"record {number}: it has more cells than the header")
    return [{key: unguard(value) if value else None for key, value in row.items()} for row in rows]


def _check_fields(names: Iterable[str], where: str) -> None:
    unknown = sorted(set(names) - {*FIELDS})
    if unknown:
        shown = ", ".join(name if name.isidentifier() else brief(name) for name in unknown)
        raise TransferError(f"{where}: unknown {shown}; there are {', '.join(FIELDS)}")


def _checked(row: Any, number: int) -> Record:
    where = f"record {number}"
    if not isinstance(row, Mapping) or row.get("kind") not in ("label", "anchor", "vote"):
        raise TransferError(f"{where}: expected the kind label, anchor or vote; got {brief(row)}")
    _check_fields(row, where)
    if not isinstance(row.get("label"), str):
        raise TransferError(f"{where}: expected the name of a label")
    if row["kind"] == "vote" and row.get("verdict") not in VERDICTS:
        expected = ", ".join(VERDICTS)
        raise TransferError(f"{where}: expected {expected}; got {brief(row.get('verdict'))}")
    record = _full(row)
    for key, value in record.items():
        if value is not None:
            try:
                record[key] = _NUMBERS[key](value) if key in _NUMBERS else _text(value)
            except (ValueError, OverflowError) as error:
                raise TransferError(f"{where}: {key}: {error}") from error
    _check_date(record["created_at"], where)
    _check_span(record, where)
    _check_object(record["more"], where)
    return record


def _check_object(text: str | None, where: str) -> None:
    try:
        fits = text is None or isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        raise TransferError(f"{where}: more: expected a JSON object as text, got {brief(text)}")


def _check_span(record: Record, where: str) -> None:
    try:
        span = optional_span(record["start_s"], record["end_s"])
    except SpanError as error:
        raise TransferError(f"{where}: {error}") from error
    if span is not None:
        record |= {"start_s": span.start_s, "end_s": span.end_s}


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(
            f"expected a text of at most {LONGEST_TEXT:,} characters, got {brief(value)}"
        )
    if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
        raise ValueError(f"expected a text without NUL and lone surrogates, got {brief(value)}")
    return value


def _whole(value: object) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text) is None:
        raise ValueError(f"expected a whole number, got {brief(value)}")
    return int(text)


def _finite(value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # it may fail
    except TypeError:
        number = math.nan
    except (ValueError, OverflowError) as error:
        raise ValueError(f"expected a number, got {brief(value)}") from error
    if not abs(number) <= LARGEST_NUMBER:
        raise ValueError(f"expected a number within ±{LARGEST_NUMBER:g}, got {brief(value)}")
    return number


def _seconds(value: object) -> float:
    return _at_least(0.0, value, "seconds from the sound's start")


def _hertz(value: object) -> float:
    return _at_least(0.0, value, "a frequency in hertz")


def _own_scale(value: object) -> float:
    return _at_least(-math.inf, value, "a finite number")


def _at_least(lowest: float, value: object, expected: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # it may fail
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (lowest <= number < math.inf and number > -math.inf):
        raise ValueError(f"expected {expected}, got {brief(value)}")
    return number


LONGEST_TEXT = 100_000
LARGEST_NUMBER = 1000.0
YEARS = range(1970, 2100)
_NUMBERS: dict[str, Callable[[object], float]] = {
    "top_k": _whole,
    "threshold": _finite,
    "gap": _finite,
    "weight": _finite,
    "score": _finite,
    "start_s": _seconds,
    "end_s": _seconds,
    "found_score": _own_scale,
    "low_hz": _hertz,
    "high_hz": _hertz,
}


def _check_date(value: str | None, where: str) -> None:
    if value is None:
        return
    try:
        fits = datetime.fromisoformat(value).year in YEARS
    except ValueError:
        fits = False
    if not fits:
        expected = f"a date and time of {YEARS[0]} to {YEARS[-1]}, such as 2024-05-01T12:00:00Z"
        raise TransferError(f"{where}: created_at: expected {expected}; got {brief(value)}")


def import_records(connection: Database, records: Iterable[Record]) -> ImportReport:
    """Import records; in a write transaction. Importing twice changes nothing.

    Labels that exist keep their settings.

    Raises
    ------
    TransferError
        A record can't be stored. The error must reach the transaction.
    """
    report = ImportReport()
    for number, record in enumerate(checked_records(records), start=1):
        try:
            _import(connection, record, report)
        except (LabelError, SpanError) as error:
            where = f"record {number}: {record['kind']} of {record['label']!r}"
            raise TransferError(f"{where}: {error}") from error
    return report


def checked_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records with all of their fields, as far as they can be checked without a library.

    Raises
    ------
    TransferError
    """
    if isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        raise TransferError(f"expected a list of records, got {brief(records)}")
    for number, given in enumerate(records, start=1):
        yield _checked(given, number)


def _import(connection: Database, record: Record, report: ImportReport) -> None:
    try:
        label = find_label(connection, record["label"])
        report.known += record["kind"] == "label"
    except UnknownLabelError:
        settings = {key: record[key] for key in SETTINGS if record[key] is not None}
        label = add_label(
            connection, record["label"], settings if record["kind"] == "label" else {}
        )
        report.labels += 1
    if record["kind"] == "label":
        return
    where = {key: record[key] for key in ("root", "path", "content_hash")}
    row = find_recorded(connection, where)
    if row is None:
        report.unresolved.append(f"{label.name}: {record['path'] or record['content_hash']}")
        return
    sample_of(connection, SampleSpan(row[0], optional_span(record["start_s"], record["end_s"])))
    bindings = record | {"label_id": label.label_id, "sample_id": row[0]}
    if record["kind"] == "anchor":
        bindings |= {"polarity": record["polarity"] or "positive"}
        bindings |= {"weight": 1.0 if record["weight"] is None else record["weight"]}
        _check_anchor(bindings)
    stored = connection.execute(statement(f"labels/import_{record['kind']}"), bindings).fetchone()
    count = "known" if stored is None else f"{record['kind']}s"
    setattr(report, count, getattr(report, count) + 1)


def find_recorded(connection: Database, where: Mapping[str, Any]) -> Any:
    """Return the row of the sample of a record, for any Unicode normalisation of its path, or None.

    `where` holds the record's root, path and content hash; the row is the sample's id.
    """
    query = statement("labels/import_sample")
    named = (where["root"], where["path"])
    roots, paths = (spellings(one) if isinstance(one, str) else [one] for one in named)
    for root, path in product(roots, paths):
        row = connection.execute(query, {**where, "root": root, "path": path}).fetchone()
        if row is not None:
            return row
    return None


def _check_anchor(anchor: Mapping[str, Any]) -> None:
    if anchor["polarity"] not in ("positive", "negative") or not 0 <= anchor["weight"] <= 1:
        raise TransferError(
            "expected the polarity positive or negative and a weight from 0 to 1; "
            f"got {anchor['polarity']!r} and {anchor['weight']!r}"
        )
