"""``sqlclap bench map``."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.arguments import JSON
from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.output import print_json

EPILOG = """\b
Examples:
    sqlclap bench map --sounds 100000 --peer
    sqlclap bench map --sounds 1000000 --folder /var/tmp/bench --json
"""


@click.command(name="map", epilog=EPILOG)
@click.option("--sounds", default=100_000, show_default=True, help="Size of the library.")
@click.option("--new", default=10_000, show_default=True, help="Sounds placed afterwards.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the library is made, and kept [default: a folder that goes].",
)
@click.option("--peer", is_flag=True, help="Also run umap-learn's default way.")
@JSON
@one_line_errors
def map_command(sounds: int, new: int, folder: Path | None, peer: bool, as_json: bool) -> None:
    """Time the map and the clusters of a library of made-up vectors."""
    from sqlclap.bench.maps import bench_map

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing:
        place = folder or Path(passing)
        place.mkdir(exist_ok=True)
        figures = asdict(bench_map(place, sounds, new, peer))
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        shown = f"{value:,.4g}" if isinstance(value, float) else value
        click.echo(f"{name.replace('_', ' ')}: {shown}")
