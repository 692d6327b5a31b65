"""The map's points as binary columns.

A payload is ``SQCP``, the header's length (uint32, little-endian, a multiple of 4 with its
padding), a JSON header, and the columns one after the other. Base columns take 10 bytes a point:
``x`` and ``y`` (uint16, over the header's bounds), ``id`` (uint32), ``cluster`` (int16). Other
columns (folder, length, tag) travel apart, when they are needed, in the same order of points.
"""

from __future__ import annotations

import json
import struct
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from datasette.utils.asgi import Response

from datasette_sqlclap.requests import LibraryRequest, asks, reads
from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.session import Session

MAGIC = b"SQCP"
FOLDERS = 254
MARGIN = 1.08  # air around the outermost points
KEPT = 4
COLUMNS = ("folder", "length", "tag", "label")


class PointName(NamedTuple):
    """The name of a cluster (level 0), or of a group of clusters (level 1)."""

    cluster: int
    name: str
    level: int
    parent: int | None


@dataclass(frozen=True)
class Layout:
    """The layout in force, and what tells that it has changed.

    `drawn` sums up where everything lies: ids alone don't tell, once a backup was restored.
    """

    layout_id: int
    clustering_id: int | None
    count: int
    placed: int
    drawn: str
    names: tuple[PointName, ...] = ()

    @property
    def version(self) -> str:
        """Another one means other points, or other names."""
        named = crc32(repr((self.names, self.drawn)).encode())
        numbers = (self.layout_id, self.clustering_id or 0, self.count, self.placed)
        return ".".join(map(str, numbers)) + f".{named:x}"


class PayloadCache:
    """The payloads made last; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def payload(self, file: str, layout: Layout, session: Session) -> bytes:
        """Return a layout's base columns."""
        key = (file, layout.version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = base_payload(session, layout)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


_CACHE = PayloadCache()


def find_layout(session: Session) -> Layout | None:
    """Return the layout in force of the library's model, or None where there is none."""
    from sqlclap.db.statements import statement

    tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('layouts', 'clusterings')"
    if session.database.execute(tables).get != 2:
        return None
    rows = session.database.execute(statement("page/layout"), (session.model.model_id,)).fetchall()
    if not rows or not rows[0][2]:
        return None
    names = session.database.execute(statement("page/cluster_names"), (rows[0][1],)).fetchall()
    layout_id, clustering_id, count, placed, drawn = rows[0]
    named = tuple(PointName(*row) for row in names)
    return Layout(layout_id, clustering_id, count, placed, drawn, named)


@reads
@asks("version")
async def points(asked: LibraryRequest) -> Any:
    """Send the base columns; ``?version=`` of the page lets browsers keep them for good."""
    layout = await asked.library.read(_layout_or_refuse)
    etag = f'"{layout.version}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if asked.argument("version") == layout.version:
        headers["Cache-Control"] = "private, max-age=31536000, immutable"
    if asked.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    file = str(asked.library.database.path)
    body = await asked.library.read(lambda session: _CACHE.payload(file, layout, session))
    return Response(body, 200, headers, "application/octet-stream")


@reads
@asks("label")
async def column(asked: LibraryRequest) -> Any:
    """Send one more column, in the order of the points of the layout in force."""
    name = asked.request.url_vars["column"]
    if name not in COLUMNS:
        raise RefusedError(404, f"expected a column of {', '.join(COLUMNS)}")
    label = asked.argument("label")
    if bool(label) != (name == "label"):
        raise RefusedError(400, "expected ?label= with the column label, and with it alone")
    body = await asked.library.read(lambda session: column_payload(session, name, label))
    headers = {"Cache-Control": "private, no-cache"}
    return Response(body, 200, headers, "application/octet-stream")


def _layout_or_refuse(session: Session) -> Layout:
    layout = find_layout(session)
    if layout is None:
        raise RefusedError(409, "this library has no map yet: make one with `sqlclap map`")
    return layout


def base_payload(session: Session, layout: Layout) -> bytes:
    """Return a layout's points: where they are, whose, and in which cluster."""
    import numpy as np

    from sqlclap.db.statements import statement

    wanted = {"layout_id": layout.layout_id, "clustering_id": layout.clustering_id}
    rows = session.database.execute(statement("page/points"), wanted).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    ids, places, clusters = table[:, 0], table[:, 1:3], table[:, 3]
    low, spread = _bounds(places)
    scaled = np.round((places - low) / spread * 65_535).astype("<u2")
    header = {
        "version": layout.version,
        "bounds": [*low.tolist(), *(low + spread).tolist()],
        "clusters": describe_clusters(clusters, scaled, layout.names),
    }
    columns = [
        ("id", ids.astype("<u4")),
        ("x", scaled[:, 0]),
        ("y", scaled[:, 1]),
        ("cluster", clusters.clip(-1, 32_767).astype("<i2")),
    ]
    return pack(header, columns)


def column_payload(session: Session, name: str, label: str = "") -> bytes:
    """Return the folder, length or tag of each point, or whether a label's filter keeps it."""
    import numpy as np

    from sqlclap.db.statements import statement

    layout = _layout_or_refuse(session)
    sql = statement("page/point_columns")
    rows = session.database.execute(sql, (layout.layout_id,)).fetchall()
    header: dict[str, Any] = {"version": layout.version}
    if name == "length":
        seconds = np.array([row[2] or 0 for row in rows], dtype="<f4")
        return pack(header, [("length", seconds)])
    if name == "folder":
        header["names"], places = group_folders([row[1] or "" for row in rows])
        return pack(header, [("folder", np.array(places, dtype=np.uint8))])
    if name == "label":
        kept = np.isin([row[0] for row in rows], _labelled(session, label))
        return pack(header, [("label", kept.astype(np.uint8))])
    tagged = dict(session.database.execute(statement("page/point_tags")).fetchall())
    labels = sorted(set(tagged.values()))
    names = dict(session.database.execute("SELECT label_id, name FROM labels").fetchall())
    header["names"] = [names[label] for label in labels]
    place = {label: index for index, label in enumerate(labels)}
    columns = [place[tagged[row[0]]] if row[0] in tagged else -1 for row in rows]
    return pack(header, [("tag", np.array(columns, dtype="<i2"))])


def _labelled(session: Session, label: str) -> npt.NDArray[np.int64]:
    from sqlclap.search.planner import Planner
    from sqlclap.search.request import Filter

    return session.cache(Planner).filters.sample_ids(session.database, Filter(label=label))


def group_folders(paths: list[str]) -> tuple[list[str], list[int]]:
    """Group paths by the first folder in which they differ.

    Returns
    -------
    names : list of str
        The largest `FOLDERS` groups; a last one stands for all others, if there are more.
    places : list of int
        For each path, where its group is in `names`.
    """
    folders = [path.rpartition("/")[0].split("/") for path in paths]
    common = 0
    while (
        folders
        and all(len(one) > common + 1 for one in folders)
        and (len({one[common] for one in folders}) == 1)
    ):
        common += 1
    groups = ["/".join(one[: common + 1]) or "(top)" for one in folders]
    largest = [name for name, _ in Counter(groups).most_common(FOLDERS)]
    names = sorted(largest)
    place = {name: index for index, name in enumerate(names)}
    if len(place) < len(set(groups)):
        names.append("(others)")
    return names, [place.get(group, len(place)) for group in groups]


def pack(header: dict[str, Any], columns: list[tuple[str, npt.NDArray[Any]]]) -> bytes:
    """Put columns behind a header that describes them; each starts at a multiple of 4."""
    described, parts, at = [], [], 0
    for name, values in columns:
        raw = values.tobytes()
        kind = f"{values.dtype.kind}{values.dtype.itemsize}"
        described.append({"name": name, "type": kind, "offset": at})
        padding = -len(raw) % 4
        parts.append(raw + bytes(padding))
        at += len(raw) + padding
    count = len(columns[0][1])
    text = json.dumps(header | {"count": count, "columns": described}).encode()
    text += b" " * (-len(text) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + b"".join(parts)


def _bounds(places: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Return a square's lower corner and its side, so that distances keep their shape."""
    import numpy as np

    low, high = places.min(axis=0), places.max(axis=0)
    side = MARGIN * max(float((high - low).max()), 1e-9)
    return low - (side - (high - low)) / 2, np.array([side, side])


def describe_clusters(
    clusters: npt.NDArray[np.float64],
    scaled: npt.NDArray[np.uint16],
    names: tuple[PointName, ...],
) -> list[dict[str, Any]]:
    """Tell each cluster's and group's name, level, size and middle.

    The middle is the median of its points, in map units.
    """
    named = {name.cluster: name for name in names}
    members = _members(clusters)
    for name in names:
        if name.parent is not None and name.cluster in members:
            members.setdefault(name.parent, []).extend(members[name.cluster])
    return [
        _describe(number, scaled[places], named.get(number))
        for number, places in sorted(members.items())
    ]


def _members(clusters: npt.NDArray[np.float64]) -> dict[int, list[int]]:
    """Return the points of each cluster; those of no cluster are left out."""
    import numpy as np

    order = np.argsort(clusters, kind="stable")
    numbers, starts = np.unique(clusters[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(numbers) else []
    pairs = zip(numbers.tolist(), parts, strict=True)
    return {int(number): part.tolist() for number, part in pairs if number >= 0}


def _describe(
    number: int, places: npt.NDArray[np.uint16], name: PointName | None
) -> dict[str, Any]:
    import numpy as np

    x, y = np.median(places, axis=0)
    where = {"cluster": number, "count": len(places), "x": int(x), "y": int(y)}
    return where | {"name": name.name if name else "", "level": name.level if name else 0}
