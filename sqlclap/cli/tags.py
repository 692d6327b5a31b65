"""``sqlclap tags``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, tell_reach, tell_remarks
from sqlclap.cli.result_output import (
    CONFIDENCE,
    GAP,
    PATH,
    SAMPLE_ID,
    SCORE,
    key_columns,
    note_hardly_heard,
    show_text,
    span_columns,
)
from sqlclap.cli.table_output import Column, format_options, print_rows
from sqlclap.quantities import printable, show_count
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap tags sounds.db
    sqlclap tags sounds.db kick --csv > kicks.csv
    sqlclap tags sounds.db --runs
    sqlclap tags sounds.db --write-files
"""
COLUMNS = (
    Column("label", show_text("label")),
    Column("run", show_text("run_id"), right=True),
    SCORE,
    GAP,
    CONFIDENCE,
    SAMPLE_ID,
)
RUNS = (
    Column("run", show_text("run_id"), right=True),
    Column("label", show_text("label")),
    Column("confidence", show_text("confidence")),
    Column("tagged", lambda row: f"{row['tagged']:,}", right=True),
    Column("at", show_text("created_at")),
    Column("undone", show_text("undone_at")),
)


@click.command(name="tags", epilog=EPILOG)
@LIBRARY
@click.argument("label", required=False)
@click.option("--runs", is_flag=True, help="List the runs instead.")
@click.option(
    "--write-files", is_flag=True, help="Write the labels into the files' own metadata, too."
)
@click.option("--force", is_flag=True, help="With --write-files: even tags that votes contradict.")
@format_options
@one_line_errors
def command(library: str, label: str | None, output: str, **settings: Any) -> None:
    """List tags, or write them into the sounds' files.

    Of each sound or span, the last tag of a label is listed. Sound files are only ever written with
    --write-files, which needs pip install 'sqlclap[tags]'. Nothing is written where votes show that
    a label's tags miss its target, unless with --force.
    """
    import sqlclap
    from sqlclap.labels.tags import PastRun, Tag

    write = settings["write_files"]
    mode: Any = "write" if write else "read"
    with sqlclap.open(library, mode=mode) as opened:
        if settings["runs"]:
            runs = opened.labels.runs()
            print_rows(records(runs), RUNS, output, field_names(PastRun))
            tell_remarks(runs)
            return
        tags = opened.labels.tags(label)
        report = opened.labels.write_files(tags, settings["force"]) if write else None
    rows = records(tags)
    print_rows(
        rows, (*COLUMNS, *span_columns(rows), *key_columns(rows), PATH), output, field_names(Tag)
    )
    note_hardly_heard(rows, output)
    tell_reach(tags)
    if report is not None:
        click.echo(f"{show_count(report.written, 'file')} written", err=True)
        for file, reason in report.failed:
            click.echo(f"  left as it was: {printable(str(file))}: {reason}", err=True)
