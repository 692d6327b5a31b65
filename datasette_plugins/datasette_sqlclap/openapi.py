"""The JSON API as OpenAPI 3.1, from the tables that it runs by: routes, arguments, answers."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from datasette.utils.asgi import Response

from datasette_sqlclap.answer_fields import fields_of, is_open
from datasette_sqlclap.answers import ANSWERS, Refusal, RouteAnswer
from datasette_sqlclap.requests import arguments_of, check_arguments, keys_of, views_of
from datasette_sqlclap.responses import RefusedError, error_answer, json_answer
from datasette_sqlclap.wording import code_table
from sqlclap.search.fields import fields_of as search_fields

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from datasette_sqlclap.requests import AsgiView

Schema = dict[str, Any]
PREFIX = "/-/sqlclap/"
_NAMES: dict[Any, Schema] = {
    bool: {"type": "boolean"}, int: {"type": "integer"}, float: {"type": "number"},
    str: {"type": "string"}, type(None): {"type": "null"}, Any: {}, object: {},
}  # fmt: skip
_ANSWERED: dict[tuple[str, str], RouteAnswer] = {(one.method, one.path): one for one in ANSWERS}
_ABOUT = """Search sounds by sound, words and labels. Reading needs Datasette's view-database and
view-table on the tables that a route reads; writing needs sqlclap-label, a POST from the same site,
and on Datasette 0.65, with cookies, the page's token as X-CSRFToken."""


class Schemas:
    """JSON schemas of all classes that answers are made of, by name."""

    def __init__(self) -> None:
        self.written: dict[str, Schema] = {}

    def of(self, hint: Any) -> Schema:
        """Return the schema of a Python type; those of its classes are written, too."""
        if hint in _NAMES:
            return dict(_NAMES[hint])
        if isinstance(hint, types.UnionType) or get_origin(hint) is Union:
            return {"anyOf": [self.of(one) for one in get_args(hint)]}
        if get_origin(hint) is not None:
            return self._generic(get_origin(hint), get_args(hint))
        if issubclass(hint, PurePath):
            return {"type": "string"}
        return self.reference(hint)

    def _generic(self, origin: Any, inner: tuple[Any, ...]) -> Schema:
        if origin is Literal:
            return {"enum": [*inner]}
        if issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        return {"type": "array", "items": self.of(inner[0])}

    def reference(self, kind: type) -> Schema:
        """Write a class's schema, once; return the reference to it."""
        if kind.__name__ not in self.written:
            self.written[kind.__name__] = {}  # it may name itself
            self.written[kind.__name__] = self.object_of([kind], is_open(kind))
        return {"$ref": f"#/components/schemas/{kind.__name__}"}

    def object_of(self, kinds: list[type], further: bool) -> Schema:
        """Return the schema of an object that has the fields of some classes."""
        fields = {name: one for kind in kinds for name, one in fields_of(kind).items()}
        return {
            "type": "object",
            "description": _first_line(kinds[0]),
            "properties": {name: self.of(one.hint) for name, one in fields.items()},
            "required": [name for name, one in fields.items() if not one.optional],
            "additionalProperties": further,
        }

    def answer(self, route: RouteAnswer) -> Schema:
        """Return the schema of what a route answers."""
        if route.record is None and not route.is_open:
            return self.reference(route.answer)
        kinds = [route.answer, *([route.record] if route.record else [])]
        further = route.is_open or (route.record is not None and is_open(route.record))
        return self.object_of(kinds, further)


def document(base_url: str = "/") -> Schema:
    """Return the description of the whole API.

    Parameters
    ----------
    base_url : str
        Datasette's.
    """
    from datasette_sqlclap.routes import ROUTES
    from sqlclap import __version__

    schemas = Schemas()
    refusal = schemas.reference(Refusal)
    schemas.written["Refusal"]["properties"]["code"]["examples"] = [one for one, _ in code_table()]
    paths = {
        address: {method.lower(): _operation(schemas, path, method, view) for method, view in of}
        for pattern, view, *_ in ROUTES
        if (path := _path_of(pattern)) and (address := f"{PREFIX}{{database}}/{path}")
        if (of := [one for one in views_of(view).items() if one[0] != "HEAD"])
    }
    failed = {"description": "Refused, or failed.", "content": _json(refusal)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "sqlclap", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base_url.rstrip("/") or "/"}],
        "paths": paths,
        "components": {"schemas": schemas.written, "responses": {"Refused": failed}},
    }


def _path_of(pattern: str) -> str:
    """Return a route's path below a library; empty for pages and what is of no library."""
    _, of_library, rest = pattern.partition(r"/(?P<database>[^/]+)/")
    rest = rest.removesuffix("$")
    if not of_library or not rest.startswith(("api/", "sample/")):
        return ""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", rest)


def _operation(schemas: Schemas, path: str, method: str, view: AsgiView) -> Schema:
    named = [{"name": name, "in": "path", "required": True} for name in _names_in(path)]
    names = arguments_of(view)
    fields = {one.name: one.about for one in search_fields("http") if "text" in names}
    asked = [
        {"name": name, "in": "query", "description": fields.get(name, ""), "schema": {}}
        for name in names
    ]
    typed = {"sample": {"type": "integer"}}
    for one in named:
        one["schema"] = typed.get(str(one["name"]), {"type": "string"})
    operation: Schema = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}_{path}").strip("_"),
        "summary": _first_line(view),
        "parameters": [*named, *asked],
        "responses": _responses(schemas, path, method),
    }
    if method == "POST":
        operation["requestBody"] = _body(view)
    return operation


def _names_in(path: str) -> list[str]:
    return ["database", *re.findall(r"\{(\w+)\}", path)]


def _responses(schemas: Schemas, path: str, method: str) -> Schema:
    route = _ANSWERED.get((method, path.replace("{sample}", "ID")))
    content = {"*/*": {}} if route is None else _json(schemas.answer(route))
    told = {"description": "What was asked for.", "content": content}
    return {"2XX": told, "default": {"$ref": "#/components/responses/Refused"}}


def _body(view: AsgiView) -> Schema:
    keys = keys_of(view)
    if not keys:  # a list of sounds, or encoded audio: docs/api.md says what
        return {"content": {"*/*": {}}}
    properties: Schema = {name: {} for name in keys}
    return {"required": True, "content": _json({"type": "object", "properties": properties})}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").splitlines()[0] if inspect.getdoc(thing) else ""


async def openapi(datasette: Datasette, request: Request) -> Response:
    """Answer with the description of the API."""
    try:
        check_arguments(request, ())
    except RefusedError as error:
        return error_answer(error)
    return json_answer(document(str(datasette.setting("base_url"))))
