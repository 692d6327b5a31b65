"""Cells of CSV and TSV: rows read with their lines; safe cells without spreadsheet formulas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

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
