"""Reading JSON into frozen dataclasses, strictly: an unknown field is an error, not a surprise."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlclap.errors import BundleError

Record = TypeVar("Record")


def read_fields(kind: type[Record], data: object, where: str) -> Record:
    """Build a dataclass from a JSON object.

    Parameters
    ----------
    kind : type
        A dataclass of int, float, str, bool, Literal, Optional, Mapping[str, str] or dataclasses.
    data : object
        What `json.loads` gave.
    where : str
        Names the place in errors, such as "mini: contract.json".

    Raises
    ------
    BundleError
        A field is missing, unknown, or of another type than the dataclass says.
    """
    if not isinstance(data, dict):
        raise BundleError(f"{where}: expected an object, got {type(data).__name__}")
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise BundleError(f"{where}: unknown field {unknown[0]!r}")
    hints = typing.get_type_hints(kind)
    values = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _read_value(hints[name], data[name], f"{where}: {name}")
        elif field.default is dataclasses.MISSING:
            raise BundleError(f"{where}: field {name!r} is missing")
    return kind(**values)


def _read_value(hint: Any, value: object, where: str) -> object:
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read_fields(hint, value, where)
    if origin is types.UnionType:
        inner = next(choice for choice in choices if choice is not types.NoneType)
        return None if value is None else _read_value(inner, value, where)
    if origin is typing.Literal:
        return _expect(value in choices, value, where, f"one of {list(choices)}")
    if origin is Mapping:
        texts = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        return _expect(texts, value, where, "an object of strings")
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return _expect(number, value, where, "a number")
    exact = type(value) is hint
    return _expect(exact, value, where, hint.__name__)


def _expect(holds: bool, value: object, where: str, wanted: str) -> object:
    if not holds:
        raise BundleError(f"{where}: expected {wanted}, got {_brief(value)}")
    return value


def _brief(value: object) -> str:
    try:
        shown = repr(value)
    except ValueError:  # a number of thousands of digits
        shown = f"a huge {type(value).__name__}"
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
