"""The remark that a library's model has a newer edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlclap.quantities import printable, show_count, show_seconds, typed


def vectors_to_make(counts: Mapping[str, Any]) -> str:
    """Say how much sound an edition's vectors are made of: "118 sounds, 2:52 of sound"."""
    sounds, seconds = counts["samples"], counts["duration_s"]
    return f"{show_count(sounds, 'sound')}, {show_seconds(seconds)} of sound"


def newer_edition(name: str, library: str, counts: Mapping[str, Any]) -> str:
    """Say that a model has a newer edition, and what changing over to it costs."""
    command = printable(f"sqlclap ingest {typed(library)} --model {name}")
    return f"{name} has a newer edition; `{command}` makes its vectors: {vectors_to_make(counts)}"
