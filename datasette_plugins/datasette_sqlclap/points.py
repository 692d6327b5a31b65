"""Points of the map as binary columns, and the descriptors that colour and filter them."""

from __future__ import annotations

import json
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from datasette.utils.asgi import Response

from datasette_sqlclap.field_values import values_of
from datasette_sqlclap.requests import LibraryRequest, asks, number, reads
from datasette_sqlclap.responses import RefusedError, all_told
from datasette_sqlclap.sets.shown_map import shown_map
from sqlclap.search.fields import FILTERS, fields_of

if TYPE_CHECKING:
    from datasette_sqlclap.sets.shown_map import ShownMap
    from sqlclap.arrays import AnyArray
    from sqlclap.descriptor_columns import DescriptorColumn
    from sqlclap.map.shown_points import Grouping
    from sqlclap.search.request import Filter
    from sqlclap.session import Session

MOST_RANGES = 20


def describe_columns(session: Session) -> list[dict[str, Any]]:
    """Return what is measured of a library's sounds, as the page shows and filters it.

    Texts, such as the key, are not among it: there are no ranges of them.
    """
    return [column.shown() for column in _numbers(session)]


def _numbers(session: Session) -> list[DescriptorColumn]:
    from sqlclap.db.measured_columns import stored_columns

    return [column for column in stored_columns(session.database) if not column.choices]


def measured_column(session: Session, name: str) -> DescriptorColumn:
    """Return a descriptor of a library.

    Raises
    ------
    RefusedError
        It has none of that name.
    """
    columns = {column.name: column for column in _numbers(session)}
    if name not in columns:
        raise RefusedError(400, f"nothing measured is called {name[:60]!r}: {', '.join(columns)}")
    return columns[name]


async def measured_ranges(asked: LibraryRequest) -> dict[str, Any]:
    """Return ``?measured=NAME:LEAST:MOST,...`` as the options ``where`` and ``params``.

    Either end may be empty; both are included. A sound without a value is in no range.

    Raises
    ------
    RefusedError
        It is written otherwise, or a library has no such descriptor.
    """
    text = asked.argument("measured")
    if not text:
        return {}
    ranges = [_range(part) for part in text.split(",")]
    if len(ranges) > MOST_RANGES:
        raise RefusedError(400, f"expected at most {MOST_RANGES} ranges, got {len(ranges)}")
    names = {name for name, _, _ in ranges}
    if len(names) < len(ranges):
        raise RefusedError(400, "expected each descriptor once in ?measured=")
    await asked.library.read(lambda session: [measured_column(session, name) for name in names])
    return _options(ranges)


def _range(part: str) -> tuple[str, float | None, float | None]:
    name, *ends = part.split(":")
    if len(ends) != 2 or not any(ends):
        raise RefusedError(
            400, f"expected ?measured=NAME:LEAST:MOST, such as rms_db:-20:, got {part[:60]!r}"
        )
    least, most = number(ends[0], f"the least {name}"), number(ends[1], f"the most {name}")
    if least is not None and most is not None and least > most:
        raise RefusedError(400, f"no sound has {name[:60]} from {least:g} to {most:g}")
    return name, least, most


def _options(ranges: Iterable[tuple[str, float | None, float | None]]) -> dict[str, Any]:
    """Write ranges of known columns as an SQL expression with its values bound."""
    conditions: list[str] = []
    params: dict[str, float] = {}
    for place, (name, *ends) in enumerate(ranges):
        for sign, value in zip((">=", "<="), ends, strict=True):
            if value is not None:
                key = f"end{len(params)}_{place}"
                conditions.append(f"{name} {sign} :{key}")
                params[key] = value
    return {"where": " AND ".join(conditions), "params": params}


MAGIC = b"SQCP"
KEPT = 4
FILTERED = ("label", "text")
"""Columns that tell whom a filter keeps: each takes its value as the argument of its name."""
KEPT_BY = fields_of("http", FILTERS)
"""The column `kept` takes all filters of searches, and tells whom they keep together."""
COLUMNS = ("kept", "folder", "length", "tag", *FILTERED)


class PayloadCache:
    """A cache of the latest payloads; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def payload(self, file: str, shown: ShownMap) -> bytes:
        """Return a map's base columns."""
        key = (file, shown.version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = base_payload(shown)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


_CACHE = PayloadCache()


@reads
@asks("version")
async def points(library_request: LibraryRequest) -> Response:
    """Send the base columns; ``?version=`` of the page lets browsers keep them for good."""
    library = library_request.library
    version = await library.read(lambda session: _map_or_refuse(session).version)
    etag = f'"{version}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if library_request.argument("version") == version:
        headers["Cache-Control"] = "private, max-age=31536000, immutable"
    if library_request.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    body = await library.read(lambda session: _CACHE.payload(library.file, _map_or_refuse(session)))
    return Response(body, 200, headers, "application/octet-stream")


@reads
@asks(*(one.name for one in KEPT_BY))
async def column(library_request: LibraryRequest) -> Response:
    """Send one more column, in the order of the points of the layout in force.

    It is one of `COLUMNS`, or a descriptor; NaN stands for what has no value.
    """
    name = library_request.request.url_vars["column"]
    only = _filter_of(library_request, name)

    def make(session: Session) -> bytes:
        if only is not None:
            return _kept_payload(session, name, only)
        return (column_payload if name in COLUMNS else _measured_payload)(session, name)

    body = await library_request.library.read(make)
    headers = {"Cache-Control": "private, no-cache"}
    return Response(body, 200, headers, "application/octet-stream")


def _map_or_refuse(session: Session) -> ShownMap:
    shown = shown_map(session)
    if shown is None:
        raise RefusedError(409, "this library has no map yet", "no_map")
    return shown


def base_payload(shown: ShownMap) -> bytes:
    """Return a map's points as columns: where they are, whose, and in which cluster."""
    found = shown.points()
    header = {
        "version": shown.version,
        "bounds": found.bounds,
        "clusters": all_told(found.described),
        **shown.missing,
    }
    ids = found.sample_ids
    # Ids of a set are longer; JavaScript has whole numbers up to 2^53 as float64 alone.
    kind = "<u4" if not len(ids) or int(ids.max()) < 2**32 else "<f8"
    columns = [
        ("id", ids.astype(kind)),
        ("x", found.positions[:, 0].astype("<u2")),
        ("y", found.positions[:, 1].astype("<u2")),
        ("cluster", found.clusters.clip(-1, 32_767).astype("<i2")),
    ]
    return pack(header, columns)


def _filter_of(library_request: LibraryRequest, name: str) -> Filter | None:
    """Return the filter that a column is about, or None.

    Raises
    ------
    RefusedError
        It is not given, or arguments that the column doesn't take are.
    """
    from sqlclap.search.request import Filter

    given = {one.name: one for one in KEPT_BY if library_request.argument(one.name)}
    takes = [name] if name in FILTERED else [*given] if name == "kept" else []
    if [*given] != takes or (name == "kept" and not given):
        wanted = "filters with the column kept, or the one of a column's name"
        raise RefusedError(400, f"expected {wanted}; {name} got {', '.join(given) or 'none'}")
    if not given:
        return None
    return Filter(**values_of(library_request, given.values()))


def _kept_payload(session: Session, name: str, only: Filter) -> bytes:
    """Return for each point whether a filter keeps it."""
    shown = _map_or_refuse(session)
    lacking = {} if only.label is None else shown.lacking(only.label)
    return pack({"version": shown.version, **lacking}, [(name, shown.kept(only).astype("u1"))])


def column_payload(session: Session, name: str) -> bytes:
    """Return the folder, length or tag of each point."""
    shown = _map_or_refuse(session)
    header = {"version": shown.version}
    if name == "length":
        return pack(header, [(name, shown.lengths().astype("<f4"))])
    if name == "folder":
        return _pack_groups(header, name, shown.folders(), "u1")
    return _pack_groups(header | shown.lacking(), name, shown.tags(), "<i2")


def _pack_groups(header: dict[str, Any], name: str, grouping: Grouping, kind: str) -> bytes:
    column = np.array(grouping.places, dtype=kind)
    return pack(header | {"names": grouping.names}, [(name, column)])


def _measured_payload(session: Session, name: str) -> bytes:
    """Return a descriptor of each point, as float32."""
    known = [column["name"] for column in describe_columns(session)]
    if name not in known:
        raise RefusedError(404, f"expected a column of {', '.join((*COLUMNS, *known))}")
    shown = _map_or_refuse(session)
    return pack({"version": shown.version}, [(name, shown.measures(name).astype("<f4"))])


def pack(header: Mapping[str, object], columns: list[tuple[str, AnyArray]]) -> bytes:
    """Put columns behind a header that tells of them: the first at a multiple of 8, others of 4."""
    described, parts, at = [], [], 0
    for name, values in columns:
        raw = values.tobytes()
        kind = f"{values.dtype.kind}{values.dtype.itemsize}"
        described.append({"name": name, "type": kind, "offset": at})
        padding = -len(raw) % 4
        parts.append(raw + bytes(padding))
        at += len(raw) + padding
    count = len(columns[0][1])
    text = json.dumps({**header, "count": count, "columns": described}).encode()
    text += b" " * (-len(text) % 8)
    return MAGIC + struct.pack("<I", len(text)) + text + b"".join(parts)
