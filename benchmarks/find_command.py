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
FOLLOWS = (
    Column("word", lambda row: row["word"]),
    Column("measure", lambda row: row["measure"]),
    Column("classes", lambda row: str(row["classes"]), right=True),
    _share("words", "words alone"),
    _share("measures", "measured"),
    _share("lowest", "lowest"),
    _share("share_of_words", "class, words"),
    _share("share_of_measures", "class, measured"),
)
FEEDBACK = (
    Column("query", lambda row: row["query"]),
    Column("way", lambda row: row["way"]),
    Column("right", lambda row: f"{row['right']:g}", right=True),
    Column("wrong", lambda row: f"{row['wrong']:g}", right=True),
    Column("queries", lambda row: str(row["queries"]), right=True),
    _share("precision", "next ten"),
)
NEARER = (
    Column("aspect", lambda row: row["aspect"]),
    Column("weight", lambda row: f"{row['weight']:g}", right=True),
    Column("sounds", lambda row: str(row["sounds"]), right=True),
    _share("distance", "distance"),
    _share("measured", "measured"),
    _share("of_class", "of its class"),
)
PITCHES = (
    Column("semitones", lambda row: f"{row['semitones']:+d}", right=True),
    Column("--transpose", lambda row: row["transpose"] or "without"),
    Column("sounds", lambda row: str(row["sounds"]), right=True),
    _share("first", "original first"),
    _share("in_five", "in five"),
    _share("of_class", "of its class"),
)
_NAMES = ("together", "without", "follows", "feedback", "nearer", "pitches")


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

    Do they find more than their parts alone, does "not" take away what it names, do rankings with
    --measures follow what their words mean (Spearman's correlation within a class), and what does
    a query find next when its first ten sounds are marked right or wrong? How much nearer does
    --aspect bring a sound's likes in what is measured, and how many stay of its class? Does a sound
    that is played faster or slower find its original, without --transpose and with it?
    """
    from benchmarks.finding import bench_finding

    count, measured = bench_finding(folder, model)
    tables = [list(map(asdict, table)) for table in measured]
    if as_json:
        print_json({"sounds": count} | dict(zip(_NAMES, tables, strict=True)))
        return
    click.echo(f"{count} sounds")
    shown = (TOGETHER, WITHOUT, FOLLOWS, FEEDBACK, NEARER, PITCHES)
    for table, columns in zip(tables, shown, strict=True):
        print_table(table, columns)
