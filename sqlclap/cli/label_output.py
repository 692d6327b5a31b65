"""What label commands share: sounds named on the command line, and columns of label results."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from sqlclap.cli.result_output import show_path
from sqlclap.cli.table_output import Column, Row
from sqlclap.errors import QueryError

LABEL = click.argument("label")
SOUNDS = click.argument("sounds", nargs=-1)

NOT_PROBABILITIES = "scores are cosines, not probabilities"


def named_sounds(sounds: Sequence[str]) -> list[str]:
    """Return the sounds named as arguments; ``-`` stands for ids on standard input.

    There, each line is an id or a path, or a JSON object with a ``sample_id``, as ``--nl`` prints
    it.

    Raises
    ------
    QueryError
        No sound is named.
    """
    named: list[str] = []
    for sound in sounds:
        if sound == "-":
            named += [_from_line(line) for line in sys.stdin if line.strip()]
        else:
            named.append(sound)
    if not named:
        raise QueryError("expected sounds: ids, paths, patterns such as 'kicks/*', or - for stdin")
    return named


def _from_line(line: str) -> str:
    if not line.lstrip().startswith("{"):
        return line.strip()
    try:
        return str(json.loads(line)["sample_id"])
    except (ValueError, KeyError) as error:
        raise QueryError(
            f"expected a JSON object with a sample_id, got {line.strip()!r}"
        ) from error


def show_score(key: str) -> Any:
    """Return what shows a score or gap of a row: three digits, or a dash for none."""

    def show(row: Row) -> str:
        return "-" if row[key] is None else f"{row[key]:.3f}"

    return show


def show_text(key: str) -> Any:
    """Return what shows a text of a row; nothing for none."""

    def show(row: Row) -> str:
        return "" if row[key] is None else str(row[key])

    return show


def show_held_back(row: Row) -> str:
    """Show what keeps a match from high, and which rival does; nothing where it is high."""
    words = (row["held_back_by"] or "").split(", ")
    return ", ".join(f"rival {show_rival(row)}" if word == "rival" else word for word in words)


def show_rival(row: Row) -> str:
    """Show a rival: a label's name, or "not" and a negative anchor's path."""
    if row["rival_label"] is not None:
        return str(row["rival_label"])
    return f"not {row['rival_path']}" if row.get("rival_path") else ""


UNOPPOSED = (
    "{label}: at most medium, for nothing tells it from the rest: no other label has anchors, it "
    "has no negative anchor, and it is not calibrated; `sqlclap label show` suggests rivals"
)

SCORE = Column("score", show_score("score"), right=True)
GAP = Column("gap", show_score("gap"), right=True)
CONFIDENCE = Column("confidence", show_text("confidence"))
HELD_BACK = Column("held back by", show_held_back)
SAMPLE_ID = Column("id", show_text("sample_id"), right=True)
PATH = Column("path", show_path)
