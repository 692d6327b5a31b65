"""``sqlclap explore``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.serve import ALLOW_HOST, check_address, check_page_extra, serve_library

if TYPE_CHECKING:
    import sqlclap

EPILOG = """\b
Examples:
    sqlclap explore ~/Samples
    sqlclap explore ~/Samples --library sounds.db --no-browser
"""


MAP_MODULES = ("numba", "fast_hdbscan")


@click.command(name="explore", epilog=EPILOG)
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--library",
    metavar="FILE",
    type=click.Path(),
    help="The file to keep it in [default: the folder's name with .db, here].",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@ALLOW_HOST
@click.option("--read-only", is_flag=True, help="No one may label.")
@click.option("--browser/--no-browser", default=True, help="Open the page.")
@one_line_errors
def command(folder: str, library: str | None, **options: Any) -> None:
    """Go from FOLDER to the page in one step: take in, index, map, name clusters, serve.

    Doing it again takes in what is new and keeps labels, votes and the map's places.
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
    prepare(Path(folder), target)
    serve_library(target, options)


def prepare(folder: Path, target: Path) -> None:
    """Bring a library up to date with a folder, and its index and map up to date with it."""
    import sqlclap

    with sqlclap.open(target) as library:
        with quiet_libraries(), TerminalProgress() as progress:
            report = library.ingest([folder], None, progress)
        click.echo(f"{report.new:,} new, {report.changed:,} changed, {len(report.failed):,} failed")
        with TerminalProgress() as stages:
            _draw_map(library, stages)


def _warn_of_map_extra() -> None:
    """Warn at the start, instead of after a long ingest, that there will be no map."""
    missing = [name for name in MAP_MODULES if find_spec(name) is None]
    if missing:
        click.echo(
            f"{', '.join(missing)} missing: there will be no map; "
            "pip install 'sqlclap[map]' brings it",
            err=True,
        )


def _draw_map(library: sqlclap.Library, stages: TerminalProgress) -> None:
    """Draw the map and find clusters, or place what is new; without its extra, go on without."""
    from sqlclap.errors import MissingExtraError, NoMapError

    try:
        try:
            library.map.place(stages)
        except NoMapError:
            library.map.fit(None, stages)
        library.clusters.update(listener=stages)
    except MissingExtraError as error:
        click.echo(f"no map: {error}", err=True)
