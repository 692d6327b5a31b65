"""``sqlclap bench descriptors``: tables of what was measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import Column, print_json, print_table

MADE_UP = "made up"
COLUMNS = (
    Column("sounds", lambda row: row["folder"]),
    Column("descriptor", lambda row: row["descriptor"]),
    Column("known", lambda row: str(row["sounds"]), right=True),
    Column("told", lambda row: str(row["told"]), right=True),
    Column("right", lambda row: str(row["right"]), right=True),
    Column("of known", lambda row: f"{row['right'] / max(1, row['sounds']):.1%}", right=True),
    Column("octave, relative", lambda row: str(row["near"]), right=True),
)


@click.command(
    name="descriptors",
    epilog="\b\nExample:\n    sqlclap bench descriptors ~/Samples/loops --json",
)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@JSON
@one_line_errors
def descriptors_command(folders: tuple[Path, ...], as_json: bool) -> None:
    """Compare tempo, key, and loop or one-shot with what files in FOLDERS say.

    Made-up loops and one-shots come first. A tempo is right within 4 %; one that is right but for
    an octave (half or twice as fast) is counted apart, as is the relative key.
    """
    from benchmarks.descriptors import bench_descriptors

    rows = []
    with quiet_libraries():
        for folder in (None, *folders):
            name = MADE_UP if folder is None else str(folder)
            rows += [{"folder": name} | asdict(one) for one in bench_descriptors(folder)]
    if as_json:
        print_json(rows)
        return
    print_table([row for row in rows if row["sounds"]], COLUMNS)
