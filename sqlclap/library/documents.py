"""JSON columns that another program may have written over."""

from __future__ import annotations

import json
from typing import Any

from sqlclap.errors import LibraryError


def read_document(
    text: object, kind: type, what: str, cure: str, needed: tuple[str, ...] = ()
) -> Any:
    """Read a JSON column.

    Parameters
    ----------
    text : object
        What the column holds.
    kind : type
        dict or list: what the document must be.
    what : str
        Where it stands, such as ``layouts.params of map 3``.
    cure : str
        What to do, as a clause.
    needed : tuple of str
        Keys that it must have.

    Raises
    ------
    LibraryError
        It is no JSON, of another kind, or lacks a key.
    """
    document: Any
    try:
        document = json.loads(str(text))
    except ValueError as error:
        raise damaged(what, str(error), cure) from error
    if not isinstance(document, kind):
        raise damaged(what, f"{type(document).__name__} instead of {kind.__name__}", cure)
    keys: Any = document
    absent = [key for key in needed if key not in keys]
    if absent:
        raise damaged(what, f"no {', '.join(absent)}", cure)
    return document


def damaged(what: str, reason: str, cure: str) -> LibraryError:
    """Make the error for a column that holds what sqlclap never writes there."""
    return LibraryError(f"{what} is damaged ({reason}): another program wrote there; {cure}")
