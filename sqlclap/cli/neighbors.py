"""``sqlclap neighbors``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line, one_line_errors
from sqlclap.cli.options import LIBRARY, LIMIT, MODEL

if TYPE_CHECKING:
    from sqlclap.search.neighbors import Neighbors

EPILOG = """\b
Examples:
    sqlclap neighbors sounds.db 1 2 3 -n 5
    sqlclap neighbors sounds.db --all > neighbours.csv
    sqlclap neighbors sounds.db --all -n 20 --parquet neighbours.parquet
"""
TYPES = {"sample_id": "int64", "rank": "int32", "neighbor_id": "int64", "score": "float32"}


@click.command(name="neighbors", epilog=EPILOG)
@LIBRARY
@click.argument("sample_ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Of all sounds.")
@LIMIT
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output, which is the default.")
@click.option(
    "--parquet", type=click.Path(dir_okay=False), help="A Parquet file to write; needs pyarrow."
)
@click.option(
    "--exact", is_flag=True, help="Compare all vectors, whether there is an index or not."
)
@MODEL
@one_line_errors
def command(library: str, sample_ids: tuple[int, ...], everything: bool, **settings: Any) -> None:
    """List the sounds nearest to each of many sounds, given by their ids, or to all.

    Thousands are looked up together, which takes less time than as many searches. Each row is a
    sound's id, a rank, a neighbour's id, and their cosine similarity.
    """
    import sqlclap

    if everything == bool(sample_ids):
        raise click.UsageError("give ids of sounds, or --all")
    with sqlclap.open(library, model=settings["model"], mode="read") as opened:
        parts = opened.neighbors_of(
            None if everything else sample_ids, settings["limit"], exact=settings["exact"]
        )
        if settings["parquet"] is not None:
            _write_parquet(Path(settings["parquet"]), parts)
        else:
            _print_csv(parts)


def _write_parquet(path: Path, parts: Iterator[Neighbors]) -> None:
    from sqlclap.notebook.frames import write_parquet

    if path.suffix.lower() != ".parquet":  # such as the library itself
        raise click.ClickException(one_line(f"expected a file called *.parquet, got {path}"))
    try:
        write_parquet(path, TYPES, (part.rows() for part in parts))
    except OSError as error:
        reason = f"{path} can't be written: {error.strerror or error}"
        raise click.ClickException(one_line(reason)) from error


def _print_csv(parts: Iterator[Neighbors]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    first = next(parts, None)  # what is refused prints nothing
    writer.writerow(TYPES)
    for part in () if first is None else chain((first,), parts):
        writer.writerows(part.rows())
