"""``sqlclap duplicates``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.arguments import LIBRARY, MODEL
from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.output import Column, format_options, print_rows
from sqlclap.cli.quantities import show_bytes, show_count, show_seconds

if TYPE_CHECKING:
    from sqlclap.similarity import DuplicateGroup

EPILOG = """\b
Examples:
    sqlclap duplicates sounds.db
    sqlclap duplicates sounds.db --threshold 0.98 --csv > doubles.csv
    sqlclap duplicates sounds.db --json | jq -r '.[] | select(.place > 1) | .file'
"""
COLUMNS = (
    Column("group", lambda row: str(row["group"]), right=True),
    Column("kind", lambda row: str(row["kind"])),
    Column("score", lambda row: f"{row['score']:.4f}", right=True),
    Column("size", lambda row: show_bytes(row["bytes"]), right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("id", lambda row: str(row["sample_id"]), right=True),
    Column("path", lambda row: str(row["path"])),
)


@click.command(name="duplicates", epilog=EPILOG)
@LIBRARY
@click.option("--threshold", default=0.995, show_default=True, help="Similarity of near ones.")
@MODEL
@format_options
@one_line_errors
def command(library: str, threshold: float, model: str | None, output: str) -> None:
    """Find sounds that LIBRARY holds more than once.

    Sounds of the same bytes, and sounds whose similarity reaches the threshold (the same sound at
    another level, in another format, cut a little otherwise), are put into groups. Nothing is
    removed. A score is the similarity to the group's first sound.
    """
    import sqlclap

    with sqlclap.open(library, model=model, mode="read") as opened:
        groups = opened.duplicates(threshold)
    print_rows(_rows(groups), COLUMNS, output)
    if output == "table":
        spare = sum(sound.bytes for group in groups for sound in group.sounds[1:])
        click.echo(
            f"{show_count(len(groups), 'group')}; all but the first take {show_bytes(spare)}"
        )


def _rows(groups: list[DuplicateGroup]) -> list[dict[str, Any]]:
    return [
        {
            "group": number,
            "kind": group.kind,
            "place": place,
            "score": round(sound.score, 6),
            "sample_id": sound.sample_id,
            "path": sound.path,
            "file": os.fsencode(sound.file).decode("utf-8", errors="backslashreplace"),
            "bytes": sound.bytes,
            "duration_s": sound.duration_s,
        }
        for number, group in enumerate(groups, start=1)
        for place, sound in enumerate(group.sounds, start=1)
    ]
