"""The library changes under the page: new sounds, a new index, a new map."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3

from tests.page.visiting import Site
from tests.support.sounds import noise, write_sound

NEW_MAP = (
    "UPDATE layouts SET is_current = 0",
    "INSERT INTO layouts (layout_id, model_id, params, seed, quality, seconds, is_current) "
    "VALUES (2, 1, '{}', 1, '{}', 0, 1)",
    "INSERT INTO layout_umap (layout_id, sample_id, x, y) "
    "SELECT 2, sample_id, sample_id, -sample_id FROM samples",
)


def sqlclap(*arguments: str | Path) -> str:
    """Run a command in a process of its own, as someone else would."""
    command = [sys.executable, "-m", "sqlclap", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def draw_anew(library: Path) -> None:
    with sqlite3.connect(library) as connection:
        for statement in NEW_MAP:
            connection.execute(statement)
    connection.close()


def header_of(payload: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<I", payload, 4)
    return dict(json.loads(payload[8 : 8 + length]))


@pytest.mark.slow
def test_the_page_follows_a_new_generation_and_a_new_map(site: Site, library: Path) -> None:
    visitor = site.local
    sqlclap("index", "build", library)
    before = visitor.json("api/search", q="noise", n=50)
    assert before["plan"]["path"] != "exact"
    points = visitor.get("api/points")
    etag = {"if-none-match": points.headers["etag"]}
    assert visitor.get("api/points", headers=etag).status_code == 304

    write_sound(library.parent / "more" / "new-noise.wav", noise(77))
    assert "1 new" in sqlclap("ingest", library, library.parent / "more")
    sqlclap("index", "build", library, "--rebuild")
    draw_anew(library)

    after = visitor.json("api/search", q="noise", n=50)
    assert after["plan"]["path"] != "exact"
    new = {one["sample_id"] for one in after["matches"]}
    assert new - {one["sample_id"] for one in before["matches"]} == {13}
    assert visitor.json("api/similar", sample=13, n=3)["matches"]
    again = visitor.get("api/points", headers=etag)
    assert again.status_code == 200
    assert header_of(again.content)["count"] == header_of(points.content)["count"] + 1
    assert header_of(again.content)["version"] != header_of(points.content)["version"]
    body = {"label": "noise", "sample_ids": [13], "create": True}
    assert visitor.post("api/tags/by-hand", body).status_code == 201
