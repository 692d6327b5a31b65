"""``sqlclap bench index``, ``codes``, ``windows`` and ``words``: tables of what was measured."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import show_seconds


def _milliseconds(key: str) -> Column:
    return Column(key.removesuffix("_ms"), lambda row: f"{row[key]:,.2f} ms", right=True)


def _bytes(number: float) -> str:
    return f"{number:,.1f}" if number else ""


def _share(key: str) -> Column:
    return Column(key, lambda row: f"{row[key]:.4f}", right=True)


@click.command(name="words", epilog="\b\nExample:\n    sqlclap bench words sounds.db")
@LIBRARY
@MODEL
@JSON
@one_line_errors
def words_command(library: str, model: str | None, as_json: bool) -> None:
    """Search LIBRARY in some hundred words, through its index and exactly.

    Tells how many of the true answers the index finds; LIBRARY is only read.
    """
    from benchmarks.words import bench_words

    figures = bench_words(Path(library), model)
    if as_json:
        print_json(asdict(figures))
        return
    click.echo(
        f"{figures.sounds:,} sounds, {figures.queries:,} queries in words: recall@10 "
        f"{figures.recall:.4f}, worst twentieth {figures.recall_p5:.2f}; "
        f"{figures.incomplete:,} miss some"
    )
    click.echo(
        f"p50 {figures.p50_ms:.2f} ms, p99 {figures.p99_ms:.2f} ms; exact "
        f"{figures.exact_p50_ms:.2f} ms: {figures.against_exact:,.1f} times as long"
    )


CODES = (
    Column("codes", lambda row: str(row["codes"])),
    Column("among", lambda row: str(row["among"])),
    Column("vectors", lambda row: f"{row['vectors']:,}", right=True),
    Column("bytes a vector", lambda row: _bytes(row["bytes_a_vector"]), right=True),
    Column("queries", lambda row: f"{row['queries']:,}", right=True),
    _share("recall"),
    _share("recall_p5"),
    Column("ranked", lambda row: f"{row['ranked']:.1f}", right=True),
)


@click.command(name="codes", epilog="\b\nExample:\n    sqlclap bench codes sounds.db")
@LIBRARY
@JSON
@one_line_errors
def codes_command(library: str, as_json: bool) -> None:
    """Index a copy of LIBRARY with each kind of codes, and compare searches with exact ones.

    Tells what its vectors take and how many of the true answers are found, among sounds and among
    moments; LIBRARY is only read.
    """
    from benchmarks.codes import bench_codes

    rows = [asdict(figures) for figures in bench_codes(Path(library))]
    if as_json:
        print_json(rows)
        return
    print_table(rows, CODES)


MOMENTS = (
    Column("filter", lambda row: str(row["filter"])),
    Column("path", lambda row: str(row["path"])),
    _milliseconds("p50_ms"),
    _milliseconds("p99_ms"),
    _share("recall"),
    _share("recall_p5"),
)


@click.command(
    name="windows",
    epilog="\b\nExample:\n    sqlclap bench windows --windows 1000000 --folder /var/tmp/bench",
)
@click.option("--windows", type=int, default=100_000, show_default=True, help="Size.")
@click.option("--dim", type=int, default=512, show_default=True, help="Numbers of a vector.")
@click.option(
    "--codes", type=click.Choice(["fp16", "compact"]), default="fp16", help="Of the index."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the library is made, and kept [default: a folder that goes].",
)
@JSON
@one_line_errors
def windows_command(folder: Path | None, as_json: bool, **scene: Any) -> None:
    """Measure moments of a library of made-up long sounds, a hundred windows each."""
    from benchmarks.windows import WindowScene, bench_windows

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as passing:
        place = folder or Path(passing)
        place.mkdir(exist_ok=True)
        path = place / f"windows-{scene['windows']}-{scene['dim']}.db"
        row = asdict(bench_windows(path, WindowScene(**scene)))
    if as_json:
        print_json(row)
        return
    click.echo(
        f"{row['windows']:,} windows of {row['dim']} numbers, {row['codes']}: built in "
        f"{row['build_s']:,.1f} s, {row['bytes_a_vector']:,.0f} bytes a vector, "
        f"{row['own_mb']:,.0f} MB of its own; exact {row['exact_ms']:,.1f} ms; "
        f"10,000 more in {row['catch_up_s']:.1f} s"
    )
    print_table(row["moments"], MOMENTS)


FILTERED = (
    Column("let through", lambda row: f"{100 * row['share']:g} %", right=True),
    _milliseconds("first_ms"),
    _milliseconds("p50_ms"),
    _milliseconds("p99_ms"),
    _share("recall"),
    _share("recall_p5"),
)
TURNS = (
    Column("taking turns", lambda row: str(row["name"])),
    Column("build", lambda row: show_seconds(row["build_s"]), right=True),
    Column("bytes a vector", lambda row: _bytes(row["bytes_a_vector"]), right=True),
    _milliseconds("p50_ms"),
    Column("of the first", lambda row: f"{row['against_first']:.2f}", right=True),
    _milliseconds("p99_ms"),
    _share("recall"),
    _share("recall_p5"),
)


def print_index_figures(row: Mapping[str, Any]) -> None:
    """Print what was measured for one size."""
    near, far, cold = row["neighbors"], row["far"], row["cold"]
    click.echo(
        f"{row['vectors']:,} vectors: library {row['library_mb']:,.0f} MB, "
        f"sidecar {row['sidecar_mb']:,.0f} MB, built in {row['build_s']:,.1f} s"
    )
    click.echo(
        f"clap_neighbors: p50 {near['p50_ms']:.2f} ms, p99 {near['p99_ms']:.2f} ms, "
        f"recall@10 {near['recall']:.4f}, p5 {near['recall_p5']:.2f}; sqlite-vec "
        f"{row['exact_ms']:,.1f} ms: {row['against_exact']:,.0f} times as long"
    )
    click.echo(
        f"queries out of distribution, such as words: p50 {far['p50_ms']:.2f} ms, "
        f"p99 {far['p99_ms']:.2f} ms, "
        f"recall@10 {far['recall']:.4f}, p5 {far['recall_p5']:.2f}"
    )
    _print_batched(row)
    click.echo(
        f"cold process: imports {cold['import_ms']:,.0f} ms, first query "
        f"{cold['first_query_ms']:,.0f} ms, {cold['own_mb']:,.0f} MB and mapped files; "
        f"sqlclap similar --json {row['process_ms']:,.0f} ms; "
        f"10,000 more in {row['catch_up_s']:.1f} s"
    )
    print_table(row["filtered"], FILTERED)
    if row["turns"]:
        print_table(row["turns"], TURNS)
    click.echo()


def _print_batched(row: Mapping[str, Any]) -> None:
    click.echo(
        f"neighbours of {row['batched']['sounds']:,} sounds: "
        f"{row['batched']['batched_per_s']:,.0f} a second at once, "
        f"{row['batched']['single_per_s']:,.0f} one by one: {row['batched']['times']:.1f} times"
    )
