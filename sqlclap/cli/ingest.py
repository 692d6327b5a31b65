"""``sqlclap ingest``."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.attach import table_line
from sqlclap.cli.editions import newer_edition, vectors_to_make
from sqlclap.cli.error_output import (
    INTERRUPTED,
    end_if_not_written,
    one_line_errors,
    quiet_libraries,
)
from sqlclap.cli.options import LIBRARY, model_options
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count, show_seconds, typed
from sqlclap.ray_ingest.crew import ray_crew
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.ingest.report import IngestReport

EPILOG = """\b
Examples:
    sqlclap ingest sounds.db ~/Samples
    sqlclap ingest sounds.db kick.wav /mnt/archive
    sqlclap ingest sounds.db            look again at all folders it knows
    sqlclap ingest sounds.db s3://bucket/drums    objects (docs/object-storage.md)
    sqlclap ingest set.toml /mnt/archive --ray auto   on all cores, or a cluster (docs/ray.md)
    sqlclap ingest sounds.db --prune    and forget what is gone
    sqlclap ingest clips.db             follow the rows of an attached table
    sqlclap ingest birds.db /mnt/recorders --tz Europe/Berlin
    sqlclap ingest birds.db --hop 0.5   windows that overlap, from now on
    sqlclap ingest sounds.db ~/Samples --exclude '*.mp3' --exclude 'packs/*/loops'
"""
SPANS_SHOWN = 5
FAILURES_SHOWN = 20


@click.command(name="ingest", epilog=EPILOG)
@LIBRARY
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--prune", is_flag=True, help="Remove sounds whose file is gone.")
@click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Pass over files and folders, from now on (repeatable).",
)
@click.option(
    "--tz",
    "time_zone",
    metavar="ZONE",
    help="Zone of recorders' clocks that don't say theirs, from now on: Europe/Berlin, +02:00.",
)
@click.option(
    "--hop",
    "hop_s",
    type=float,
    metavar="S",
    help="Seconds between the starts of windows, from now on [default: a window's length].",
)
@click.option(
    "--window",
    "window_s",
    type=float,
    metavar="S",
    help="Length of a window in seconds, where the model allows others, from now on.",
)
@click.option("--retry-failed", is_flag=True, help="Try unchanged files again that failed.")
@click.option(
    "--measure", is_flag=True, help="Measure unchanged sounds anew that lack a descriptor."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Read every file and compare its content, whatever its size and time say.",
)
@click.option(
    "--threads",
    type=click.IntRange(0),
    default=0,
    help="Files read at once [default: one a core].",
)
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Read and embed on a Ray cluster; auto: $RAY_ADDRESS, or one of this machine alone.",
)
@model_options
@click.option("--json", "as_json", is_flag=True, help="Print the report as a JSON object.")
@one_line_errors
def command(library: str, paths: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Take in sounds: folders, files, object storage.

    A folder is taken in as a whole, and looked at again whenever no path is given; a file is that
    file only. Hidden files, recycle bins and the like are passed over, as is what --exclude says:
    a pattern without / is compared with names, one with it with paths below the folder.

    With --hop shorter than a window, windows overlap, so that moments are found more exactly, for
    as much more time and space. Another hop or window is another version of the model: all sounds
    get its vectors, and searches use them once they have.

    Only what is new or has changed is read. Files that were moved keep their id. Stopping it
    (Ctrl-C) loses nothing: the next run goes on from there. Broken files are listed at the end
    and never stop the rest.
    """
    report = _take_in(library, paths, settings)
    if as_json:
        print_json(record(report))
    else:
        _print_report(report, library)
    status = INTERRUPTED if report.interrupted else 1
    end_if_not_written(report, "ingest", status)  # shards of a set
    if report.interrupted:
        sys.exit(status)


def _take_in(library: str, paths: tuple[str, ...], settings: dict[str, Any]) -> IngestReport:
    """Take sounds in, and tell of it: at the terminal, and to pages that show the library."""
    # One BLAS thread each: the reading threads fill the cores already. Read by numpy at import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import sqlclap
    from sqlclap.running_work import ToldProgress

    chosen = {name: settings.pop(name) for name in ("model", "device")}
    address = settings.pop("ray")
    with (
        quiet_libraries(),
        nullcontext() if address is None else ray_crew(address) as crew,
        sqlclap.open(library, **chosen) as opened,
        TerminalProgress() as bar,
        ToldProgress(Path(library), bar, ("sounds",), if_needed=("index",)) as told,
    ):
        if not paths:
            _print_backlog(opened)
        _print_edition(opened, library, chosen["model"])
        options = sqlclap.IngestOptions(**settings, crew=crew)
        report = opened.ingest(paths, options, told)
        if not report.interrupted:
            told.finished()
    return report


def _print_backlog(library: Library) -> None:
    """Print how many sounds have no vector of the model, such as after a switch."""
    waiting = library.backlog()
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        name = library.encoder.bundle.name
        click.echo(f"{show_count(waiting, 'sound')} {verb} for vectors of {name}", err=True)


def _print_edition(library: Library, path: str, named: str | None) -> None:
    """Say what a newer edition of the library's model costs, before its vectors are made."""
    from sqlclap.models.editions import is_former

    bundle = library.encoder.bundle
    if not is_former(bundle) or named not in (None, bundle.name):
        return
    counts = library.info().counts
    if named is None:
        click.echo(newer_edition(bundle.name, path, counts), err=True)
    else:
        told = "searches use the former one's until all are made"
        cost = vectors_to_make(counts)
        click.echo(f"{bundle.name}'s newer edition: vectors of {cost}; {told}", err=True)


def _print_passed_over(report: IngestReport) -> None:
    passed = []
    if report.system:
        passed.append(f"{report.system:,} of recycle bins and the like")
    if report.excluded:
        passed.append(f"{report.excluded:,} excluded")
    if passed:
        click.echo(f"passed over: {', '.join(passed)}")
    if report.held_excluded:
        sounds = show_count(report.held_excluded, "sound")
        click.echo(f"{sounds} taken in before would be passed over now: --prune removes them")


def _print_doubts(report: IngestReport) -> None:
    if report.hardly_heard:
        sounds = show_count(report.hardly_heard, "sound")
        click.echo(f"{sounds} mostly outside of what the model hears: see heard_share and note")
    if report.unmeasured and not report.interrupted:
        sounds = show_count(report.unmeasured, "sound")
        click.echo(f"{sounds} not measured with all descriptors of today: --measure does so")
    if report.past_the_end:
        lost, few = len(report.past_the_end), report.past_the_end[:SPANS_SHOWN]
        more = f" and {lost - len(few):,} more" if lost > len(few) else ""
        click.echo(f"past their sounds' new ends: {printable('; '.join(few))}{more}", err=True)
    if report.impossible_times:
        names = show_count(len(report.impossible_times), "name")
        click.echo(
            f"{names} with a date or time that there is none of, such as "
            f"{printable(report.impossible_times[0])}: the file's own time was taken",
            err=True,
        )
    if report.needs_extra:
        files = show_count(report.needs_extra, "file")
        click.echo(f"{files} left out: M4A, AAC and the like need pip install 'sqlclap[av]'")


def counts_of(report: IngestReport) -> str:
    """Say what became of how many files."""
    counts = {
        "new": report.new,
        "changed": report.changed,
        "moved": report.moved,
        "back or touched": report.restored,
        "embedded again": report.embedded,
        "read again": report.read_again,
        "measured again": report.measured,
        "unchanged": report.unchanged,
        "silent": report.silent,
        "with a note": report.noted,
        "missing": report.missing,
        "merged": report.merged,
        "no longer named": report.no_longer_named,
        "pruned": report.pruned,
        "failed": len(report.failed),
        "failed before": report.failed_before,
    }
    return ", ".join(f"{count:,} {noun}" for noun, count in counts.items() if count)


def _print_report(report: IngestReport, library: str) -> None:
    sound, elapsed = show_seconds(report.seconds_of_sound), show_seconds(report.elapsed_s)
    click.echo(f"{counts_of(report) or 'no sounds found'}; {sound} of sound in {elapsed}")
    for table in report.tables:
        click.echo(printable(table_line(table)))
    _print_windows(report, library)
    _print_passed_over(report)
    _print_doubts(report)
    _print_failures(report, library)
    for root in report.not_there:
        cure = f"sqlclap relocate {typed(library)} {typed(root)} NEW"
        click.echo(printable(f"{root} is not there; if it was moved: {cure}"), err=True)
    if report.interrupted:
        click.echo("stopped early; what was done is stored, run it again to go on", err=True)


def _print_windows(report: IngestReport, library: str) -> None:
    windows = f"windows of {report.window_s:g} s, one every {report.hop_s:g} s"
    if report.hop_s != report.window_s:
        click.echo(windows)
    if report.waiting:
        told = (
            f"{show_count(report.waiting, 'sound')} without a vector of version "
            f"{report.model_version} ({windows}): searches use the library's default model, and "
            f"don't find what has none of that; `sqlclap ingest {typed(library)}` makes the rest"
        )
        click.echo(printable(told))


def _print_failures(report: IngestReport, library: str) -> None:
    for file in report.failed[:FAILURES_SHOWN]:
        click.echo(printable(f"  {file.stage}: {file.path}: {file.reason}"), err=True)
    if len(report.failed) > FAILURES_SHOWN:
        rest = len(report.failed) - FAILURES_SHOWN
        click.echo(f"  and {rest:,} more: sqlclap info {typed(library)} --failures", err=True)
