"""Checking what SQL hands to a function: errors say what was expected and what came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KINDS = {int: "the integer", float: "the number", str: "the text", bytes: "a BLOB"}
SHOWN = 40


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
    """Make the error for a wrong argument."""
    return QueryError(f"{function}: expected {expected}, got {described(value)}")


def want_text(function: str, name: str, value: object) -> str:
    """Return a text argument."""
    if not isinstance(value, str):
        raise refuse(function, f"{name} to be text", value)
    return value


def want_blob(function: str, name: str, value: object) -> bytes:
    """Return a BLOB argument."""
    if not isinstance(value, bytes):
        raise refuse(function, f"{name} to be a BLOB", value)
    return value


def want_count(function: str, name: str, value: object) -> int:
    """Return an integer argument of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise refuse(function, f"{name} to be an integer of at least 1", value)
    return value


def want_number(function: str, name: str, value: object) -> float:
    """Return a number argument."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(function, f"{name} to be a number", value)
    return float(value)


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
        vector = np.array(json.loads(text), dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise refuse(function, f"{name} to be a vector", text) from error
    if vector.ndim != 1 or not len(vector):
        raise refuse(function, f"{name} to be a vector", text)
    return vector


def want_flag(function: str, name: str, value: object) -> bool:
    """Return a true or false; 1 and 0 stand for them, as SQLite has no other."""
    if not isinstance(value, int) or value not in (0, 1):
        raise refuse(function, f"{name} to be true or false", value)
    return bool(value)


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
    """A JSON object as its pairs: a name that is there twice is seen."""
