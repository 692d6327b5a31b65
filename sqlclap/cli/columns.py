"""Columns of tables that several commands print, and how they show a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlclap.cli.table_output import Column, Row
from sqlclap.quantities import show_place, show_seconds
from sqlclap.records import missing_remark


def show_path(row: Row) -> str:
    """Show a sound's path, with remarks if its file is gone or it is hardly heard."""
    remarks = {
        missing_remark(str(row.get("file") or "")): row.get("status") == "missing",
        "  (hardly heard)": row.get("hardly_heard"),
    }
    path = "(gone)" if row["path"] is None else str(row["path"])
    return path + "".join(remark for remark, holds in remarks.items() if holds)


def told_id(sample_id: int) -> str:
    """Return a sound's id as people type it: of a set's, ``3:17`` in place of the one number."""
    if sample_id < 1 << 40:  # what a library numbers; the room of sets is loaded for sets alone
        return str(sample_id)
    from sqlclap.shards.ids import split_id

    return str(split_id(sample_id))


def show_id(row: Row) -> str:
    """Show a row's sound; nothing for none."""
    return "" if row["sample_id"] is None else told_id(row["sample_id"])


COLUMNS = (
    Column("#", lambda row: str(row["rank"]), right=True),
    Column("score", lambda row: f"{'~' if row['weak'] else ''}{row['score']:.3f}", right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("id", show_id, right=True),
    Column("path", show_path),
)

MOMENT = Column("where", lambda row: f"{show_place(row['start_s'])}-{show_place(row['end_s'])}")

FOUND_BY = Column("found by", lambda row: row["found_by"] or "")

TRANSPOSED = Column("transposed", lambda row: f"{row['transposed']:+g}", right=True)
"""In semitones."""

KEY = Column(
    "row key",
    lambda row: "" if row["row_key"] is None else f"{row['row_key']}{'+' * bool(row['more_rows'])}",
    right=True,
)
"""Of the row of an attached table; with a plus where further ones name the same sound."""


def key_columns(rows: Iterable[Row]) -> tuple[Column, ...]:
    """Return the column of rows' keys, where any sound has one."""
    return (KEY,) if any(row["row_key"] is not None for row in rows) else ()


PEAK = Column("peak", lambda row: show_place(row["peak_s"]), right=True)


def show_span(row: Row) -> str:
    """Show the span of a row as it is written behind a sound; nothing for a whole sound."""
    from sqlclap.db.spans import optional_span

    span = optional_span(row["start_s"], row["end_s"])
    return "" if span is None else str(span)


def span_columns(rows: Iterable[Row]) -> tuple[Column, ...]:
    """Return the column of spans, where any row has one: whole sounds need none."""
    return (SPAN,) if any(row["start_s"] is not None for row in rows) else ()


def show_score(key: str) -> Any:
    """Return what shows a score or gap of a row: three digits, or a dash for none."""

    def show(row: Row) -> str:
        return "-" if row[key] is None else f"{row[key]:.3f}"

    return show


def show_text(key: str) -> Any:
    """Return what shows a text of a row; nothing for none."""

    def show(row: Row) -> str:
        return "" if row[key] is None else str(row[key])

    return show


def show_held_back(row: Row) -> str:
    """Show what keeps a match from high, and which rival does; nothing where it is high."""
    words = (row["held_back_by"] or "").split(", ")
    return ", ".join(f"rival {show_rival(row)}" if word == "rival" else word for word in words)


def show_rival(row: Row) -> str:
    """Show a rival: a label's name, or "not" and a negative anchor's path."""
    if row["rival_label"] is not None:
        return str(row["rival_label"])
    return f"not {row['rival_path']}" if row.get("rival_path") else ""


SCORE = Column("score", show_score("score"), right=True)

GAP = Column("gap", show_score("gap"), right=True)

CONFIDENCE = Column("confidence", show_text("confidence"))

HELD_BACK = Column("held back by", show_held_back)

SAMPLE_ID = Column("id", show_id, right=True)

PATH = Column("path", show_path)

SPAN = Column("span", show_span, right=True)
