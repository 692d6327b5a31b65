"""``sqlclap info``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sqlclap.cli.editions import newer_edition
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.library_counts import print_remarks
from sqlclap.cli.options import JSON, LIBRARY, REQUIRE_ALL, open_asked, tell_reach
from sqlclap.cli.sources import show_kind
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import printable, show_bytes, show_count, show_seconds
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.db.summary import Summary

EPILOG = """\b
Examples:
    sqlclap info sounds.db
    sqlclap info sounds.db --descriptors
    sqlclap info sounds.db --failures
    sqlclap info sounds.db --json
"""


def show_length(seconds: float | None) -> str:
    """Show the length or the hop of a model's windows."""
    return "" if seconds is None else f"{seconds:g} s"


SOURCES = (
    Column("folder", lambda row: str(row["root"])),
    Column("kind", lambda row: show_kind(row["kind"])),
    Column("sounds", lambda row: f"{row['samples']:,}", right=True),
    Column("", lambda row: "" if row["is_there"] else "not there (see `sqlclap relocate`)"),
)
MODELS = (
    Column("model", lambda row: f"{row['name']}{' (default)' if row['is_default'] else ''}"),
    Column("version", lambda row: str(row["model_version"])),
    Column("window", lambda row: show_length(row["window_s"]), right=True),
    Column("hop", lambda row: show_length(row["hop_s"]), right=True),
    Column("dim", lambda row: str(row["dim"]), right=True),
    Column("sounds", lambda row: f"{row['samples']:,}", right=True),
    Column("windows", lambda row: f"{row['windows']:,}", right=True),
)
DESCRIPTORS = (
    Column("column", lambda row: str(row["name"])),
    Column("unit", lambda row: str(row["unit"])),
    Column("sounds", lambda row: f"{row['values']:,}", right=True),
    Column("from", lambda row: str(row["origin"])),
    Column("about", lambda row: f"{row['label']}. {row['about']}"),
)
FAILURES = (
    Column("stage", lambda row: str(row["stage"])),
    Column("file", lambda row: "/".join(filter(None, (row["root"], row["path"])))),
    Column("reason", lambda row: str(row["reason"])),
)


@click.command(name="info", epilog=EPILOG)
@LIBRARY
@click.option("--descriptors", is_flag=True, help="List what is measured of the sounds.")
@click.option("--failures", is_flag=True, help="List the files that could not be taken in.")
@REQUIRE_ALL
@JSON
@one_line_errors
def command(
    library: str, descriptors: bool, failures: bool, require_all: bool, as_json: bool
) -> None:
    """Show what a library holds.

    Of a set it shows the shards.
    """
    import sqlclap
    from sqlclap.attach.seen import remark_on_rows
    from sqlclap.opening import is_set

    if is_set(library):
        _print_set(library, (descriptors, failures), require_all, as_json)
        return
    with sqlclap.open(library, mode="read") as opened:
        summary = opened.info()
        failed = opened.failures() if failures else []
        remark = remark_on_rows(opened.connection)
    if as_json:
        print_json(record(summary) | ({"failures": failed} if failures else {}))
        return
    if descriptors:
        print_table(records(summary.descriptors), DESCRIPTORS)
    if failures:
        print_table(failed, FAILURES)
    if not (descriptors or failures):
        _print_summary(summary)
        if remark is not None:
            click.echo(f"\n{printable(remark)}")
        _print_edition(summary, library)


def _print_set(set_file: str, wanted: tuple[bool, bool], require_all: bool, as_json: bool) -> None:
    """Print a set's state, or its descriptors and failures, as they are wanted."""
    from sqlclap.cli.shards import print_set

    if not any(wanted):
        if require_all:
            raise click.UsageError("--require-all goes with --failures and --descriptors")
        print_set(set_file, as_json)
        return
    with open_asked(set_file, require_all) as opened:
        descriptors = opened.descriptors() if wanted[0] else []
        failed = opened.failures() if wanted[1] else []
        status = opened.info()
    tell_reach(failed if wanted[1] else descriptors)
    rows = records(descriptors)
    if as_json:
        more = {"descriptors": rows} if wanted[0] else {}
        print_json(record(status) | more | ({"failures": failed} if wanted[1] else {}))
        return
    if wanted[0]:
        print_table(rows, DESCRIPTORS)
    if wanted[1]:
        print_table(failed, FAILURES)


def _print_edition(summary: Summary, library: str) -> None:
    """Tell that a newer edition of the model is there, and what changing over costs."""
    from sqlclap.models.editions import is_former_version

    for row in summary.models:
        if row["is_default"] and is_former_version(str(row["model_version"])):
            click.echo(f"\n{newer_edition(str(row['name']), library, summary.counts)}")


def _print_summary(summary: Summary) -> None:
    counts = summary.counts
    sounds = show_count(counts["samples"], "sound")
    length = show_seconds(counts["duration_s"])
    click.echo(f"{sounds}, {length} in all; the library takes {show_bytes(summary.file_bytes)}")
    print_remarks(counts)
    click.echo()
    print_table(summary.sources, SOURCES)
    click.echo()
    print_table(summary.models, MODELS)
    for row in summary.models:
        if row["skipped"]:
            click.echo(
                f"\n{row['skipped']:,} of {row['name']}'s vectors can't be compared and are "
                "skipped (see `sqlclap doctor`)"
            )
