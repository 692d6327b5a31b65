"""``sqlclap bench``: the commands."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from benchmarks.attach_command import attach_command
from benchmarks.descriptor_command import descriptors_command
from benchmarks.device_command import device_command
from benchmarks.field_commands import FIELD_COMMANDS
from benchmarks.find_command import find_command
from benchmarks.index_commands import (
    codes_command,
    print_index_figures,
    windows_command,
    words_command,
)
from benchmarks.label_commands import kits_command, labels_command
from benchmarks.own_vectors_command import vectors_command
from benchmarks.ray_command import ray_command
from benchmarks.shards_command import shards_command
from benchmarks.tails_command import tails_command
from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import Column, print_json, print_table

MAP_EPILOG = """\b
Examples:
    sqlclap bench map --sounds 100000 --peer
    sqlclap bench map --sounds 1000000 --folder /var/tmp/bench --json
"""


@click.command(name="map", epilog=MAP_EPILOG)
@click.option("--sounds", default=100_000, show_default=True, help="Size of the library.")
@click.option("--new", default=10_000, show_default=True, help="Sounds placed afterwards.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the library is made, and kept [default: a folder that goes].",
)
@click.option("--peer", is_flag=True, help="Also run umap-learn's default way.")
@JSON
@one_line_errors
def map_command(sounds: int, new: int, folder: Path | None, peer: bool, as_json: bool) -> None:
    """Time the map and the clusters of a library of made-up vectors."""
    from benchmarks.maps import bench_map

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing:
        place = folder or Path(passing)
        place.mkdir(exist_ok=True)
        figures = asdict(bench_map(place, sounds, new, peer))
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        shown = f"{value:,.4g}" if isinstance(value, float) else value
        click.echo(f"{name.replace('_', ' ')}: {shown}")


CLUSTERS_EPILOG = """\b
Examples:
    sqlclap bench clusters packages --fetch
    sqlclap bench clusters packages --fetch --sounds sonic-pi --seeds 3 --peers
"""


@click.command(name="clusters", epilog=CLUSTERS_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--sounds",
    "which",
    type=click.Choice(("drums", "sonic-pi")),
    default="drums",
    show_default=True,
    help="Hydrogen's drum kits, or Sonic Pi's samples.",
)
@click.option("--fetch", is_flag=True, help="Download what FOLDER lacks (apt-get, dpkg-deb).")
@click.option("--seeds", default=5, show_default=True, help="Runs, each with another seed.")
@click.option("--peers", is_flag=True, help="Also run scikit-learn's HDBSCAN and EVoC.")
@BENCH_MODEL
@JSON
@one_line_errors
def clusters_command(folder: Path, which: str, seeds: int, as_json: bool, **settings: Any) -> None:
    """Compare clusters of real sounds with their names, and with k-means of the same count.

    FOLDER holds Debian's sound packages, unpacked; --fetch puts them there, nothing is installed.
    """
    from benchmarks import map_clusters, map_truth
    from sqlclap.models.bundle import EMBEDDED_MODEL

    if settings["fetch"]:
        map_truth.fetch_packages(folder, map_truth.PACKAGES[which])
    model = settings["model"] or EMBEDDED_MODEL
    known = map_truth.READERS[which](folder)
    figures = map_clusters.bench_clusters(known, model, range(seeds), settings["peers"])
    if as_json:
        print_json(asdict(figures))
        return
    click.echo(f"{figures.sounds:,} sounds, {figures.named:,} named, {figures.kinds} names\n")
    click.echo(map_clusters.as_markdown(figures))
    of = f"of {figures.majorities} with a majority"
    click.echo(f"\nclusters named as most of their sounds: {figures.named_right} {of}")


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
    from benchmarks.weak import bench_weak

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
            "auc": _shown_figures(figures.auc_of_cosine, kind),
            "near": _shown_figures(figures.auc_of_nearness, kind),
            "above": _shown_figures(figures.auc_above_chance, kind),
        }
        for kind, count in figures.queries.items()
    ]
    print_table(rows, ROWS)
    both = f"{figures.balanced:.3f}, by one limit {figures.balanced_before:.3f}"
    click.echo(f"balanced accuracy: {both}")
    for name in figures.wrong:
        click.echo(f"wrongly marked: {name}")


def _print_sounds(paths: list[Path], part: Any, about: str, as_json: bool) -> None:
    from benchmarks.weak_sounds import bench_names, bench_sounds

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


def _shown_figures(figures: Mapping[str, float], kind: str) -> str:
    return f"{figures[kind]:.3f}" if kind in figures else ""


EPILOG = """\b
Examples:
    sqlclap bench ingest ~/Samples/drums
    sqlclap bench search --sounds 10000 --json
    sqlclap bench index --vectors 100000 --peers
"""
INDEX_EPILOG = """\b
Examples:
    sqlclap bench index --vectors 10000 --vectors 100000 --json
    sqlclap bench index --vectors 100000 --folder /var/tmp/bench --beside compact
    sqlclap bench index --vectors 1000000 --folder /var/tmp/bench --peers
"""
PHASES = (
    Column("phase", lambda row: str(row["phase"])),
    Column("median", lambda row: f"{1000 * row['median_s']:,.2f} ms", right=True),
    Column("best", lambda row: f"{1000 * row['best_s']:,.2f} ms", right=True),
    Column("worst", lambda row: f"{1000 * row['worst_s']:,.2f} ms", right=True),
    Column("runs", lambda row: str(row["runs"]), right=True),
)
RUNS = click.option("--runs", default=5, show_default=True, help="Repetitions of each phase.")


@click.group(name="bench", epilog=EPILOG)
def command() -> None:
    """Measure speed and quality on this machine.

    Figures are medians, and ratios against a peer in the same run.
    """


for measured in (
    *FIELD_COMMANDS, clusters_command, descriptors_command, kits_command, labels_command,
    map_command, weak_command, words_command, device_command, find_command, codes_command,
    windows_command, vectors_command, attach_command, shards_command, tails_command, ray_command,
):  # fmt: skip
    command.add_command(measured)


@command.command(name="ingest", epilog="\b\nExample:\n    sqlclap bench ingest ~/Samples/drums")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--threads", default=0, help="Files read at once [default: one a core].")
@BENCH_MODEL
@RUNS
@JSON
@one_line_errors
def ingest_command(folder: Path, as_json: bool, runs: int, threads: int, model: str | None) -> None:
    """Time the ingest of FOLDER into new libraries, whole and stage by stage."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `sqlclap ingest` does
    from benchmarks.ingest import bench_ingest
    from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
    from sqlclap.models.encoder import Encoder

    encoder = Encoder(find_bundle(model or EMBEDDED_MODEL))
    with quiet_libraries():
        figures = bench_ingest(folder, encoder, runs, threads)
    _print_figures(asdict(figures), as_json)


@command.command(name="search", epilog="\b\nExample:\n    sqlclap bench search --sounds 10000")
@click.option("--sounds", default=10_000, show_default=True, help="Size of the library.")
@BENCH_MODEL
@RUNS
@JSON
@one_line_errors
def search_command(sounds: int, as_json: bool, runs: int, model: str | None) -> None:
    """Time searches in a library of made-up vectors."""
    from benchmarks.search import bench_search
    from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle

    _print_figures(
        asdict(bench_search(sounds, find_bundle(model or EMBEDDED_MODEL), runs)), as_json
    )


@command.command(name="index", epilog=INDEX_EPILOG)
@click.option(
    "--vectors", "sizes", type=int, multiple=True, default=(100_000,), help="Size; several too."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the libraries are made, and kept [default: a folder that goes].",
)
@click.option(
    "--codes",
    type=click.Choice(["fp16", "compact"]),
    default="fp16",
    show_default=True,
    help="Of the index.",
)
@click.option(
    "--beside",
    type=click.Choice(["fp16", "compact"]),
    help="Codes of a second index of the same vectors, which takes turns with the first.",
)
@click.option("--peers", is_flag=True, help="Peers that are installed take turns, too.")
@JSON
@one_line_errors
def index_command(sizes: tuple[int, ...], folder: Path | None, as_json: bool, **scene: Any) -> None:
    """Measure the index of libraries of made-up vectors: 512-d, clustered, a fixed seed.

    A million take about six minutes on two quiet cores, 4 GB of memory and 4 GB of disk; a second
    index takes as much again, and the peers take longer.
    """
    from benchmarks.index import IndexScene, bench_index

    rows = []
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing:
        place = folder or Path(passing)
        place.mkdir(exist_ok=True)
        for size in sizes:
            figures = bench_index(place / f"vectors-{size}.db", IndexScene(size, **scene))
            rows.append(asdict(figures))
            if not as_json:
                print_index_figures(rows[-1])
    if as_json:
        print_json(rows)


def _print_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print timings as a table and the other figures under it."""
    if as_json:
        print_json(figures)
        return
    timings = {name: value for name, value in figures.items() if isinstance(value, dict)}
    print_table([{"phase": name} | value for name, value in timings.items()], PHASES)
    click.echo()
    for name, value in figures.items():
        if name not in timings:
            shown = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
            click.echo(f"{name.replace('_', ' ')}: {shown}")
