"""``sqlclap bench device``: a table of what was measured."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import Column, print_json, print_table

COLUMNS = (
    Column("precision", lambda row: row["precision"]),
    Column("windows a run", lambda row: str(row["batch"]), right=True),
    Column("way", lambda row: row["way"]),
    Column("ms a window", lambda row: f"{row['ms_a_window']:,.2f}", right=True),
    Column("windows a second", lambda row: f"{row['windows_per_s']:,.1f}", right=True),
    Column("lowest cosine", lambda row: f"{row['lowest_cosine']:.7f}", right=True),
)


@click.command(
    name="device",
    epilog="""\b
Examples:
    sqlclap bench device --model clap-htsat-unfused --device cuda
    sqlclap bench device --model BUNDLE --device cpu --precision fp32 --batch 1 --runs 3
""",
)
@BENCH_MODEL
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cuda", show_default=True)
@click.option(
    "--precision",
    "precisions",
    type=click.Choice(["fp32", "fp16", "int8"]),
    multiple=True,
    default=("fp32", "fp16"),
    show_default=True,
    help="Number format; several too.",
)
@click.option(
    "--batch",
    "batches",
    type=click.IntRange(1, 4096),
    multiple=True,
    default=(1, 4, 16, 64),
    show_default=True,
    help="Windows of a run; several too.",
)
@click.option("--runs", default=5, show_default=True, help="Repetitions.")
@JSON
@one_line_errors
def device_command(model: str | None, as_json: bool, **scene: Any) -> None:
    """Time a model's audio tower on a device, and compare its vectors with the processor's.

    Ways are "plain" (inputs and outputs go through the processor's memory) and "bound", which is
    what --device cuda takes.
    """
    from benchmarks.device import DeviceScene, bench_device
    from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle

    rows = bench_device(find_bundle(model or EMBEDDED_MODEL), DeviceScene(**scene))
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)
