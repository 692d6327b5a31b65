"""``sqlclap bench shards``: a table of what was measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import Column, print_json, print_table

COLUMNS = (
    Column("way", lambda row: str(row["way"])),
    Column("min", lambda row: f"{row['min_ms']:.2f} ms", right=True),
    Column("p50", lambda row: f"{row['p50_ms']:.2f} ms", right=True),
    Column("p99", lambda row: f"{row['p99_ms']:.2f} ms", right=True),
    Column("p50 times", lambda row: f"{row['times_p50']:.2f}", right=True),
    Column("p99 times", lambda row: f"{row['times_p99']:.2f}", right=True),
    Column("same answers", lambda row: f"{row['same']:.1%}", right=True),
    Column("recall", lambda row: f"{row['recall']:.2%}", right=True),
)


@click.command(
    name="shards", epilog="\b\nExample:\n    sqlclap bench shards /scratch/sets --vectors 100000"
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--vectors", default=1_000_000, show_default=True, help="Of the set, in all.")
@click.option("--shards", default=10, show_default=True, help="Number of libraries.")
@click.option("--queries", default=400, show_default=True, help="Vectors that are asked for.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also ask each shard alone; keep its times in this JSON file, for `bench tails`.",
)
@JSON
@one_line_errors
def shards_command(folder: Path, record: Path | None, as_json: bool, **sizes: int) -> None:
    """Ask one library, and a set of the same made-up vectors, in turns.

    They are made in FOLDER where they aren't there, and kept. A million vectors take twice as
    long as `sqlclap bench index` does with as many.
    """
    from benchmarks.shards import ShardSizes, bench_shards
    from benchmarks.tails import record_latencies

    rows = [asdict(one) for one in bench_shards(folder, ShardSizes(**sizes))]
    if record is not None:
        record_latencies(folder, ShardSizes(**sizes), record)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
