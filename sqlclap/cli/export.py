"""``sqlclap export``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.annotations import KIND_NAMES, LISTED
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record


@click.command(
    name="export",
    epilog="""\b
Examples:
    sqlclap export birds.db --clips owls --label owl --pad 1
    sqlclap export birds.db --clips found --from tags
""",
)
@LIBRARY
@click.option("--clips", type=click.Path(), required=True, help="The new folder of the clips.")
@click.option(
    "--from",
    "kind",
    type=click.Choice(KIND_NAMES),
    default="votes",
    show_default=True,
    help="Whose spans.",
)
@click.option("--label", "labels", multiple=True, help="Only this label [default: all].")
@click.option("--recording", help="Id, path or pattern of a recording: only of these.")
@click.option("--all-verdicts", is_flag=True, help="Rejected and unsure ones, too.")
@click.option("--pad", default=0.0, metavar="S", help="Seconds before and after that are cut, too.")
@JSON
@one_line_errors
def command(library: str, clips: str, pad: float, as_json: bool, **settings: Any) -> None:
    """Write labelled spans of LIBRARY's sounds as WAV files, a folder a label.

    Rate, channels and bits stay as recorded. The folder must be new or empty, and is there whole
    or not at all; `clips.csv` in it says what each clip is.
    """
    import sqlclap
    from sqlclap.exchange.library_annotations import ExportRequest

    with sqlclap.open(library, mode="read") as opened, TerminalProgress() as bar:
        report = opened.annotations.write_clips(clips, ExportRequest(**settings), pad, bar)
    if as_json:
        print_json(record(report))
        return
    recordings = show_count(report.recordings, "recording")
    click.echo(printable(f"{show_count(report.clips, 'clip')} of {recordings} written to {clips}"))
    left = [f"{path}: {reason}" for path, reason in report.left_out.items()]
    for line in left[:LISTED]:
        click.echo(printable(f"left out: {line}"), err=True)
    if len(left) > LISTED:
        click.echo(f"left out: {len(left) - LISTED:,} more", err=True)
