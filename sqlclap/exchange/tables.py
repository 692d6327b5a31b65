"""Tables with a heading, as text: read strictly, so that every error names file and line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlclap.cells import filled_rows, likely_separator
from sqlclap.errors import AnnotationError
from sqlclap.quantities import brief, printable
from sqlclap.sqlite_files import no_database

MOST_BYTES = 512 << 20  # a device may never end


@dataclass(frozen=True)
class TableRow:
    """A row below a heading.

    Attributes
    ----------
    place : str
        Such as ``owls.txt, line 3``.
    cells : mapping of str to object
        By heading; what is empty is not there.
    """

    place: str
    cells: Mapping[str, object]

    def text(self, heading: str | None) -> str | None:
        """Return a cell's text without blanks around it; None for none."""
        value = self.cells.get(heading) if heading is not None else None
        return None if value is None else str(value).strip() or None

    def number(self, heading: str | None) -> float | None:
        """Return a cell's number; None where it is empty.

        Raises
        ------
        AnnotationError
            It is no finite number.
        """
        text = self.text(heading)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise AnnotationError(
                f"{self.place}: expected a number for {heading}, got {brief(text)}"
            )
        return value

    def needed(self, heading: str | None) -> float:
        """Return a cell's number.

        Raises
        ------
        AnnotationError
            It is empty, or no finite number.
        """
        value = self.number(heading)
        if value is None:
            raise AnnotationError(f"{self.place}: expected a number for {heading}, got none")
        return value


@dataclass(frozen=True)
class Table:
    """A table's headings and rows.

    Attributes
    ----------
    name : str
        Of the file, for errors.
    headings : tuple of str
        Each once.
    rows : list of TableRow
    """

    name: str
    headings: tuple[str, ...]
    rows: list[TableRow]

    def find(self, names: Iterable[str]) -> str | None:
        """Return the first of some headings that is there; case makes no difference."""
        by_name = {heading.casefold(): heading for heading in reversed(self.headings)}
        return next((by_name[one.casefold()] for one in names if one.casefold() in by_name), None)

    def need(self, names: Sequence[str]) -> str:
        """Return the first of some headings that is there.

        Raises
        ------
        AnnotationError
            None is.
        """
        found = self.find(names)
        if found is None:
            raise AnnotationError(
                f"{self.name}, line 1: expected a column {' or '.join(names)}, got "
                f"{printable(', '.join(self.headings))}"
            )
        return found

    def others(self, row: TableRow, used: Iterable[str | None]) -> dict[str, str]:
        """Return a row's cells of other headings than those used, as text."""
        left = [heading for heading in self.headings if heading and heading not in {*used}]
        texts = {heading: row.text(heading) for heading in left}
        return {heading: text for heading, text in texts.items() if text is not None}


def read_text(file: Path) -> str:
    """Read a file of UTF-8, or UTF-16 with its mark.

    Raises
    ------
    AnnotationError
        It can't be read, is too large, or is no text.
    """
    try:
        with no_database(file).open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise AnnotationError(f"{file} can't be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise AnnotationError(f"{file} holds more than {MOST_BYTES >> 20} MB: take it in parts")
    coding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(coding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise AnnotationError(
            f"{file.name}, line {line}: expected text in UTF-8, got other bytes; save it as UTF-8"
        ) from error
    if "\0" in text:
        line = text.partition("\0")[0].count("\n") + 1
        raise AnnotationError(f"{file.name}, line {line}: expected text, got a NUL")
    return text


def parse_table(name: str, text: str, separator: str | None = None) -> Table:
    """Read a table from text.

    Parameters
    ----------
    name : str
        Of the file, for errors.
    text : str
    separator : str, optional
        Between cells; by default the one of comma, semicolon and tab that the heading has most.

    Raises
    ------
    AnnotationError
        It is empty, a heading is there twice, or a row has more cells than the heading.
    """
    between = separator or likely_separator(text)
    lines = io.StringIO(text, newline="")
    # Raven knows no quotes: one in a note is a character like others.
    quoted = between != "\t"
    reader = csv.reader(lines, delimiter=between, quotechar='"' if quoted else None, strict=quoted)
    try:
        rows = filled_rows(reader)
    except csv.Error as error:
        raise AnnotationError(f"{name}, line {reader.line_num}: {error}") from error
    if not rows:
        raise AnnotationError(f"{name} is empty: expected a heading and rows below it")
    headings = check_headings(name, [cell.strip() for cell in rows[0][1]])
    return Table(name, headings, [_row(name, line, headings, row) for line, row in rows[1:]])


def check_headings(name: str, headings: Sequence[str]) -> tuple[str, ...]:
    """Check that no heading stands twice; return them as a tuple.

    Raises
    ------
    AnnotationError
    """
    named = [heading for heading in headings if heading]
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        raise AnnotationError(f"{name}, line 1: expected each column once, got twice: {twice[0]}")
    return tuple(headings)


def _row(name: str, line: int, headings: Sequence[str], row: Sequence[str]) -> TableRow:
    place = f"{name}, line {line}"
    if any(cell.strip() for cell in row[len(headings) :]):
        raise AnnotationError(f"{place}: {len(row)} cells below {len(headings)} headings")
    return TableRow(place, dict(zip(headings, row, strict=False)))


def write_table(
    headings: Sequence[str], rows: Iterable[Mapping[str, object]], separator: str = ","
) -> str:
    """Write rows below a heading: numbers in full, None as an empty cell."""
    out = io.StringIO()
    if separator == "\t":
        lines = ("\t".join(plain(row.get(one)) for one in headings) for row in rows)
        return "\n".join(["\t".join(map(plain, headings)), *lines]) + "\n"
    writer = csv.DictWriter(out, headings, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def plain(value: object) -> str:
    """Write a value on one line without tabs."""
    return "" if value is None else " ".join(str(value).split())


def seconds(value: float) -> str:
    """Write seconds to the microsecond, without zeros at the end beyond the first decimal."""
    whole, _, decimals = f"{value:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"
