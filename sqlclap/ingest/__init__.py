"""Ingest: folders of sounds become rows and vectors."""

from typing import Any


def __getattr__(name: str) -> Any:
    from sqlclap.deprecated import moved_name

    return moved_name("ingest")(name)
