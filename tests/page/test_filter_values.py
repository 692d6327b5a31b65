"""What filters can be set to, and whom they keep, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlclap
from sqlclap.search.request import Filter
from tests.page.test_points import unpack
from tests.page.visiting import Site


def test_folders_are_told(site: Site) -> None:
    found = site.anyone.json("api/folders")["folders"]
    assert [(one["path"], one["samples"], one["has_folders"]) for one in found] == [
        ("noises", 5, False),
        ("tones", 6, False),
    ]
    assert site.anyone.json("api/folders", below="tones")["folders"] == []


def test_values_that_may_not_be_seen_are_not_told_of(library: Path, open_site: Any) -> None:
    site = open_site(library, hidden_table="deployments")
    assert site.anyone.get("api/facets?facet=site").status_code == 403
    assert site.local.get("api/facets?facet=site").status_code == 200
    assert site.anyone.get("api/facets?facet=key").status_code == 200
    kept = site.anyone.get("api/points/kept", params={"site": "tones"})
    assert kept.status_code == 403


def test_one_column_tells_whom_all_filters_keep(site: Site, heard: Path) -> None:
    _, base = unpack(site.anyone.get("api/points").content)
    only: dict[str, Any] = {"folder": "noises", "text": "noise", "max_length": 1.5}
    _, columns = unpack(site.anyone.get("api/points/kept", params=only).content)
    with sqlclap.open(heard, mode="read") as library:
        wanted = {one.sample_id for one in library.samples(Filter(**only))}
    assert 0 < len(wanted) < 5
    assert {
        one for one, kept in zip(base["id"].tolist(), columns["kept"], strict=True) if kept
    } == (wanted)
    for path, given in (("kept", {}), ("text", {"text": "a", "folder": "b"}), ("length", only)):
        refused = site.anyone.get(f"api/points/{path}", params=given)
        assert refused.status_code == 400
