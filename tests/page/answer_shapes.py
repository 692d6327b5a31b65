"""Holds the API's answers to the table of their types, `datasette_sqlclap.answers`."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin

from datasette_sqlclap.answer_fields import AnswerField, fields_of, is_open
from datasette_sqlclap.answers import ANSWERS, Refusal, RouteAnswer

_ADDRESS = re.compile(r"/-/sqlclap/[^/]+/(?P<path>(?:api|sample)/[^?]*)")
_BY_ROUTE: dict[tuple[str, str], RouteAnswer] = {(one.method, one.path): one for one in ANSWERS}
_KINDS = {kind: (kind,) for kind in (bool, int, str, type(None))} | {float: (int, float)}


def check_answer(method: str, address: str, status: int, answer: Any) -> None:
    """Assert that an answer in JSON has the fields and types that the table says."""
    found = _ADDRESS.search(address)
    if found is None:
        return
    path = re.sub(r"^sample/\d+(?=/|$)", "sample/ID", found["path"])
    route = _BY_ROUTE.get((method, path))
    if status >= 400:
        _check(answer, fields_of(Refusal), path)
    elif route is not None:
        record = {} if route.record is None else fields_of(route.record)
        further = route.is_open or _further(route.record)
        _check(answer, fields_of(route.answer) | record, path, further)


def _further(kind: type | None) -> bool:
    return kind is not None and is_open(kind)


def _check(
    answer: Any, fields: Mapping[str, AnswerField], where: str, further: bool = False
) -> None:
    missing = [name for name, one in fields.items() if not one.optional and name not in answer]
    unknown = [] if further else [name for name in answer if name not in fields]
    assert (missing, unknown) == ([], []), f"{where}: lacks {missing}, tells {unknown} besides"
    for name, value in answer.items():
        if name in fields:
            problem = f"{where}: {name} is {value!r}, not {fields[name].hint}"
            assert _fits(value, fields[name].hint, f"{where}: {name}"), problem[:1000]


def _fits(value: Any, hint: Any, where: str) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in inner
    if isinstance(hint, types.UnionType) or origin is Union:
        return any(_fits(value, one, where) for one in _candidates(inner, value))
    if origin is not None:
        return _holds(value, origin, inner, where)
    if hint in _KINDS:
        return type(value) in _KINDS[hint]
    if issubclass(hint, PurePath):
        return isinstance(value, str)
    _check(value, fields_of(hint), where, _further(hint))
    return True


def _candidates(kinds: tuple[Any, ...], value: Any) -> list[Any]:
    """Return the members of a union that may fit: of classes, the one with the value's fields."""
    classes = [one for one in kinds if isinstance(one, type) and one not in _KINDS]
    if not isinstance(value, dict):
        return [one for one in kinds if one not in classes]
    return [one for one in classes if {*fields_of(one)} == {*value}] or classes


def _holds(value: Any, origin: Any, inner: tuple[Any, ...], where: str) -> bool:
    if issubclass(origin, Mapping):
        return type(value) is dict and all(_fits(one, inner[1], where) for one in value.values())
    assert issubclass(origin, Sequence)
    return type(value) is list and all(_fits(one, inner[0], where) for one in value)
