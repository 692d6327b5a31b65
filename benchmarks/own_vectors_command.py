"""``sqlclap bench vectors``."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import print_json


@click.command(
    name="vectors",
    epilog="\b\nExample:\n    sqlclap bench vectors --vectors 1000000 --folder /var/tmp/bench",
)
@click.option("--vectors", type=int, default=200_000, show_default=True, help="In and out.")
@click.option("--scanned", type=int, default=100_000, show_default=True, help="For SQL to scan.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where the files lie meanwhile [default: that of temporary files].",
)
@JSON
@one_line_errors
def vectors_command(vectors: int, scanned: int, folder: Path | None, as_json: bool) -> None:
    """Measure import and export of vectors, and SQL over them beside NumPy."""
    from benchmarks.own_vectors import bench_own_vectors

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-", dir=folder) as place:
        row = asdict(bench_own_vectors(Path(place), vectors, scanned))
    if as_json:
        print_json(row)
        return
    click.echo(
        f"{row['vectors']:,} vectors of {row['dim']}: in within {row['import_s']:,.1f} s "
        f"({row['import_rate']:,.0f} a second), once more {row['again_s']:,.1f} s; out to Parquet "
        f"{row['export_s']:,.1f} s ({row['export_rate']:,.0f} a second)"
    )
    click.echo(
        f"the ten nearest of {row['scanned']:,}: clap_similarity {row['naive_ms']:,.0f} ms, "
        f"{row['naive_against_numpy']:.2f} times NumPy's {row['numpy_ms']:,.0f} ms; "
        f"vec_distance_cosine {row['extension_ms']:,.0f} ms, MATCH {row['match_ms']:,.0f} ms, "
        f"clap_neighbors {row['function_ms']:,.0f} ms"
    )
