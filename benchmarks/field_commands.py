"""``sqlclap bench recorder``, ``sqlclap bench events`` and ``sqlclap bench density``."""

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
        "    sqlclap bench recorder --files 8760 --folder /var/tmp/recorder --json\n"
        "    sqlclap bench recorder --files 8760 --at-once 146 --minutes 60"
    ),
)
@click.option("--files", default=240, show_default=True, help="Recordings; a year has 8,760.")
@click.option("--seconds", default=60.0, show_default=True, help="Length of each.")
@click.option("--at-once", default=60, show_default=True, help="Recordings on disk together.")
@click.option(
    "--minutes", default=0.0, help="Take in no more after so long [default: all recordings]."
)
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
    from benchmarks.recorder import RecorderFigures, RecorderScene, bench_recorder

    def tell(figures: RecorderFigures) -> None:
        rate, memory = figures.times_real_time_by_cpu, figures.own_memory_mb[-1]
        text = f"{figures.files:,} files: {rate:.0f} x real time by processor, {memory:.0f} MB"
        click.echo(text, err=True)

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing, quiet_libraries():
        at = folder or Path(passing)
        figures = asdict(bench_recorder(at, RecorderScene(**scene), model, tell))
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


REGIMES = (
    Column("calls' scores", lambda row: _described(row["regime"])),
    Column("answers", lambda row: str(row["regime"]["votes"]), right=True),
    Column("hold it", lambda row: f"{row['regime']['prevalence']:.0%}", right=True),
    Column("covered", lambda row: f"{row['covered']:.3f}", right=True),
    Column("above", lambda row: f"{row['above']:.3f}", right=True),
    Column("below", lambda row: f"{row['below']:.3f}", right=True),
    Column("width", lambda row: f"{row['width']:.3f}", right=True),
    Column("yes", lambda row: f"{row['drawn_yes']:.1f}", right=True),
    Column("", lambda row: row["judgement"]),
)
SITES = (
    *REGIMES[:3],
    Column("others differ by", lambda row: f"{row['background']:g}", right=True),
    Column("covered", lambda row: f"{row['covered']:.3f}", right=True),
)


def _described(regime: Mapping[str, float]) -> str:
    text = f"{regime['apart']:g} higher"
    if regime["hidden"]:
        text += f", but {regime['hidden']:.0%} of calls only 0.5"
    return text if regime["spread"] == 1 else f"{text}, spread {regime['spread']:g} times as far"


@click.command(
    name="density", epilog="\b\nExample:\n    sqlclap bench density --simulations 50 --json"
)
@click.option("--simulations", default=200, show_default=True, help="Of each regime.")
@click.option("--sites", is_flag=True, help="Of eight sites instead, each counted by itself.")
@JSON
@one_line_errors
def density_command(simulations: int, sites: bool, as_json: bool) -> None:
    """Tell how often the 90 % interval of `sqlclap density` holds the truth, by simulation.

    Libraries of 8,000 sounds are made up and reviewed. An interval may lie above the truth, or
    below it; "yes" counts the positive answers where only the random draw reaches.
    """
    from benchmarks.density import cover_regimes, cover_sites

    rows = cover_sites(simulations) if sites else cover_regimes(simulations)
    if as_json:
        print_json(rows)
        return
    print_table(rows, SITES if sites else REGIMES)
