"""``sqlclap relocate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.ingest.relocate import RelocateReport

EPILOG = """\b
Examples:
    sqlclap relocate sounds.db ~/Samples /mnt/audio/Samples --dry-run
    sqlclap relocate sounds.db ~/Samples /mnt/audio/Samples
    sqlclap relocate sounds.db /Volumes/USB /media/usb --verify
"""


@click.command(name="relocate", epilog=EPILOG)
@LIBRARY
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--verify", is_flag=True, help="Read and compare every file's content.")
@click.option("--force", is_flag=True, help="Continue if files are absent or differ.")
@click.option("--dry-run", is_flag=True, help="Only report what would be done.")
@JSON
@one_line_errors
def command(library: str, old: str, new: str, as_json: bool, **settings: Any) -> None:
    """Tell LIBRARY that a folder or a file has moved.

    What was OLD is NEW now: moved, renamed, or mounted elsewhere. Ids, vectors, anchors, votes and
    tags stay, and nothing is read again: files are known by size and time, and by content where
    only the time differs. If NEW has been ingested already, what was there twice is merged. A
    folder within a source, and a single file, can be relocated too. A set's sounds stay in their
    shards; those at nodes are relocated there.
    """
    import sqlclap

    options = sqlclap.RelocateOptions(**settings)
    with sqlclap.open(library, mode="write") as opened, TerminalProgress() as progress:
        report = opened.sources.relocate(old, new, options, progress)
    if as_json:
        print_json(record(report))
    else:
        _print_report(report, options.force)
    end_if_not_written(report, "`sqlclap relocate`")


def _print_report(report: RelocateReport, is_forced: bool) -> None:
    would = "would move" if report.dry_run else "moved"
    if report.dry_run and not is_forced and (report.absent or report.differing):
        would = "would move nothing, and with --force"
    parts = [f"{would} {report.moved:,} of {show_count(report.samples, 'sound')} to {report.new}"]
    if report.merged:
        parts.append(f"{report.merged:,} of them merged with what was there twice")
    if report.compared:
        parts.append(f"{report.compared:,} compared by content")
    click.echo(printable("; ".join(parts)))
    if report.absent or report.differing:
        click.echo(
            f"{report.absent:,} not there, {report.differing:,} with other content", err=True
        )
    for file in report.examples:
        click.echo(printable(f"  {file.path}: {file.reason}"), err=True)
