"""Writes the page's types of the API's answers, from the serializers' own classes.

python answer_types.py            write src/api/answers.ts
python answer_types.py --check    compare instead; fails where it differs
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Literal, Union, get_args, get_origin

from datasette_sqlclap.answer_fields import fields_of
from datasette_sqlclap.answers import ANSWERS, Refusal, RouteAnswer

TARGET = Path(__file__).parent / "src" / "api" / "answers.ts"
HEAD = "/** What the API answers. Written by answer_types.py from the plugin's answers.py. */\n"
_NAMES = {
    bool: "boolean", int: "number", float: "number", str: "string", type(None): "null",
    Any: "unknown", object: "unknown",
}  # fmt: skip


class Interfaces:
    """TypeScript interfaces of all classes that answers are made of."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def type_of(self, hint: Any) -> str:
        """Return the TypeScript type of a Python one; its classes are written, too."""
        if hint in _NAMES:
            return _NAMES[hint]
        if isinstance(hint, types.UnionType) or get_origin(hint) is Union:
            return " | ".join(dict.fromkeys(self.type_of(one) for one in get_args(hint)))
        if get_origin(hint) is not None:
            return self._generic(get_origin(hint), get_args(hint))
        return "string" if issubclass(hint, PurePath) else self.interface(hint)

    def _generic(self, origin: Any, inner: tuple[Any, ...]) -> str:
        if origin is Literal:
            return " | ".join(f'"{one}"' for one in inner)
        if issubclass(origin, Mapping):
            return f"Record<string, {self.type_of(inner[1])}>"
        element = self.type_of(inner[0])
        return f"({element})[]" if "|" in element else f"{element}[]"

    def interface(self, kind: type) -> str:
        """Write a class as an interface, once, and return its name."""
        if kind.__name__ not in self.written:
            self.written[kind.__name__] = ""  # it may name itself
            lines = [
                f"  {name}{'?' if one.optional else ''}: {self.type_of(one.hint)};"
                for name, one in fields_of(kind).items()
            ]
            body = "\n".join(lines)
            self.written[kind.__name__] = f"export interface {kind.__name__} {{\n{body}\n}}\n"
        return kind.__name__

    def answer_of(self, route: RouteAnswer) -> str:
        """Return the type of what a route answers."""
        named = self.interface(route.answer)
        return named if route.record is None else f"{named} & {self.interface(route.record)}"


def written() -> str:
    """Return the whole file."""
    interfaces = Interfaces()
    interfaces.interface(Refusal)
    tables = []
    for method, name in (("GET", "Reads"), ("POST", "Writes")):
        routes = [one for one in ANSWERS if one.method == method]
        lines = [f'  "{one.path}": {interfaces.answer_of(one)};' for one in routes]
        tables.append(f"export interface {name} {{\n" + "\n".join(lines) + "\n}\n")
    return "\n".join([HEAD, *interfaces.written.values(), *tables])


def main() -> int:
    """Write or compare."""
    text = written()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        print(f"{TARGET.name} is not what the answers' classes say: run {Path(__file__).name}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
