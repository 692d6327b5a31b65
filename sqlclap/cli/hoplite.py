"""``sqlclap hoplite``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.exchange.hoplite_import import HopliteReport


@click.group(
    name="hoplite",
    epilog="""\b
Examples:
    sqlclap hoplite import birds.db ~/agile/db
    sqlclap hoplite import birds.db ~/agile/db --audio /mnt/recorders
    sqlclap hoplite export birds.db for-perch
""",
)
def command() -> None:
    """Exchange whole databases with perch-hoplite.

    Recordings, windows, vectors and annotations go along. The extra hoplite brings what reads the
    vectors: pip install 'sqlclap[hoplite]'.
    """


@command.command(
    name="import", epilog="\b\nExample:\n    sqlclap hoplite import birds.db ~/agile/db"
)
@LIBRARY
@click.argument("folder", type=click.Path())
@click.option(
    "--audio",
    type=click.Path(),
    help="Folder of the recordings [default: the one that the database names].",
)
@JSON
@one_line_errors
def import_command(library: str, folder: str, audio: str | None, as_json: bool) -> None:
    """Make LIBRARY of a database of perch-hoplite in FOLDER, or add it to one that is there.

    It answers searches by its own sounds at once; recordings whose files are not there count as
    missing. Annotations become votes. Doing it twice changes nothing.
    """
    take_in(library, folder, audio, as_json)


@command.command(
    name="export", epilog="\b\nExample:\n    sqlclap hoplite export birds.db for-perch"
)
@LIBRARY
@click.argument("folder", type=click.Path())
@MODEL
@JSON
@one_line_errors
def export_command(library: str, folder: str, model: str | None, as_json: bool) -> None:
    """Write LIBRARY as a database of perch-hoplite into FOLDER, which must be new or empty."""
    import sqlclap

    with sqlclap.open(library, model=model, mode="read") as opened, TerminalProgress() as bar:
        report = opened.write_hoplite(folder, bar)
    if as_json:
        print_json(record(report))
        return
    click.echo(
        printable(
            f"{show_count(report.recordings, 'recording')}, "
            f"{show_count(report.windows, 'window')} of {report.model} and "
            f"{show_count(report.annotations, 'annotation')} written to {folder}"
        )
    )


def take_in(library: str, folder: str, audio: str | None, as_json: bool) -> None:
    """Take a database in, and print what became of it."""
    import sqlclap

    with sqlclap.open(library) as opened, TerminalProgress() as bar:
        report = opened.take_hoplite(folder, audio, bar)
    _print_taken(report, as_json)
    end_if_not_written(report, "`sqlclap hoplite import`")


def _print_taken(report: HopliteReport, as_json: bool) -> None:
    if as_json:
        print_json(record(report))
        return
    click.echo(
        f"{show_count(report.recordings, 'recording')} ({report.present:,} there now), "
        f"{show_count(report.windows, 'window')} of {printable(report.model)} "
        f"({report.model_version}); {report.votes:,} new votes, {report.known:,} there already; "
        f"{show_count(report.deployments, 'deployment')}"
    )
    if report.without_vector:
        windows = show_count(report.without_vector, "window")
        click.echo(f"left out: {windows} without a vector that can be compared", err=True)
    for place in report.left_out:
        click.echo(printable(f"left out: {place}: not within its recording"), err=True)
