"""``sqlclap bench``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.arguments import BENCH_MODEL, JSON
from sqlclap.cli.bench_clusters import clusters_command
from sqlclap.cli.bench_index import print_index_figures, words_command
from sqlclap.cli.bench_labels import kits_command, labels_command
from sqlclap.cli.bench_map import map_command
from sqlclap.cli.bench_weak import weak_command
from sqlclap.cli.failing import one_line_errors, quiet_libraries
from sqlclap.cli.output import Column, print_json, print_table

EPILOG = """\b
Examples:
    sqlclap bench ingest ~/Samples/drums
    sqlclap bench search --sounds 10000 --json
    sqlclap bench index --vectors 100000 --peers
"""
INDEX_EPILOG = """\b
Examples:
    sqlclap bench index --vectors 10000 --vectors 100000 --json
    sqlclap bench index --vectors 1000000 --folder /var/tmp/bench --peers
"""
PHASES = (
    Column("phase", lambda row: str(row["phase"])),
    Column("median", lambda row: f"{1000 * row['median_s']:,.2f} ms", right=True),
    Column("best", lambda row: f"{1000 * row['best_s']:,.2f} ms", right=True),
    Column("worst", lambda row: f"{1000 * row['worst_s']:,.2f} ms", right=True),
    Column("runs", lambda row: str(row["runs"]), right=True),
)
RUNS = click.option("--runs", default=5, show_default=True, help="Repetitions of each phase.")


@click.group(name="bench", epilog=EPILOG)
def command() -> None:
    """Measure this machine: medians, and ratios against a peer in the same run."""


command.add_command(clusters_command)
command.add_command(kits_command)
command.add_command(labels_command)
command.add_command(map_command)
command.add_command(weak_command)
command.add_command(words_command)


@command.command(name="ingest", epilog="\b\nExample:\n    sqlclap bench ingest ~/Samples/drums")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--threads", default=0, help="Reading threads [default: all cores but one].")
@BENCH_MODEL
@RUNS
@JSON
@one_line_errors
def ingest_command(folder: Path, as_json: bool, runs: int, threads: int, model: str | None) -> None:
    """Time the ingest of FOLDER into new libraries, whole and stage by stage."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `sqlclap ingest` does
    from sqlclap.bench.ingest import bench_ingest
    from sqlclap.models import EMBEDDED_MODEL, Encoder, find_bundle

    encoder = Encoder(find_bundle(model or EMBEDDED_MODEL))
    with quiet_libraries():
        figures = bench_ingest(folder, encoder, runs, threads)
    _print_figures(asdict(figures), as_json)


@command.command(name="search", epilog="\b\nExample:\n    sqlclap bench search --sounds 10000")
@click.option("--sounds", default=10_000, show_default=True, help="Size of the library.")
@BENCH_MODEL
@RUNS
@JSON
@one_line_errors
def search_command(sounds: int, as_json: bool, runs: int, model: str | None) -> None:
    """Time searches in a library of made-up vectors."""
    from sqlclap.bench.search import bench_search
    from sqlclap.models import EMBEDDED_MODEL, find_bundle

    _print_figures(
        asdict(bench_search(sounds, find_bundle(model or EMBEDDED_MODEL), runs)), as_json
    )


@command.command(name="index", epilog=INDEX_EPILOG)
@click.option(
    "--vectors", "sizes", type=int, multiple=True, default=(100_000,), help="Size; several too."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the libraries are made, and kept [default: a folder that goes].",
)
@click.option("--peers", is_flag=True, help="Also measure the peers that are installed.")
@JSON
@one_line_errors
def index_command(sizes: tuple[int, ...], folder: Path | None, peers: bool, as_json: bool) -> None:
    """Measure the index of libraries of made-up vectors: 512-d, clustered, a fixed seed.

    A million take about six minutes on two quiet cores, 4 GB of memory and 4 GB of disk; the
    peers take longer.
    """
    from sqlclap.bench.index import bench_index

    rows = []
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing:
        place = folder or Path(passing)
        place.mkdir(exist_ok=True)
        for size in sizes:
            rows.append(asdict(bench_index(place / f"vectors-{size}.db", size, peers)))
            if not as_json:
                print_index_figures(rows[-1])
    if as_json:
        print_json(rows)


def _print_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print timings as a table and the other figures under it."""
    if as_json:
        print_json(figures)
        return
    timings = {name: value for name, value in figures.items() if isinstance(value, dict)}
    print_table([{"phase": name} | value for name, value in timings.items()], PHASES)
    click.echo()
    for name, value in figures.items():
        if name not in timings:
            shown = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
            click.echo(f"{name.replace('_', ' ')}: {shown}")
