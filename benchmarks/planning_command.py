"""``sqlclap bench planning``: memory by the number of files."""

from __future__ import annotations

from dataclasses import asdict

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import Column, print_json, print_table

COLUMNS = (
    Column("files", lambda row: f"{row['files']:,}", right=True),
    Column("taken in", lambda row: "as moved" if row["moved"] else "as new"),
    Column("before", lambda row: f"{row['start_mb']:.0f} MB", right=True),
    Column("at most", lambda row: f"{row['most_mb']:.0f} MB", right=True),
)


@click.command(
    name="planning",
    epilog="\b\nExample:\n    sqlclap bench planning --files 100000 --files 1000000 --moves",
)
@click.option(
    "--files",
    "counts",
    multiple=True,
    type=click.IntRange(min=1),
    default=(10_000, 100_000),
    show_default=True,
    help="Made up; several times for several rows.",
)
@click.option("--moves", is_flag=True, help="Take them in again, all in another folder.")
@JSON
@one_line_errors
def planning_command(counts: tuple[int, ...], moves: bool, as_json: bool) -> None:
    """Measure what an ingest with workers elsewhere holds in memory, by the number of files.

    All of it but reading and embedding: files are made up, planned, handed to workers that answer
    at once, and stored. Memory is this process's own, without mapped files. Linux only.
    """
    from benchmarks.planning import bench_planning

    rows = [asdict(one) for count in counts for one in bench_planning(count, moves)]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
