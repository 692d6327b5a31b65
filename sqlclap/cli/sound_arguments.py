"""The arguments that name sounds, and what stands for them on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from sqlclap.errors import QueryError, SpanError

SOUNDS = click.argument("sounds", nargs=-1)


def named_sounds(sounds: Sequence[str]) -> list[str]:
    """Return the sounds named as arguments; ``-`` stands for ids on standard input.

    There, each line is an id or a path, or a JSON object with a ``sample_id``, as ``--nl`` prints
    it; with a ``start_s`` and ``end_s``, it is that span of the sample.

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
    from sqlclap.db.spans import format_span_target, optional_span

    try:
        row = json.loads(line)
        span = optional_span(row.get("start_s"), row.get("end_s"))
        return format_span_target(row["sample_id"], span)
    except (ValueError, KeyError, AttributeError) as error:
        if isinstance(error, SpanError):
            raise
        raise QueryError(
            f"expected a JSON object with a sample_id, one a line, as --nl prints them; "
            f"got {line.strip()!r}"
        ) from error
