"""Cells of CSV and TSV: rows read with their lines, and written as safe cells.

What is safe: no spreadsheet calculates it, and no terminal obeys it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _csv import Reader

_STEERING = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

# What spreadsheets read as the start of a formula; full-width forms too (OWASP, "CSV Injection").
_FORMULA = r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]"
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def likely_separator(text: str) -> str:
    """Return the one of comma, semicolon and tab that the first line of a text has most of."""
    return max(",;\t", key=text.partition("\n")[0].count)


def filled_rows(reader: Reader) -> list[tuple[int, list[str]]]:
    """Read the rows that hold anything, each with the number of its last line.

    Raises
    ------
    csv.Error
        Cells can't be told apart; `reader.line_num` is where.
    """
    return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]


def write_rows(
    out: TextIO, header: Sequence[str], rows: Iterable[Mapping[str, object]], delimiter: str = ","
) -> None:
    """Write a header, and rows below it as safe cells; what a row lacks stays empty."""
    import csv  # few answers are CSV

    writer = csv.DictWriter(out, header, delimiter=delimiter, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({key: safe_cell(plain_value(one)) for key, one in row.items()} for row in rows)


def plain_value(value: object) -> object:
    """Return a value as SQLite's tools have it: true as 1, and what has parts as JSON."""
    if isinstance(value, bool):
        return int(value)
    return json_text(value) if isinstance(value, dict | list | tuple) else value


def json_text(document: object, indent: int | None = None) -> str:
    """Write a document as JSON that steers no terminal."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    # JSON itself escapes only the first 32 characters; terminals obey others, too.
    return re.sub(_STEERING, lambda one: f"\\u{ord(one[0]):04x}", text)


def safe_cell(value: object) -> object:
    """Return a value as a safe cell; numbers are unchanged.

    Control and direction characters become backslash escapes, and a text that a spreadsheet would
    calculate gets an apostrophe in front. Texts that are numbers are left alone.
    """
    if not isinstance(value, str):
        return value
    shown = value if value.isprintable() else "".join(map(_shown, value))
    return guard(shown)


def guard(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate."""
    return f"'{text}" if _may_act(text) else text


def unguard(text: str) -> str:
    """Remove the apostrophe that `guard` added."""
    return text[1:] if text.startswith("'") and _may_act(text[1:]) else text


def _may_act(text: str) -> bool:
    return re.match(_FORMULA, text) is not None and not _is_number(text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is not None


def _shown(character: str) -> str:
    import unicodedata

    if character.isprintable() or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode("ascii")
