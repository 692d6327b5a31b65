"""``sqlclap neighbors``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import click

from sqlclap.cli.error_output import one_line, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, LIMIT, MODEL
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.search.neighbors import Neighbors

Lots: TypeAlias = Iterator[Iterator[tuple[Any, ...]]]

EPILOG = """\b
Examples:
    sqlclap neighbors sounds.db 1 2 3 -n 5
    sqlclap neighbors sounds.db --all > neighbours.csv
    sqlclap neighbors sounds.db --all -n 20 --parquet neighbours.parquet
    sqlclap neighbors sounds.db --store 10
    sqlclap neighbors sounds.db --stored
    sqlclap neighbors set.toml 3:17 2:5
"""
TYPES = {"sample_id": "int64", "rank": "int32", "neighbor_id": "int64", "score": "float32"}
KEYS = ("row_key", "neighbor_row_key")


def sound_id(value: str) -> int:
    """Read an id of a library or a set: one number, or its shard and its number there (3:17)."""
    from sqlclap.shards.targets import as_set_id

    try:
        return int(value)
    except ValueError:
        found = as_set_id(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a valid integer.")
    return found


@click.command(name="neighbors", epilog=EPILOG)
@LIBRARY
@click.argument("sample_ids", nargs=-1, type=sound_id)
@click.option("--all", "everything", is_flag=True, help="Of all sounds.")
@LIMIT
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output, which is the default.")
@click.option(
    "--parquet", type=click.Path(dir_okay=False), help="A Parquet file to write; needs pyarrow."
)
@click.option(
    "--exact", is_flag=True, help="Compare all vectors, whether there is an index or not."
)
@click.option(
    "--store",
    type=int,
    metavar="K",
    help="Keep K of each sound as a table (view sound_neighbors), or bring it up to date.",
)
@click.option("--stored", is_flag=True, help="Tell what is kept, and whether it is fresh.")
@click.option("--forget-stored", is_flag=True, help="Remove what is kept.")
@MODEL
@JSON
@one_line_errors
def command(library: str, sample_ids: tuple[int, ...], everything: bool, **settings: Any) -> None:
    """List the nearest sounds of many sounds, or of all.

    Thousands are looked up together, which takes less time than as many searches. Each row is a
    sound's id, a rank, a neighbour's id, and their cosine similarity; where tables of another
    database are attached, also the keys of their rows. A table that is kept tells when sounds have
    changed since; --store finds only anew what that concerns.
    """
    import sqlclap

    kept = [name for name in ("store", "stored", "forget_stored") if settings[name]]
    if kept or settings["store"] is not None:
        if len(kept) > 1 or everything or sample_ids or settings["parquet"]:
            raise click.UsageError("--store, --stored and --forget-stored are given alone")
        _keep(library, settings)
        return
    if everything == bool(sample_ids):
        raise click.UsageError("give ids of sounds, or --all")
    with sqlclap.open(library, model=settings["model"], mode="read") as opened:
        parts = opened.neighbors_of(
            None if everything else sample_ids, settings["limit"], exact=settings["exact"]
        )
        types, lots = _with_keys(opened, parts)
        if settings["parquet"] is not None:
            _write_parquet(Path(settings["parquet"]), types, lots)
        elif settings["as_json"]:
            print_json([dict(zip(types, row, strict=True)) for lot in lots for row in lot])
        else:
            _print_csv(types, lots)


def _with_keys(opened: sqlclap.Library, parts: Iterator[Neighbors]) -> tuple[dict[str, str], Lots]:
    """Return the columns and rows of neighbours, with the keys of rows where there are any."""
    from sqlclap.api import Library
    from sqlclap.attach.row_keys import has_attached, key_type

    if not isinstance(opened, Library) or not has_attached(opened.connection):
        return TYPES, (part.rows() for part in parts)
    kind = key_type(opened.connection)
    return TYPES | dict.fromkeys(KEYS, kind), (part.keyed_rows(opened.connection) for part in parts)


def _keep(library: str, settings: dict[str, Any]) -> None:
    import sqlclap

    mode: Literal["read", "write"] = "read" if settings["stored"] else "write"
    with sqlclap.open(library, model=settings["model"], mode=mode) as opened:
        table = opened.stored_neighbors
        if settings["forget_stored"]:
            table.forget()
        elif settings["store"] is not None:
            with TerminalProgress() as bar:
                report = table.store(settings["store"], settings["exact"], bar)
            if not settings["as_json"]:
                lists = f"{show_count(report.found_anew, 'list')} of {report.sounds:,} found anew"
                click.echo(printable(f"{lists}, {report.neighbors:,} neighbours each"))
                return
        state = table.state()
    if settings["as_json"]:
        print_json({"stored": None if state is None else record(state)})
    elif state is None:
        click.echo("no neighbours are kept")
    else:
        fresh = "fresh" if state.is_fresh else f"stale ({state.changed:,} sounds changed since)"
        if state.built_at is None:
            fresh = "not whole: an earlier run was broken off, or changes may have been missed"
        click.echo(printable(f"{state.neighbors:,} of each of {state.sounds:,} sounds: {fresh}"))


def _keys_as_text(lot: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Write keys as text: a column of Parquet's is of one type."""
    columns = len(TYPES)
    for row in lot:
        keys = (None if key is None else str(key) for key in row[columns:])
        yield *row[:columns], *keys


def _write_parquet(path: Path, types: dict[str, str], lots: Lots) -> None:
    if types.get(KEYS[0]) == "string":
        lots = (_keys_as_text(lot) for lot in lots)
    from sqlclap.notebook.frames import write_parquet

    if path.suffix.lower() != ".parquet":  # such as the library itself
        raise click.ClickException(one_line(f"expected a file called *.parquet, got {path}"))
    try:
        write_parquet(path, types, lots)
    except OSError as error:
        reason = f"{path} can't be written: {error.strerror or error}"
        raise click.ClickException(one_line(reason)) from error


def _print_csv(types: dict[str, str], lots: Lots) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    first = next(lots, None)  # what is refused prints nothing
    writer.writerow(types)
    for lot in () if first is None else chain((first,), lots):
        writer.writerows(lot)
