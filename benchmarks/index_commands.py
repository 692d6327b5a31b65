"""``sqlclap bench index`` and ``words``: tables of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.shared_options import JSON, LIBRARY, MODEL
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import show_seconds


def _milliseconds(key: str) -> Column:
    return Column(key.removesuffix("_ms"), lambda row: f"{row[key]:,.2f} ms", right=True)


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


FILTERED = (
    Column("let through", lambda row: f"{100 * row['share']:g} %", right=True),
    _milliseconds("first_ms"),
    _milliseconds("p50_ms"),
    _milliseconds("p99_ms"),
    _share("recall"),
    _share("recall_p5"),
)
PEERS = (
    Column("peer", lambda row: str(row["name"])),
    Column("build", lambda row: show_seconds(row["build_s"]), right=True),
    _milliseconds("p50_ms"),
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
        f"far queries, such as words: p50 {far['p50_ms']:.2f} ms, p99 {far['p99_ms']:.2f} ms, "
        f"recall@10 {far['recall']:.4f}, p5 {far['recall_p5']:.2f}"
    )
    click.echo(
        f"cold process: imports {cold['import_ms']:,.0f} ms, first query "
        f"{cold['first_query_ms']:,.0f} ms, {cold['own_mb']:,.0f} MB and mapped files; "
        f"sqlclap similar --json {row['process_ms']:,.0f} ms; "
        f"10,000 more in {row['catch_up_s']:.1f} s"
    )
    print_table(row["filtered"], FILTERED)
    if row["peers"]:
        print_table(row["peers"], PEERS)
    click.echo()
