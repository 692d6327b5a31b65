"""``sqlclap explore``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line, one_line_errors
from sqlclap.cli.explore_work import Work
from sqlclap.cli.serve import (
    ALLOW_HOST,
    check_address,
    check_page_extra,
    run_server,
    run_set_server,
)
from sqlclap.opening import is_set
from sqlclap.quantities import typed

EPILOG = """\b
Examples:
    sqlclap explore ~/Samples
    sqlclap explore ~/Samples --library sounds.db --no-browser
    sqlclap explore ~/Samples --library set.toml
"""


def refuse_set(named: Path) -> None:
    """Refuse a set in the folder's place.

    Raises
    ------
    click.ClickException
        It says what to do instead.
    """
    if is_set(named):
        raise click.ClickException(
            one_line(
                f"{named} is a set, and here goes the folder of sounds: `sqlclap explore FOLDER "
                f"--library {typed(named)}` takes one into it, and `sqlclap serve {typed(named)}` "
                "shows it"
            )
        )


class Folder(click.Path):
    """A folder, or a set's file, which is refused with what to do instead."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check that it is there."""
        if os.path.isfile(value):  # noqa: PTH113 False for what can be no path, too
            refuse_set(Path(value))
        return super().convert(value, param, ctx)


FOLDER = Folder(exists=True, file_okay=False)
MAP_MODULES = ("numba", "fast_hdbscan")


@click.command(name="explore", epilog=EPILOG)
@click.argument("folder", type=FOLDER)
@click.option(
    "--library",
    metavar="FILE",
    type=click.Path(),
    help="The file to keep it in, or a set [default: the folder's name with .db, here].",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@ALLOW_HOST
@click.option("--read-only", is_flag=True, help="No one may label.")
@click.option("--browser/--no-browser", default=True, help="Open the page.")
@one_line_errors
def command(folder: str, library: str | None, **options: Any) -> None:
    """Go from a FOLDER of sounds to its map in one step.

    It takes the sounds in, builds the index and the map, names clusters, and serves the page. The
    page opens as soon as the first hundred sounds are in, and shows how far the rest is. Doing it
    again takes in what is new and keeps labels, votes and the map's places. A set that is named as
    the library takes the sounds in, and its page is served.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read by numpy at import
    check_page_extra()
    check_address(options["host"])
    _warn_of_map_extra()
    target = (
        Path(library)
        if library is not None
        else Path(f"{Path(folder).resolve().name or 'sounds'}.db")
    )
    work = Work(Path(folder), target)
    try:
        work.wait_for_first()
        if is_set(target):
            run_set_server(target, options, lambda line: _say(line, work))
        else:
            run_server([target], options, lambda line: _say(line, work))
    finally:
        work.stop()


def _say(line: str, work: Work) -> None:
    """Print a line; a progress bar that stands on the terminal is wiped away before."""
    if work.is_running and sys.stderr.isatty():
        click.echo("\r\x1b[2K", nl=False, err=True)
    click.echo(line)


def _warn_of_map_extra() -> None:
    """Warn at the start, instead of after a long ingest, that there will be no map."""
    missing = [name for name in MAP_MODULES if find_spec(name) is None]
    if missing:
        click.echo(
            f"{', '.join(missing)} missing: there will be no map; "
            "pip install 'sqlclap[map]' brings it",
            err=True,
        )
