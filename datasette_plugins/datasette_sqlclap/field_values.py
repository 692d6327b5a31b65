"""Reads the values of search and match fields in a query string, by their kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import LibraryRequest, number, whole_number
from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    from sqlclap.search.search_field import SearchField

FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}
LARGEST_WHOLE = 1_000


def flag_argument(library_request: LibraryRequest, name: str) -> bool:
    """Return a true or false of the query string; false where it is not given.

    Raises
    ------
    RefusedError
    """
    return _as_flag(library_request.argument(name), name)


def _as_flag(text: str, name: str) -> bool:
    if text.lower() not in FLAGS:
        raise RefusedError(400, f"expected {name} to be true or false, got {text[:60]!r}")
    return FLAGS[text.lower()]


def field_value(library_request: LibraryRequest, one: SearchField) -> Any:
    """Return the value of a field in the query string; its default where it is not given.

    Raises
    ------
    RefusedError
    """
    text = _field_text(library_request, one)
    if one.kind == "flag":
        return _as_flag(text, one.name)
    if one.kind == "number":
        found = number(text, one.name)
        return one.default if found is None else found
    if one.kind == "whole":
        return whole_number(text or str(one.default), one.name, 0, LARGEST_WHOLE)
    return text or one.default


def values_of(library_request: LibraryRequest, fields: Iterable[SearchField]) -> dict[str, Any]:
    """Return the values of fields by name; see `field_value`."""
    return {one.name: field_value(library_request, one) for one in fields}


def _field_text(library_request: LibraryRequest, one: SearchField) -> str:
    """Return an argument's text, under its name or a former one."""
    found = library_request.argument(one.name)
    for former in one.former:
        other = library_request.argument(former)
        if found and other and found != other:
            raise RefusedError(
                400,
                f"{former} is a former name of {one.name}: expected one, got {found!r}, {other!r}",
            )
        found = found or other
    return found
