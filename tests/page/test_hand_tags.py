"""Tags by hand: whole or not at all, undone as any run, of one library's samples alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.page.test_writing import rows
from tests.page.visiting import Site

KEPT = "SELECT label_id, sample_id, run_id, confidence FROM tags ORDER BY run_id, sample_id"
COUNTS = """
    SELECT (SELECT count(*) FROM labels), (SELECT count(*) FROM tag_runs),
        (SELECT count(*) FROM tags), (SELECT count(*) FROM anchors), (SELECT count(*) FROM votes)
"""


def test_samples_are_tagged_by_hand_and_untagged(site: Site, library: Path) -> None:
    visitor = site.local
    body = {"label": "field", "sample_ids": [4, 2, 4], "create": True}
    answer = visitor.post("api/tags/by-hand", body)
    assert (answer.status_code, answer.json()["tagged"]) == (201, 2)
    assert rows(library, KEPT) == [(1, 2, 1, "hand"), (1, 4, 1, "hand")]
    assert rows(library, COUNTS) == [(1, 1, 2, 0, 0)]
    told = visitor.json("sample/2")["tags"]
    assert told == [{"label": "field", "score": None, "confidence": "hand"}]
    assert visitor.json("api/tags")["runs"][0]["confidence"] == "hand"
    undone = visitor.post("api/tags/undo", {"run_id": answer.json()["run_id"]})
    assert undone.json()["removed"] == 2
    assert rows(library, KEPT) == []


def test_tags_by_hand_keep_the_score_of_their_time(site: Site) -> None:
    visitor = site.local
    visitor.post("api/anchors", {"label": "noise", "sample_ids": [1, 2], "create": True})
    visitor.post("api/tags/by-hand", {"label": "Noise", "sample_ids": [1, 3]})
    found = {one["sample_id"]: one for one in visitor.json("api/tags", label="noise")["tags"]}
    assert {one["confidence"] for one in found.values()} == {"hand"}
    assert all(one["score"] > 0 for one in found.values())
    matches = visitor.json("api/matches", label="noise", n=50)["matches"]
    score = next(one["score"] for one in matches if one["sample_id"] == 3)
    assert found[3]["score"] == pytest.approx(score, abs=1e-6)


def test_the_map_and_searches_know_tags_by_hand(site: Site) -> None:
    visitor = site.local
    visitor.post("api/tags/by-hand", {"label": "field", "sample_ids": [5], "create": True})
    (found,) = visitor.json("api/search", q="tone", tag="field")["matches"]
    assert found["sample_id"] == 5
    assert b"field" in visitor.get("api/points/tag").content
    (label,) = visitor.json("api/labels")["labels"]
    assert (label["tagged"], label["anchors"]) == (1, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"label": "new", "sample_ids": [1, 999], "create": True}, 404),
        ({"label": "new", "sample_ids": [1]}, 404),
        ({"label": " ", "sample_ids": [1], "create": True}, 400),
        ({"label": "new", "sample_ids": [], "create": True}, 400),
        ({"label": "new", "sample_ids": "all", "create": True}, 400),
        ({"label": "new", "sample_ids": ["*"], "create": True}, 400),
        ({"label": "new", "sample_ids": [True], "create": True}, 400),
        ({"label": "new", "sample_ids": [0], "create": True}, 400),
        ({"label": "new", "sample_ids": [2**64], "create": True}, 400),
        ({"label": "new", "sample_ids": ["1 OR 1=1"], "create": True}, 400),
    ],
)
def test_forged_ids_leave_nothing_behind(
    body: dict[str, Any], status: int, site: Site, library: Path
) -> None:
    answer = site.local.post("api/tags/by-hand", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert rows(library, COUNTS) == [(0, 0, 0, 0, 0)]
