"""``sqlclap bench recorder``, ``events`` and ``spectrogram``: of field recordings."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import Column, print_json, print_table

SEED = click.option("--seed", default=0, show_default=True, help="Another makes other sounds.")


@click.command(
    name="recorder",
    epilog=(
        "\b\nExamples:\n    sqlclap bench recorder\n"
        "    sqlclap bench recorder --files 8760 --folder /var/tmp/recorder --json"
    ),
)
@click.option("--files", default=240, show_default=True, help="Recordings; a year has 8,760.")
@click.option("--seconds", default=60.0, show_default=True, help="Length of each.")
@click.option("--at-once", default=60, show_default=True, help="Recordings on disk together.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where it is made [default: a folder that goes].",
)
@SEED
@BENCH_MODEL
@JSON
@one_line_errors
def recorder_command(folder: Path | None, model: str | None, as_json: bool, **scene: Any) -> None:
    """Take in a made-up year of one recorder: a file an hour, a call in one of a hundred."""
    from benchmarks.recorder import RecorderScene, bench_recorder

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing, quiet_libraries():
        figures = asdict(bench_recorder(folder or Path(passing), RecorderScene(**scene), model))
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        click.echo(f"{name.replace('_', ' ')}: {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"median {1000 * value['median_s']:,.1f} ms, {value['runs']} runs"
    if isinstance(value, list):
        return ", ".join(f"{one:,.0f}" for one in value)
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


@click.command(
    name="events", epilog="\b\nExample:\n    sqlclap bench events --recordings 48 --seed 1"
)
@click.option("--recordings", default=24, show_default=True, help="Half to learn from.")
@click.option("--seconds", default=60.0, show_default=True, help="Length of each.")
@SEED
@BENCH_MODEL
@JSON
@one_line_errors
def events_command(model: str | None, as_json: bool, **scene: Any) -> None:
    """Find calls planted in wind, rain and traffic at 3 to 20 dB, by labels of five anchors.

    Rivals are an energy detector in the band that suits a call best, and whole files' scores.
    """
    from benchmarks.events import EventScene, bench_events

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing, quiet_libraries():
        figures = asdict(bench_events(Path(passing) / "events", EventScene(**scene), model))
    if as_json:
        print_json(figures)
        return
    for title in ("average_precision", "recall"):
        click.echo(title.replace("_", " "))
        rows = [{"method": method} | values for method, values in figures[title].items()]
        names = [name for name in rows[0] if name != "method"]
        columns = [Column("method", lambda row: str(row["method"])), *map(_column, names)]
        print_table(rows, columns)
    click.echo(f"windows: {figures['windows']:,}, calls: {figures['calls']:,}")
    click.echo(f"average precision of guessing: {figures['chance']:.3f}")
    for method, precision in figures["precision"].items():
        missed = figures["uncalibrated"][method]
        shown = "none" if precision is None else f"{precision:.3f}"
        click.echo(f"precision of {method}: {shown}; kinds without a threshold: {missed}")


def _column(name: str) -> Column:
    return Column(name, lambda row: f"{row[name]:.3f}", right=True)


@click.command(
    name="spectrogram",
    epilog=(
        "\b\nExamples:\n    sqlclap bench spectrogram\n"
        "    sqlclap bench spectrogram --minutes 60 --format flac --json"
    ),
)
@click.option("--minutes", default=60.0, show_default=True, help="Length of the recording.")
@click.option("--sample-rate", default=48_000, show_default=True, help="Of the recording, in Hz.")
@click.option("--pixels", default=1_400, show_default=True, help="Width of the picture.")
@click.option("--format", type=click.Choice(["wav", "flac"]), default="wav", show_default=True)
@JSON
@one_line_errors
def spectrogram_command(as_json: bool, **scene: Any) -> None:
    """Time the first view of a long recording's spectrogram, on a server that has just started."""
    from benchmarks.spectrogram import SpectrogramScene, bench_spectrogram

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing, quiet_libraries():
        figures = asdict(bench_spectrogram(Path(passing), SpectrogramScene(**scene)))
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        click.echo(f"{name.replace('_', ' ')}: {_shown(value)}")
