"""``sqlclap bench find``: tables of what was measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import BENCH_MODEL, JSON
from sqlclap.cli.table_output import Column, print_json, print_table


def _share(key: str, title: str) -> Column:
    return Column(title, lambda row: f"{row[key]:.3f}", right=True)


TOGETHER = (
    Column("task", lambda row: row["task"]),
    Column("queries", lambda row: str(row["queries"]), right=True),
    _share("parts", "best part"),
    _share("plain", "plain sum"),
    _share("formula", "formula"),
)
WITHOUT = (
    Column("negative", lambda row: row["negative"]),
    Column("way", lambda row: row["way"]),
    Column("weight", lambda row: f"{row['weight']:g}", right=True),
    _share("wanted", "wanted"),
    _share("unwanted", "not wanted"),
)


@click.command(
    name="find",
    epilog="\b\nExample:\n    sqlclap bench find /usr/share/hydrogen/data/drumkits",
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@BENCH_MODEL
@JSON
@one_line_errors
def find_command(folder: Path, model: str | None, as_json: bool) -> None:
    """Ask composed queries of the drum kits in FOLDER (Debian: hydrogen-drumkits).

    Do they find more than their parts alone, and does "not" take away what it names?
    """
    from benchmarks.finding import bench_finding

    count, together, without = bench_finding(folder, model)
    tables = [list(map(asdict, table)) for table in (together, without)]
    if as_json:
        print_json({"sounds": count, "together": tables[0], "without": tables[1]})
        return
    click.echo(f"{count} sounds")
    print_table(tables[0], TOGETHER)
    print_table(tables[1], WITHOUT)
