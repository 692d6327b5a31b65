"""Tables of sounds with what people keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from sqlclap.cli.columns import SAMPLE_ID, show_path, show_text
from sqlclap.cli.options import tell_reach
from sqlclap.cli.table_output import Column, Row, print_json, print_rows
from sqlclap.quantities import show_count, show_seconds
from sqlclap.records import field_names, records

if TYPE_CHECKING:
    from sqlclap.curation.keeping import KeptSample


def _stars(row: Row) -> str:
    return "*" * (row["rating"] or 0)


LENGTH = Column("length", lambda row: show_seconds(row["duration_s"]), right=True)
USED = (
    Column("used", lambda row: (row["last_used_at"] or "")[:16].replace("T", " ")),
    Column("by", show_text("last_action")),
)
COLUMNS = (
    SAMPLE_ID,
    LENGTH,
    Column("fav", lambda row: "yes" if row["favourite"] else ""),
    Column("rating", _stars),
    Column("path", show_path),
    Column("collections", lambda row: ", ".join(row["collections"])),
    Column("note", show_text("note")),
)
RARE = {"fav", "rating", "collections", "note"}
"""Columns that are left out where no row has a value."""


def print_kept(sounds: Iterable[KeptSample], output: str, more: Sequence[Column] = ()) -> None:
    """Print sounds with what is kept of them in one of the output formats."""
    from sqlclap.curation.keeping import KeptSample

    tell_reach(sounds)
    rows = records(sounds)
    told = [one for one in COLUMNS if one.title not in RARE or any(map(one.show, rows))]
    print_rows(rows, (*told[:2], *more, *told[2:]), output, field_names(KeptSample))


def print_change(count: int, as_json: bool, about: str) -> None:
    """Print how many sounds a command changed."""
    if as_json:
        print_json({"changed": count})
    else:
        click.echo(f"{show_count(count, 'sound')} {about}")
