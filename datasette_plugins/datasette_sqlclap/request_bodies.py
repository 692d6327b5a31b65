"""Reads the bodies of requests: bytes up to a limit, and JSON objects."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    from datasette.utils.asgi import Request

    from datasette_sqlclap.own_output import Receive

LARGEST_JSON = 1 << 20

JsonObject = dict[str, object]
"""What a request's body holds: anything may come, so each value is checked by who reads it."""


async def json_body(request: Request, receive: Receive) -> JsonObject:
    """Return a request's JSON object.

    Raises
    ------
    RefusedError
        Another content type, too long, or no JSON object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"expected application/json, got {kind[:60] or 'no content type'}"
        raise RefusedError(415, message, "not_json")
    return read_object(await body_of(request, receive, LARGEST_JSON))


def read_object(raw: bytes) -> JsonObject:
    """Return the JSON object that a body is; nothing stands for an empty one.

    Raises
    ------
    RefusedError
        It is none, or has a key twice, or what no text or number is.
    """
    try:
        value = json.loads(raw or b"{}", object_pairs_hook=_each_once)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # no lone surrogates, NaN
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"expected JSON: {error}") from error
    if not isinstance(value, dict):
        raise RefusedError(400, "expected a JSON object")
    return value


def _each_once(pairs: list[tuple[str, object]]) -> JsonObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise RefusedError(400, f"expected the key {name[:60]!r} once, got it twice")
    return found


async def body_of(request: Request, receive: Receive, limit: int) -> bytes:
    """Return a request's body, reading no more than the limit.

    Raises
    ------
    RefusedError
        It is longer than `limit` bytes.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise RefusedError(413, f"expected at most {limit:,} bytes, got {int(declared):,}")
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError(400, "the request broke off")
        size += len(message.get("body", b""))
        if size > limit:
            raise RefusedError(413, f"expected at most {limit:,} bytes, got more")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
