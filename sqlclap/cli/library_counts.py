"""What a library, or a set of them, holds in numbers, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

REMARKS = {
    "silent": "silent (no vector)",
    "missing": "missing (file gone; `sqlclap ingest --prune` removes them)",
    "without_audio": "without audio (imported vectors)",
    "metadata_unread": "whose metadata is not read yet (`sqlclap ingest` does so)",
    "failures": "failed (see `sqlclap info --failures`)",
}


def print_remarks(counts: Mapping[str, Any]) -> None:
    """Print a line for each kind of sound that not all is well with.

    Parameters
    ----------
    counts : mapping
        As `sqlclap.db.summary.Summary` has them.
    """
    for key, text in REMARKS.items():
        if counts.get(key):
            click.echo(f"{counts[key]:,} {text}")
