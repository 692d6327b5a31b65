"""Checks arguments of SQL functions; errors say what was expected and what was given."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KINDS = {int: "the integer", float: "the number", str: "the text", bytes: "a BLOB"}
SHOWN = 40
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
LARGEST = 2**63 - 1  # SQLite's integers have 64 bits


class _LeftOut:
    """An argument of a table-valued function that was left out, which NULL is not."""


LEFT_OUT = _LeftOut()


def as_number(value: object) -> int | float | None:
    """Return the number that a numeric column would hold for a value; None where it holds none.

    Clients such as Datasette bind text alone: '5', '5.0' and '5e0' are the number 5, as they are
    in SQLite. Hexadecimal digits, digits of other scripts, infinity and NaN are none.

    >>> as_number("5"), as_number(" 1e3 "), as_number("0x5"), as_number(True)
    (5, 1000.0, None, None)
    """
    if isinstance(value, str):
        if _INTEGER.fullmatch(value):
            return int(value)
        value = float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value if abs(value) <= LARGEST else None
    return value if math.isfinite(value) else None


def as_integer(value: object) -> int | None:
    """Return the integer that a value stands for, as `as_number` reads it; else None."""
    number = as_number(value)
    if number is None or abs(number) > LARGEST or number != int(number):
        return None
    return int(number)


def described(value: object) -> str:
    """Describe an argument for an error."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"a BLOB of {len(value)} bytes"
    text = str(value)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    return f"{KINDS.get(type(value), 'the value')} {shown!r}" if shown else "the empty text"


def refuse(function: str, expected: str, value: object) -> QueryError:
    """Return the error for a wrong argument."""
    return QueryError(f"{function}: expected {expected}, got {described(value)}")


def want_text(function: str, name: str, value: object) -> str:
    """Return a text argument; a number is its text, as in a column of text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise refuse(function, f"{name} to be text", value)
    return value


def want_blob(function: str, name: str, value: object) -> bytes:
    """Return a BLOB argument."""
    if not isinstance(value, bytes):
        raise refuse(function, f"{name} to be a BLOB", value)
    return value


def want_integer(function: str, name: str, value: object) -> int:
    """Return an integer argument."""
    number = as_integer(value)
    if number is None:
        raise refuse(function, f"{name} to be an integer", value)
    return number


def want_count(function: str, name: str, value: object) -> int:
    """Return an integer argument of at least 1."""
    number = as_integer(value)
    if number is None or number < 1:
        raise refuse(function, f"{name} to be an integer of at least 1", value)
    return number


def want_number(function: str, name: str, value: object) -> float:
    """Return a number argument."""
    number = as_number(value)
    if number is None:
        raise refuse(function, f"{name} to be a number", value)
    return float(number)


def want_vector(function: str, name: str, value: object) -> npt.NDArray[np.float32]:
    """Return a vector argument, shape (dim,).

    JSON text such as ``'[0.1, 0.2]'`` is taken too, as sqlite-vec takes it.
    """
    import numpy as np

    if isinstance(value, str):
        return _from_json(function, name, value)
    if not isinstance(value, bytes) or not value or len(value) % 4:
        raise refuse(function, f"{name} to be a vector (a BLOB of float32)", value)
    return np.frombuffer(value, dtype="<f4").astype(np.float32, copy=False)


def _from_json(function: str, name: str, text: str) -> npt.NDArray[np.float32]:
    import numpy as np

    try:
        numbers = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(function, f"{name} to be a vector", text) from error
    whole = isinstance(numbers, list) and numbers and None not in map(_json_number, numbers)
    with np.errstate(over="ignore"):
        vector = np.array(numbers if whole else [np.nan], dtype=np.float32)
    if not np.isfinite(vector).all():
        raise refuse(function, f"{name} to be a vector", text)
    return vector


def _json_number(value: object) -> int | float | None:
    return None if isinstance(value, str) else as_number(value)


def want_flag(function: str, name: str, value: object) -> bool:
    """Return a true or false; 1 and 0 stand for them, as SQLite has no other."""
    number = int(value) if isinstance(value, bool) else as_integer(value)
    if number not in (0, 1):
        raise refuse(function, f"{name} to be true or false", value)
    return bool(number)


def want_options(function: str, value: object, known: Sequence[str]) -> dict[str, Any]:
    """Return an options argument: a JSON object of known names, each once, or nothing."""
    if value is None:
        return {}
    try:
        options = json.loads(want_text(function, "options", value), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        if isinstance(error, QueryError):
            raise
        raise refuse(function, "options to be a JSON object", value) from error
    if not isinstance(options, _Pairs):
        raise refuse(function, "options to be a JSON object", value)
    names = [name for name, _ in options]
    unknown = sorted(set(names).difference(known))
    if unknown:
        among = ", ".join(known)
        raise QueryError(f"{function}: expected options among {among}; got {', '.join(unknown)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise QueryError(f"{function}: expected each option once; got twice: {', '.join(twice)}")
    return {name: dict(one) if isinstance(one, _Pairs) else one for name, one in options}


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as a list of pairs, so that duplicate names are detected."""
