"""Which of duplicates' files stay and go by ``sqlclap duplicates --keep``, and what was moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sqlclap.cli.columns import SAMPLE_ID, show_path, told_id
from sqlclap.cli.result_output import print_left_out
from sqlclap.cli.table_output import Column, print_json, print_rows
from sqlclap.quantities import printable, show_bytes, show_count
from sqlclap.records import field_names, path_text, records

if TYPE_CHECKING:
    from sqlclap.curation.quarantine import QuarantineReport
    from sqlclap.search.keep_rules import KeepingPlan

COLUMNS = (
    Column("set", lambda row: str(row["set"]), right=True),
    Column("file", lambda row: "stays" if row["stays"] else "goes"),
    Column("why", lambda row: row["reason"] or f"{row['kind']} of {told_id(row['kept_id'])}"),
    Column("size", lambda row: show_bytes(row["bytes"]), right=True),
    SAMPLE_ID,
    Column("path", show_path),
)


def print_plan(plan: KeepingPlan, output: str) -> None:
    """Print which files would stay and go, in one of the output formats."""
    from sqlclap.search.keep_rules import PlannedFile

    print_rows(records(plan), COLUMNS, output, field_names(PlannedFile))
    if output == "table":
        going = [one for one in plan if not one.stays]
        click.echo(
            f"{show_count(len(going), 'file')} ({show_bytes(sum(one.bytes for one in going))}) "
            "would go; nothing was changed. --quarantine DIR moves what goes into a folder"
        )


def print_moved(report: QuarantineReport, output: str, what: str, advice: str) -> None:
    """Print what became of files that were to be moved, in one of the output formats."""
    from sqlclap.curation.quarantine import MovedFile

    rows = records(report.files)
    if output == "table":
        count, size = show_count(len(rows), "file"), show_bytes(report.bytes)
        click.echo(printable(f"{count} ({size}) {what}{advice if rows else ''}"))
    elif output == "json":
        folder = path_text(report.folder)
        print_json({"folder": folder, "files": rows, "left_out": report.left_out})
        return
    else:
        print_rows(rows, (), output, field_names(MovedFile))
    print_left_out(report.left_out)
