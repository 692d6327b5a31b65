"""``sqlclap bench labels`` and ``sqlclap bench kits``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import print_json


@click.command(
    name="labels",
    epilog="\b\nExample:\n    sqlclap bench labels bench.db --sounds 1000000 --labels 20",
)
@click.argument("library", type=click.Path(path_type=Path))
@click.option("--sounds", default=20_000, show_default=True, help="Size of the library.")
@click.option("--labels", default=20, show_default=True, help="Labels.")
@click.option("--anchors", default=10, show_default=True, help="Anchors of each.")
@click.option("--runs", default=5, show_default=True, help="Repetitions of each phase.")
@JSON
@one_line_errors
def labels_command(library: Path, as_json: bool, **sizes: int) -> None:
    """Time labels in LIBRARY: made-up vectors, made where it isn't there, and kept.

    Its labels are made anew.
    """
    from benchmarks.labels import LabelSizes, bench_labels

    vectors = sizes.pop("sounds")
    figures = asdict(bench_labels(library, LabelSizes(vectors, **sizes)))
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        click.echo(f"{name.replace('_', ' ')}: {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        median, best = 1000 * value["median_s"], 1000 * value["best_s"]
        return f"median {median:,.2f} ms, best {best:,.2f} ms, {value['runs']} runs"
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"


@click.command(
    name="kits",
    epilog="\b\nExample:\n    sqlclap bench kits /usr/share/hydrogen/data/drumkits",
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--splits", default=6, show_default=True, help="Ways of holding kits out.")
@click.option("--target", default=0.8, show_default=True, help="Precision to calibrate for.")
@click.option("--level", default=0.9, show_default=True, help="Confidence of its lower bound.")
@BENCH_MODEL
@JSON
@one_line_errors
def kits_command(folder: Path, as_json: bool, model: str | None, **settings: Any) -> None:
    """Label the drum kits in FOLDER (Debian: hydrogen-drumkits) by example.

    Five anchors a class and votes come from some kits; precision and recall are judged on others.
    """
    from benchmarks.kits import as_markdown, bench_kits
    from sqlclap.models.bundle import EMBEDDED_MODEL

    figures = bench_kits(folder, model or EMBEDDED_MODEL, **settings)
    if as_json:
        print_json(asdict(figures))
    else:
        click.echo(as_markdown(figures))
