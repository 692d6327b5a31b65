"""``sqlclap bench clusters``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.arguments import BENCH_MODEL, JSON
from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.output import print_json

EPILOG = """\b
Examples:
    sqlclap bench clusters packages --fetch
    sqlclap bench clusters packages --fetch --sounds sonic-pi --seeds 3 --peers
"""


@click.command(name="clusters", epilog=EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--sounds",
    "which",
    type=click.Choice(("drums", "sonic-pi")),
    default="drums",
    show_default=True,
    help="Hydrogen's drum kits, or Sonic Pi's samples.",
)
@click.option("--fetch", is_flag=True, help="Download what FOLDER lacks (apt-get, dpkg-deb).")
@click.option("--seeds", default=5, show_default=True, help="Runs, each with another seed.")
@click.option("--peers", is_flag=True, help="Also run scikit-learn's HDBSCAN and EVoC.")
@BENCH_MODEL
@JSON
@one_line_errors
def clusters_command(folder: Path, which: str, seeds: int, as_json: bool, **settings: Any) -> None:
    """Compare clusters of real sounds with their names, and with k-means of the same count.

    FOLDER holds Debian's sound packages, unpacked; --fetch puts them there, nothing is installed.
    """
    from sqlclap.bench import map_clusters, map_truth
    from sqlclap.models import EMBEDDED_MODEL

    if settings["fetch"]:
        map_truth.fetch_packages(folder, map_truth.PACKAGES[which])
    model = settings["model"] or EMBEDDED_MODEL
    known = map_truth.READERS[which](folder)
    figures = map_clusters.bench_clusters(known, model, range(seeds), settings["peers"])
    if as_json:
        print_json(asdict(figures))
        return
    click.echo(f"{figures.sounds:,} sounds, {figures.named:,} named, {figures.kinds} names\n")
    click.echo(map_clusters.as_markdown(figures))
    of = f"of {figures.majorities} with a majority"
    click.echo(f"\nclusters named as most of their sounds: {figures.named_right} {of}")
