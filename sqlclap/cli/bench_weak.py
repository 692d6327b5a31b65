"""``sqlclap bench weak``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.arguments import JSON
from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.output import Column, print_json, print_table

ROWS = (
    Column("queries", lambda row: str(row["kind"])),
    Column("asked", lambda row: f"{row['asked']:,}", right=True),
    Column("marked weak", lambda row: f"{row['marked']:.1%}", right=True),
    Column("doubted", lambda row: f"{row['doubted']:.1%}", right=True),
    Column("by one limit", lambda row: f"{row['before']:.1%}", right=True),
    Column("AUC of cosine", lambda row: row["auc"], right=True),
    Column("of nearness", lambda row: row["near"], right=True),
    Column("above chance", lambda row: row["above"], right=True),
)

SOUND_ROWS = (
    Column("sounds", lambda row: str(row["kind"])),
    ROWS[1],
    Column("marked", lambda row: f"{row['marked']:.1%}", right=True),
    ROWS[4],
)


@click.command(
    name="weak",
    epilog="\b\nExample:\n    sqlclap bench weak drums.db effects.db --part judge",
)
@click.argument("libraries", nargs=-1, required=True, type=click.Path())
@click.option(
    "--part",
    type=click.Choice(["choose", "judge"]),
    default="judge",
    show_default=True,
    help="Queries that the limits were chosen by, or those kept apart.",
)
@click.option("--sounds", "about", flag_value="sounds", help="Measure queries by sound instead.")
@click.option("--names", "about", flag_value="names", help="Measure what classify calls unknown.")
@JSON
@one_line_errors
def weak_command(libraries: tuple[str, ...], part: Any, about: str | None, as_json: bool) -> None:
    """Measure how well weak answers are told in LIBRARIES, beside one limit for all.

    What a library holds is read from its files' names (Debian: sonic-pi-samples, lmms-common,
    hydrogen-drumkits, sound-theme-freedesktop). "known" should never be marked, the others always.

    With --sounds, libraries are asked with their own sounds and with one another's; with --names,
    their sounds are sorted among names with the right one and without: "known" should never be
    unknown.
    """
    from sqlclap.bench.weak import bench_weak

    paths = [Path(library) for library in libraries]
    if about:
        _print_sounds(paths, part, about, as_json)
        return
    figures = bench_weak(paths, part)
    if as_json:
        print_json(asdict(figures))
        return
    rows = [
        {
            "kind": kind,
            "asked": count,
            "marked": figures.marked[kind],
            "doubted": figures.doubted[kind],
            "before": figures.marked_before[kind],
            "auc": _shown(figures.auc_of_cosine, kind),
            "near": _shown(figures.auc_of_nearness, kind),
            "above": _shown(figures.auc_above_chance, kind),
        }
        for kind, count in figures.queries.items()
    ]
    print_table(rows, ROWS)
    both = f"{figures.balanced:.3f}, by one limit {figures.balanced_before:.3f}"
    click.echo(f"balanced accuracy: {both}")
    for name in figures.wrong:
        click.echo(f"wrongly marked: {name}")


def _print_sounds(paths: list[Path], part: Any, about: str, as_json: bool) -> None:
    from sqlclap.bench.weak_sounds import bench_names, bench_sounds

    figures = bench_sounds(paths) if about == "sounds" else bench_names(paths, part)
    if as_json:
        print_json(asdict(figures))
        return
    rows = [
        {
            "kind": kind,
            "asked": count,
            "marked": figures.marked[kind],
            "before": figures.marked_before[kind],
        }
        for kind, count in figures.asked.items()
    ]
    print_table(rows, SOUND_ROWS)
    click.echo(f"AUC of the best cosine: {figures.auc:.3f}")


def _shown(figures: Mapping[str, float], kind: str) -> str:
    return f"{figures[kind]:.3f}" if kind in figures else ""
