"""Ready queries: in Datasette 0.65 and 1.0, linked, and right."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound

NAMES = ("similar_sounds", "label_finds", "uncertain", "near_duplicates", "unlabelled")


def answer(site: Site, name: str, **parameters: object) -> list[dict[str, Any]]:
    """Ask a ready query as anyone may."""
    asked = {"_shape": "objects"} | parameters
    found = site.anyone.get(f"/sounds/sqlclap_{name}.json", params=asked)
    assert found.status_code == 200, found.text
    rows: list[dict[str, Any]] = found.json()["rows"]
    return rows


@pytest.fixture
def labelled(site: Site) -> Site:
    """The site, with a label of two anchors."""
    body = {"label": "noise", "sample_ids": [2, 3], "create": True}
    assert site.local.post("api/anchors", body).status_code == 200
    return site


@pytest.mark.parametrize("name", NAMES)
def test_each_is_linked_and_opens_before_anything_is_filled_in(name: str, labelled: Site) -> None:
    link = f"/sounds/sqlclap_{name}"
    assert link in labelled.anyone.get("/sounds").text
    opened = labelled.anyone.get(link)
    assert opened.status_code == 200
    assert "user-defined function raised" not in opened.text


def test_similar_sounds_are_those_of_the_api(labelled: Site) -> None:
    rows = answer(labelled, "similar_sounds", sample_id=4)
    assert rows[0]["sample_id"] == 4
    told = labelled.anyone.json("api/similar", sample=4, n=49)["matches"]
    assert [row["sample_id"] for row in rows[1:]] == [match["sample_id"] for match in told]
    assert rows[1]["score"] == pytest.approx(told[0]["score"], abs=1e-5)


def test_what_a_label_finds_is_what_the_api_finds(labelled: Site) -> None:
    labelled.local.post("api/votes", {"label": "noise", "sample_ids": [5], "verdict": "reject"})
    rows = answer(labelled, "label_finds", label=" Noise ")
    told = labelled.anyone.json("api/matches", label="noise", n=200)["matches"]
    assert [row["sample_id"] for row in rows] == [match["sample_id"] for match in told]
    assert [row["confidence"] for row in rows] == [match["confidence"] for match in told]
    assert not {2, 3, 5} & {row["sample_id"] for row in rows}


def test_uncertain_sounds_lie_near_the_threshold_and_have_no_vote(labelled: Site) -> None:
    labelled.local.post("api/labels/change", {"label": "noise", "threshold": 0.5})
    labelled.local.post("api/votes", {"label": "noise", "sample_ids": [6], "verdict": "unsure"})
    rows = answer(labelled, "uncertain", label="noise")
    away = [row["from_threshold"] for row in rows]
    assert away == sorted(away)
    assert away[0] == pytest.approx(abs(rows[0]["score"] - 0.5))
    assert {row["sample_id"] for row in rows} == {*range(1, 13)} - {2, 3, 6}


def test_labels_that_cannot_score_or_are_not_there_find_nothing(labelled: Site) -> None:
    labelled.local.post("api/labels", {"name": "empty"})
    for label in ("empty", "nothing", "' OR 1=1 --"):
        assert answer(labelled, "label_finds", label=label) == []
        assert answer(labelled, "uncertain", label=label) == []


def test_near_duplicates_are_pairs_that_sound_alike(
    tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    folder = tmp_path / "twice"
    for name, sound in {"a": tone(220), "b": tone(900), "c": noise(1), "d": noise(2)}.items():
        write_sound(folder / f"{name}.wav", sound)
        write_sound(folder / "softer" / f"{name}.flac", 0.8 * sound)
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.ingest([folder])
    site = open_site(tmp_path / "sounds.db")
    pairs = {
        frozenset(Path(path).stem for path in (row["path"], row["other"]))
        for row in answer(site, "near_duplicates", least=0.99)
    }
    assert {frozenset(name) for name in "abcd"} <= pairs
    assert frozenset("ac") not in pairs
    scores = [row["score"] for row in answer(site, "near_duplicates")]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= 0.98  # without a least one
    assert answer(site, "near_duplicates", least=1.1) == []


def test_unlabelled_sounds_have_neither_tag_nor_anchor(labelled: Site) -> None:
    labelled.local.post("api/tags/by-hand", {"label": "noise", "sample_ids": [7]})
    rows = answer(labelled, "unlabelled")
    assert {row["sample_id"] for row in rows} == {*range(1, 13)} - {2, 3, 7}


def test_rows_of_samples_and_labels_lead_to_their_queries(labelled: Site) -> None:
    html = labelled.anyone.get("/sounds/samples").text
    (like, *_) = re.findall(r'class="sqlclap-like" href="([^"]+)"', html)
    assert labelled.anyone.get(unescape(like)).status_code == 200
    name = 'a "b" & c'
    labelled.local.post("api/labels", {"name": name})
    html = labelled.anyone.get("/sounds/labels").text
    links = re.findall(r'class="sqlclap-(?:finds|uncertain)" href="([^"]+)"', html)
    assert len(links) == 4
    for link in links:
        assert labelled.anyone.get(unescape(link)).status_code == 200
