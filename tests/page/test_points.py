"""The map's points as binary columns."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.points import pack

import sqlclap
from tests.page.visiting import Site
from tests.support.map_tables import LAYOUT

TYPES = {"u1": "u1", "u2": "<u2", "u4": "<u4", "i2": "<i2", "f4": "<f4", "f8": "<f8"}


def unpack(payload: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a payload as its description says."""
    assert payload[:4] == b"SQCP"
    (length,) = struct.unpack("<I", payload[4:8])
    assert length % 8 == 0
    header = json.loads(payload[8 : 8 + length])
    columns = {}
    for column in header["columns"]:
        at = 8 + length + column["offset"]
        kind = TYPES[column["type"]]
        columns[column["name"]] = np.frombuffer(payload, kind, header["count"], at)
    return header, columns


def test_points_are_the_layouts(site: Site, library: Path) -> None:
    header, columns = unpack(site.anyone.get("api/points").content)
    with sqlite3.connect(library) as connection:
        rows = connection.execute(
            "SELECT sample_id, x, y, cluster FROM layout_umap JOIN clusters USING (sample_id) "
            "ORDER BY sample_id"
        ).fetchall()
    connection.close()
    stored = np.array(rows)
    assert columns["id"].tolist() == stored[:, 0].tolist()
    assert columns["cluster"].tolist() == stored[:, 3].tolist()
    left, bottom, right, top = header["bounds"]
    step = (right - left) / 65_535
    np.testing.assert_allclose(left + columns["x"] * step, stored[:, 1], atol=step)
    np.testing.assert_allclose(bottom + columns["y"] * step, stored[:, 2], atol=step)
    assert right - left == pytest.approx(top - bottom)


def test_clusters_are_described(site: Site) -> None:
    header, columns = unpack(site.anyone.get("api/points").content)
    for cluster in header["clusters"]:
        members = columns["cluster"] == cluster["cluster"]
        assert cluster["count"] == members.sum()
        assert abs(cluster["x"] - np.median(columns["x"][members])) <= 1
    assert {"tones", "noises"} <= {cluster["name"] for cluster in header["clusters"]}


def test_points_take_at_most_twelve_bytes_each() -> None:
    count = 10_000
    columns = [
        ("id", np.arange(count, dtype="<u4")),
        ("x", np.zeros(count, "<u2")),
        ("y", np.zeros(count, "<u2")),
        ("cluster", np.zeros(count, "<i2")),
    ]
    clusters = [{"cluster": n, "name": "a name of a cluster", "count": 9} for n in range(60)]
    assert len(pack({"clusters": clusters}, columns)) / count <= 12


def test_browsers_keep_points_until_the_map_changes(site: Site, library: Path) -> None:
    visitor = site.anyone
    first = visitor.get("api/points")
    version = first.headers["etag"].strip('"')
    assert "no-cache" in first.headers["cache-control"]
    kept = visitor.get("api/points", params={"version": version})
    assert "immutable" in kept.headers["cache-control"]
    again = visitor.get("api/points", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with sqlite3.connect(library) as connection:
        connection.execute("UPDATE layouts SET is_current = 0")
        connection.execute(LAYOUT.replace("(1, 1,", "(2, 1,"))
        connection.execute(
            "INSERT INTO layout_umap (layout_id, sample_id, x, y) "
            "SELECT 2, sample_id, y, x FROM layout_umap LIMIT 5"
        )
    connection.close()
    changed = visitor.get("api/points", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert unpack(changed.content)[0]["count"] == 5
    stale = visitor.get("api/points", params={"version": version})
    assert "immutable" not in stale.headers["cache-control"]


def test_more_columns_come_in_the_same_order(site: Site, library: Path) -> None:
    _, base = unpack(site.anyone.get("api/points").content)
    with sqlite3.connect(library) as connection:
        stored = dict(connection.execute("SELECT sample_id, duration_s FROM samples"))
        paths = dict(connection.execute("SELECT sample_id, path FROM samples"))
    connection.close()
    _, lengths = unpack(site.anyone.get("api/points/length").content)
    wanted = [stored[one] for one in base["id"].tolist()]
    np.testing.assert_allclose(lengths["length"], wanted, rtol=1e-5)
    header, folders = unpack(site.anyone.get("api/points/folder").content)
    named = [header["names"][place] for place in folders["folder"]]
    assert named == [paths[one].rpartition("/")[0] or "(top)" for one in base["id"].tolist()]
    assert site.anyone.get("api/points/secrets").status_code == 404


def test_tags_are_a_column(site: Site) -> None:
    site.local.post("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    site.local.post("api/tags", {"labels": ["noise"], "confidence": "low"})
    header, columns = unpack(site.anyone.get("api/points/tag").content)
    assert header["names"] == ["noise"]
    assert set(columns["tag"].tolist()) <= {-1, 0}
    assert (columns["tag"] == 0).any()


def test_a_library_without_a_map_says_so(tmp_path: Path, open_site: Callable[..., Site]) -> None:
    with sqlclap.open(tmp_path / "sounds.db"):
        pass
    visitor = open_site(tmp_path / "sounds.db").anyone
    answer = visitor.get("api/points")
    assert answer.status_code == 409
    assert "error" in answer.json()
    assert visitor.get("map").status_code == 200
    assert visitor.get("labels").status_code == 200


SAME_NUMBERS = {
    "other places": "UPDATE layout_umap SET x = y, y = x",
    "other clusters": "UPDATE clusters SET cluster = 1 - cluster WHERE cluster IN (0, 1)",
    "drawn at another time": "UPDATE layouts SET created_at = '2001-01-01T00:00:00.000Z'",
    "clustered at another time": "UPDATE clusterings SET created_at = '2001-01-01T00:00:00.000Z'",
}


@pytest.mark.parametrize("other", SAME_NUMBERS.values(), ids=SAME_NUMBERS.keys())
def test_a_map_with_the_ids_of_another_is_sent_anew(site: Site, library: Path, other: str) -> None:
    """As after a backup was restored: the next map has the id that another had before."""
    visitor = site.anyone
    first = visitor.get("api/points")
    with sqlite3.connect(library) as connection:
        connection.execute(other)
    connection.close()
    asked = {"if-none-match": first.headers["etag"]}
    again = visitor.get("api/points", headers=asked)
    assert (again.status_code, again.headers["etag"] != first.headers["etag"]) == (200, True)
    assert unpack(again.content)[0]["version"] != unpack(first.content)[0]["version"]
