"""``sqlclap bench tails``: a table of what larger sets would take."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import Column, print_json, print_table

COLUMNS = (
    Column("shards", lambda row: f"{row['shards']:,}", right=True),
    Column("nodes", lambda row: f"{row['nodes']:,}", right=True),
    Column("p50", lambda row: f"{row['p50_ms']:.2f} ms", right=True),
    Column("p99", lambda row: f"{row['p99_ms']:.2f} ms", right=True),
    Column("beyond a node's p99", lambda row: f"{row['slow']:.1%}", right=True),
    Column("reckoned", lambda row: f"{row['reckoned']:.1%}", right=True),
    Column("asked twice", lambda row: f"{row['asked_twice']:.1%}", right=True),
)
EPILOG = """\b
Examples:
    sqlclap bench shards /scratch/sets --vectors 100000 --record latencies.json
    sqlclap bench tails latencies.json --per-node 25 --call-ms 1 --hedge 95
"""


@click.command(name="tails", epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--shards",
    "counts",
    multiple=True,
    type=click.IntRange(1, 8191),
    default=(1, 4, 10, 25, 100),
    show_default=True,
    help="Of the set; several times for several rows.",
)
@click.option(
    "--per-node",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Shards of a node, asked in turn.",
)
@click.option(
    "--call-ms",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="What a call to a node adds.",
)
@click.option(
    "--hedge",
    type=click.FloatRange(0, 100, max_open=True),
    default=0.0,
    help="Ask a copy of a node, too, after this percentile [default: never].",
)
@click.option(
    "--draws",
    type=click.IntRange(100, 1_000_000),
    default=20_000,
    show_default=True,
    help="Questions that are drawn.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@JSON
@one_line_errors
def tails_command(file: Path, counts: tuple[int, ...], as_json: bool, **scene: Any) -> None:
    """Draw what questions to larger sets take, from the latencies in FILE.

    `sqlclap bench shards --record FILE` measures them. A question waits for its slowest node.
    """
    from benchmarks.tails import TailScene, draw_tails, read_latencies

    measured, drawn = read_latencies(file), TailScene(**scene)
    rows = [asdict(draw_tails(measured, count, drawn)) for count in counts]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
