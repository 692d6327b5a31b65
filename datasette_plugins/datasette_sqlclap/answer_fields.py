"""The fields of the API's answers, with types, and those of the results in them."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, NotRequired, get_args, get_origin, get_type_hints

from datasette_sqlclap.answers import FORMER_FIELDS
from sqlclap.records import Row, field_names


@dataclass(frozen=True)
class AnswerField:
    """A field of an answer, or of a result in it.

    Attributes
    ----------
    hint : type or typing construct
    optional : bool
        Whether it may be left out.
    """

    hint: Any
    optional: bool = False


class _Names(dict[str, Any]):
    """Names in a class's annotations that its module imports for type checkers alone."""

    def __init__(self, kind: type) -> None:
        super().__init__()
        self._module = sys.modules[kind.__module__]

    def __missing__(self, name: str) -> Any:
        if hasattr(self._module, name):
            raise KeyError(name)  # it is looked up there next
        for statement in ast.walk(ast.parse(inspect.getsource(self._module))):
            if not isinstance(statement, ast.ImportFrom):
                continue
            if name in [one.name for one in statement.names]:
                return getattr(import_module(str(statement.module)), name)
        raise KeyError(name)


@cache
def fields_of(kind: type) -> dict[str, AnswerField]:
    """Return the fields that are told of a class to readers on other machines, by name.

    Parameters
    ----------
    kind : type
        A TypedDict of `datasette_sqlclap.answers`, or a result: see `sqlclap.records`.
    """
    hints = _hints(kind)
    if is_dataclass(kind) or issubclass(kind, Row):
        optional = getattr(kind, "OPTIONAL", ())
        names = [name for name in field_names(kind, remote=True) if name in hints]
        former = {name: AnswerField(hint) for name, hint in FORMER_FIELDS.get(kind, {}).items()}
        return {name: AnswerField(hints[name], name in optional) for name in names} | former
    return {
        name: AnswerField(_required(hint), get_origin(hint) is NotRequired)
        for name, hint in hints.items()
    }


def is_open(kind: type) -> bool:
    """Return whether more than the fields is told of a class: what third parties measure."""
    return any("further" in getattr(base, "__annotations__", {}) for base in kind.__mro__)


def _hints(kind: type) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        hints |= get_type_hints(base, localns=_Names(base), include_extras=True)
        for name in getattr(base, "DERIVED", ()):
            getter = getattr(kind, name).fget
            hints[name] = get_type_hints(getter, localns=_Names(base))["return"]
    hints.pop("further", None)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def _required(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is NotRequired else hint
