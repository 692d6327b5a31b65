"""The figures of ``sqlclap bench index`` on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from sqlclap.cli.output import Column, print_table
from sqlclap.cli.quantities import show_seconds


def _milliseconds(key: str) -> Column:
    return Column(key.removesuffix("_ms"), lambda row: f"{row[key]:,.2f} ms", right=True)


def _share(key: str) -> Column:
    return Column(key, lambda row: f"{row[key]:.4f}", right=True)


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
