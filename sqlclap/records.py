"""Converts results to records: names, order and rounding of fields, and their visibility.

`--json`, `--nl`, CSV, HTTP, JSON in SQL and data frames all take results from here. A result's
class says the rest, a dataclass or a `Row`: its fields' names are the names everywhere, in that
order. So a new field is named once, where it is defined.

What a class may say besides, each a tuple of names:

- ``DERIVED``: properties that are told behind its fields, such as ``hardly_heard``;
- ``FIRST``: fields that are told before the others;
- ``WHOLE``: numbers that are told with all their digits: thresholds, say, which come back;
- ``OPTIONAL``: fields that its ``told`` leaves out at times.

A method ``told`` gives the values by name itself, where they are not the fields'.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import PurePath
from typing import Any, NamedTuple, Self

DIGITS = 6
"""Decimals of measured numbers. Cosines of 32-bit floats have no more that mean anything."""

LOCAL = frozenset({"file", "root", "folder"})
"""Absolute paths: shown in Python and on the command line, but not to
remote readers, who use HTTP or SQL."""

WITHOUT_AUDIO = "vectors:"
"""What the root of a source starts with whose sounds came as vectors alone: there are no files.
Roots of folders are absolute, so that none is called so."""

_AS_IS = (str, int, bool, type(None))


class Row(dict[str, Any]):
    """A result as a dict; its keys are the names that its class annotates, and attributes, too."""

    @classmethod
    def of(cls, values: Iterable[Any]) -> Self:
        """Make a row of its values in order."""
        return cls(zip(field_names(cls), values, strict=True))

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from error


class ToldField(NamedTuple):
    """A field of a result, as surfaces show it.

    Attributes
    ----------
    name : str
    digits : int or None
        Decimals that a float is rounded to; None: not at all.
    """

    name: str
    digits: int | None


def _own_names(kind: type) -> list[str]:
    if is_dataclass(kind):
        return [one.name for one in fields(kind)]
    hints: dict[str, str] = kind.__annotations__
    return [name for name, hint in hints.items() if not str(hint).startswith("ClassVar")]


@cache
def told_fields(kind: type, remote: bool = False) -> tuple[ToldField, ...]:
    """Return the fields of a class of results that are shown, in order.

    Parameters
    ----------
    kind : type
        A dataclass, or a kind of `Row`.
    remote : bool
        To readers on other machines: without `LOCAL`.
    """
    first, whole, derived = (getattr(kind, name, ()) for name in ("FIRST", "WHOLE", "DERIVED"))
    names = dict.fromkeys((*first, *_own_names(kind), *derived))
    return tuple(
        ToldField(name, None if name in whole else DIGITS)
        for name in names
        if not (remote and name in LOCAL)
    )


def field_names(kind: type, remote: bool = False) -> tuple[str, ...]:
    """Return the names of the shown fields of a kind of result, in order; see `told_fields`."""
    return tuple(one.name for one in told_fields(kind, remote))


def columns(kind: type, former: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of an SQL table of results: the fields that remote readers may see.

    Parameters
    ----------
    kind : type
    former : iterable of str
        Those that come first, in this order: `SELECT *` is read by places, so that what is new
        goes to the end.
    """
    return tuple(dict.fromkeys((*former, *field_names(kind, remote=True))))


def record(result: Any, remote: bool = False) -> dict[str, Any]:
    """Return a result as plain values by name: what JSON can hold.

    Floats are rounded to `DIGITS`; what is no number becomes None, paths become text, and results
    within a result records of their own. Other dicts in it are told with all their digits.

    Parameters
    ----------
    result : dataclass instance or Row
    remote : bool
        For readers on other machines: without `LOCAL`.
    """
    if hasattr(result, "told"):
        document: dict[str, Any] = _plain(result.told(), DIGITS, remote)
        return document
    kind: type = type(result)
    return {
        one.name: _plain(getattr(result, one.name), one.digits, remote)
        for one in told_fields(kind, remote)
    }


def records(results: Iterable[Any], remote: bool = False) -> list[dict[str, Any]]:
    """Return results as records; see `record`."""
    return [record(one, remote) for one in results]


def values(result: Any, names: Iterable[str]) -> tuple[Any, ...]:
    """Return fields as they are: a row of an SQL table, whose numbers are calculated with."""
    return tuple(getattr(result, name) for name in names)


def has_audio(root: str) -> bool:
    """Whether a source has files at all."""
    return not root.startswith(WITHOUT_AUDIO)


def missing_remark(file: str) -> str:
    """Return what lists say of a sound that has no file."""
    return "  (missing)" if has_audio(file) else "  (no audio)"


def path_text(path: PurePath) -> str:
    """Convert a path to text; bytes that are not UTF-8 become backslash escapes."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _plain(value: Any, digits: int | None, remote: bool) -> Any:
    if type(value) in _AS_IS:
        return value
    if isinstance(value, float):
        whole = value if digits is None else round(value, digits)
        return whole if math.isfinite(value) else None
    if is_dataclass(value) or isinstance(value, Row):
        return record(value, remote)
    if isinstance(value, Mapping):
        kept = {str(key): one for key, one in value.items() if not (remote and key in LOCAL)}
        return {key: _plain(one, None, remote) for key, one in kept.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, digits, remote) for one in value]
    return path_text(value) if isinstance(value, PurePath) else value


def error_code(kind: type[Exception]) -> str:
    """Return the code of a class of errors, which programs go by: its name in small letters.

    >>> error_code(LookupError)
    'lookup'
    """
    name = kind.__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
