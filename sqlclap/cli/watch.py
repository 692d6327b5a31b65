"""``sqlclap watch``."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sqlclap.cells import json_text
from sqlclap.cli.error_output import one_line, one_line_errors, quiet_libraries
from sqlclap.cli.ingest import counts_of
from sqlclap.cli.options import LIBRARY, model_options
from sqlclap.quantities import printable
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.ingest.report import IngestReport
    from sqlclap.watching import WatchEvent

EPILOG = """\b
Examples:
    sqlclap watch sounds.db
    sqlclap watch clips.db              also the rows of attached tables
    sqlclap watch set.toml              a set: each shard takes in its share
    sqlclap watch sounds.db --nl >> watched.jsonl
"""
SHOWN = 5


@click.command(name="watch", epilog=EPILOG)
@LIBRARY
@model_options
@click.option("--nl", "as_lines", is_flag=True, help="One JSON object a line.")
@one_line_errors
def command(library: str, as_lines: bool, **settings: str) -> None:
    """Watch folders, and take in new sounds when complete.

    It begins with what has changed since the last ingest. Files that are still being written are
    waited for; broken ones are listed, and stop nothing. A folder that goes (a disk that is taken
    out) changes nothing, and is looked through when it is back. Where another program writes to
    the library, it waits. Folders alone are watched, not files that were named one by one.

    Databases with attached tables are watched, too: about a second after a program has written
    rows, their sounds are there.

    Ctrl-C ends it.
    """
    # One BLAS thread each, as for ingest.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import sqlclap
    from sqlclap.progress import NullProgress
    from sqlclap.running_work import ToldProgress
    from sqlclap.watching import Watcher

    def take_in(paths: Sequence[str | Path]) -> IngestReport:
        with ToldProgress(Path(library), NullProgress(), ("sounds",), if_needed=("index",)) as told:
            report = opened.ingest(paths, None, told)
            if not report.interrupted:
                told.finished()
        return report

    def tell(event: WatchEvent) -> None:
        if as_lines:
            click.echo(json_text(record(event) | {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z")}))
        else:
            _print(event)

    chosen = {"model": settings["model"], "device": settings["device"]}
    with quiet_libraries(), sqlclap.open(library, mode="write", **chosen) as opened:  # type: ignore[arg-type]
        try:
            Watcher(opened.sources.list, take_in, tell, _databases(library, opened)).run()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


def _databases(library: str, opened: Library) -> list[Path]:
    """Return the databases of attached tables; sets have none."""
    from sqlclap.opening import is_set

    return [] if is_set(library) else [one.table.database for one in opened.attachments.list()]


def _print(event: WatchEvent) -> None:
    shown = ", ".join(event.paths[:SHOWN])
    more = f" and {len(event.paths) - SHOWN:,} more" if len(event.paths) > SHOWN else ""
    about = f"{shown}{more}"
    if event.report is not None:
        about = counts_of(event.report) or "nothing new"
    if event.reason is not None:
        about = event.reason
    line = f"{time.strftime('%H:%M:%S')}  {event.kind}: {one_line(about)}"
    click.echo(line, err=event.kind in ("failed", "waiting"))
    for file in event.report.failed[:SHOWN] if event.report else ():
        click.echo(printable(f"  {file.stage}: {file.path}: {file.reason}"), err=True)
