"""What files say, over HTTP: of one sound, and as a filter of the map."""

from __future__ import annotations

from pathlib import Path

import sqlclap
from sqlclap.records import records
from tests.page.test_points import unpack
from tests.page.visiting import Site


def test_a_sound_has_its_metadata(site: Site, library: Path) -> None:
    sample_id = site.anyone.json("api/similar", sample=3, text="wine glass")["matches"][0][
        "sample_id"
    ]
    with sqlclap.open(library, mode="read") as opened:
        entries = records(opened.metadata(sample_id))
    answer = site.anyone.json(f"sample/{sample_id}")
    assert answer["metadata"] == entries
    assert {"field": "title", "value": "Wine glass", "origin": "info"}.items() <= entries[
        -1
    ].items()
    assert site.anyone.json("sample/3")["metadata"] == []


def test_points_tell_whom_words_keep(site: Site) -> None:
    _, base = unpack(site.anyone.get("api/points").content)
    _, columns = unpack(site.anyone.get("api/points/text?text=noise OR glass").content)
    kept = base["id"][columns["text"] == 1].tolist()
    found = site.anyone.json("api/search", q="tone", n=50, text="noise OR glass")["matches"]
    assert kept == sorted(match["sample_id"] for match in found)
    assert 0 < len(kept) < len(base["id"])
    for refused in (
        "text",
        "text?label=a",
        "length?text=a",
        "text?text=%22",
        "label?label=a&text=b",
    ):
        assert site.anyone.get(f"api/points/{refused}").status_code == 400
