"""Reads the options of SQL functions that search: JSON, by the table of search fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError
from sqlclap.search.fields import EVENT_SEARCH_FIELDS, fields_of
from sqlclap.search.search_field import Kind, SearchField
from sqlclap.sqlfunctions.arguments import (
    LARGEST,
    refuse,
    want_count,
    want_flag,
    want_integer,
    want_number,
    want_options,
    want_text,
)

if TYPE_CHECKING:
    from sqlclap.search.request import Request


def want_request(function: str, k: object, options: object) -> Request:
    """Return the request that k and the options make."""
    count = want_count(function, "k", k)
    if options is not None:
        options = want_text(function, "options", options)
    return _parsed(function, count, options)


_MOMENTS = ("clap_moments", "clap_query_moments")
_OF_MOMENTS = (*_MOMENTS, *(f"{name}_json" for name in _MOMENTS))


@lru_cache(maxsize=256)
def _parsed(function: str, k: int, text: str | None) -> Request:
    """Parse the options; the last ones are cached."""
    from sqlclap.search.request import SearchOptions

    fields = (*_FIELDS, *EVENT_SEARCH_FIELDS) if function in _OF_MOMENTS else _FIELDS
    options = want_fields(function, text, fields)
    without = options.pop("without", None)
    request = SearchOptions(**options).request(k)
    return request if without is None else replace(request, without=without)


def _where(function: str, name: str, value: object) -> str:
    """Return a filter; what reads files is for statements alone, which nobody else can write."""
    if not isinstance(value, str):
        raise refuse(function, f"{name} to be text", value)
    if "clap_audio_file" in value.casefold():
        raise QueryError(f"{function}: clap_audio_file can't be used in {name}: bind its vector")
    return value


def _params(function: str, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refuse(function, f"{name} to be an object", value)
    for key, one in value.items():
        if isinstance(one, dict | list) or (isinstance(one, int) and abs(one) > LARGEST):
            raise refuse(function, f"{name}.{key} to be a number, a text or null", one)
    return value


_WANTED: dict[Kind, Callable[[str, str, object], Any]] = {
    "expression": _where,
    "values": _params,
    "text": want_text,
    "choice": want_text,
    "number": want_number,
    "whole": want_integer,
    "flag": want_flag,
}
_FIELDS = fields_of("sql")


def want_fields(function: str, text: object, fields: Sequence[SearchField]) -> dict[str, Any]:
    """Return options for a table's fields, each checked by its kind."""
    kinds = {one.name: one.kind for one in fields}
    options = want_options(function, text, tuple(kinds))
    return {name: _WANTED[kinds[name]](function, name, one) for name, one in options.items()}
