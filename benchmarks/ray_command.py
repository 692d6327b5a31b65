"""``sqlclap bench ray``: a table of turns, and the ratio."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import Column, print_json, print_table

if TYPE_CHECKING:
    from benchmarks.ray_costs import Turn

COLUMNS = (
    Column("way", lambda row: str(row["way"])),
    Column("files", lambda row: f"{row['files']:,}", right=True),
    Column("processor time", lambda row: f"{row['cpu_s']:.2f} s", right=True),
    Column("start-up apart", lambda row: f"{row['startup_cpu_s']:.2f} s", right=True),
    Column("wall", lambda row: f"{row['wall_s']:.2f} s", right=True),
)


@click.command(
    name="ray",
    epilog="""\b
Example:
    sqlclap bench ray /usr/share/hydrogen/data/drumkits --files 300 --model BUNDLE
""",
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@BENCH_MODEL
@click.option("--files", default=1_000, show_default=True, help="Of the folder, at most.")
@click.option("--runs", default=3, show_default=True, help="Turns of each way.")
@JSON
@one_line_errors
def ray_command(folder: Path, model: str | None, files: int, runs: int, as_json: bool) -> None:
    """Compare an ingest on Ray with a local one: processor time of all processes, in turns.

    Ray is started for each turn as `sqlclap ingest --ray auto` does; its start, and the model's
    loading, are not in the figures. Linux only.
    """
    from benchmarks.ray_costs import RayScene, bench_ray
    from sqlclap.models.bundle import EMBEDDED_MODEL

    scene = RayScene(folder, model or EMBEDDED_MODEL, files, runs)
    with quiet_libraries():
        figures = asdict(bench_ray(scene, _tell))
    if as_json:
        print_json(figures)
        return
    print_table(figures["turns"], COLUMNS)
    click.echo(
        f"Ray takes {figures['times_cpu']:.3f} times the local ingest's processor time (medians), "
        f"{figures['ms_a_file']:.1f} ms a file more"
    )


def _tell(turn: Turn) -> None:
    click.echo(f"{turn.way}: {turn.cpu_s:.2f} s of processor time", err=True)
