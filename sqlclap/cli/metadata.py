"""``sqlclap metadata``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.table_output import Column, format_options, print_rows
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap metadata sounds.db 42
    sqlclap metadata sounds.db drums/loop_128bpm_Am.wav --json
    sqlclap search sounds.db "rain" --text glass --min-tempo 120 --key Am
"""
COLUMNS = (
    Column("field", lambda row: str(row["field"])),
    Column("value", lambda row: _shown(row["value"])),
    Column("said by", lambda row: f"{row['origin']} {row['said_by']}"),
    Column("", lambda row: "" if row["is_best"] else "less trusted"),
)
LONGEST_SHOWN = 80


def _shown(value: str | float) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


@click.command(name="metadata", epilog=EPILOG)
@LIBRARY
@click.argument("sound")
@format_options
@one_line_errors
def command(library: str, sound: str, output: str) -> None:
    """Show what a file's metadata and its name say.

    Each entry comes with the field that said so. SOUND is a sample's id or a path in the library.
    Metadata is read by `sqlclap ingest`.
    """
    import sqlclap
    from sqlclap.metadata.reading import MetadataEntry

    with sqlclap.open(library, mode="read") as opened:
        rows = records(opened.metadata(sound))
    print_rows(rows, COLUMNS, output, field_names(MetadataEntry))
