"""Favourites, ratings, notes, recent uses and collections over HTTP: as Python has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.page.visiting import Site, Visitor


def ids(visitor: Visitor, path: str, **params: Any) -> list[int]:
    return [one["sample_id"] for one in visitor.json(path, **params)["samples"]]


def write(visitor: Visitor, path: str, **body: Any) -> dict[str, Any]:
    answer = visitor.post(path, body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_what_is_kept_is_kept_as_in_python(site: Site, library: Path) -> None:
    visitor = site.local
    assert write(visitor, "api/favourites", sample_ids=[3, 1])["changed"] == 2
    assert write(visitor, "api/favourites/remove", sample_ids=[3, 4])["changed"] == 1
    write(visitor, "api/ratings", sample_ids=[1, 2], rating=5)
    write(visitor, "api/ratings", sample_ids=[2], rating=None)
    write(visitor, "api/notes", sample_ids=[4], note="from the stairwell")
    write(visitor, "api/recent", sample_ids=[5], action="play")
    stranger = site.anyone
    lists = {name: ids(stranger, f"api/{name}") for name in ("favourites", "ratings", "notes")}
    assert lists == {"favourites": [1], "ratings": [1], "notes": [4]}
    assert ids(stranger, "api/recent", n=3) == [5]
    told = stranger.post("api/kept", {"sample_ids": [4, 999, 1]}).json()["samples"]
    assert [one["sample_id"] for one in told] == [4, 1]
    assert (told[1]["favourite"], told[1]["rating"], told[0]["note"]) == (
        True, 5, "from the stairwell",
    )  # fmt: skip
    assert "file" not in told[0]
    assert [one["sample_id"] for one in found(stranger, favourite=1)] == [1]
    site.close()  # one process must not open a file with two SQLites
    with sqlclap.open(library, mode="read") as opened:
        assert opened.curation.of(1).rating == 5
        assert [one.sample_id for one in opened.curation.favourites()] == [1]


def test_a_note_that_others_have_changed_in_between_is_not_written_over(site: Site) -> None:
    visitor = site.local
    write(visitor, "api/notes", sample_ids=[4], note="dry", was=None)
    write(visitor, "api/notes", sample_ids=[4], note="dry, close", was="dry")
    for was, known in ((None, "seen before it was there"), ("dry", "seen before it was changed")):
        late = visitor.post("api/notes", {"sample_ids": [4], "note": known, "was": was})
        assert (late.status_code, late.json()["code"]) == (409, "changed_since")
        assert "changed to “dry, close”" in late.json()["error"]
    late = visitor.post("api/notes", {"sample_ids": [4, 5], "note": None, "was": "dry, close"})
    assert "the note was taken away" in late.json()["error"]  # of sound 5, which has none
    assert [one["note"] for one in visitor.json("api/notes")["samples"]] == ["dry, close"]
    write(visitor, "api/notes", sample_ids=[4], note="who doesn't say writes over it")


def found(visitor: Visitor, **params: Any) -> list[dict[str, Any]]:
    matches: list[dict[str, Any]] = visitor.json("api/search", q="tone", **params)["matches"]
    return matches


def test_a_collection_from_making_to_deleting(site: Site) -> None:
    visitor = site.local
    assert write(visitor, "api/collections", name="Track 7", sample_ids=[2, 1])["changed"] == 2
    write(visitor, "api/collections", name="Empty")
    write(visitor, "api/collections/remove", name="track 7", sample_ids=[2])
    write(visitor, "api/collections/rename", name="Track 7", new="B side")
    listed = site.anyone.json("api/collections")["collections"]
    assert [(one["name"], one["sounds"]) for one in listed] == [("B side", 1), ("Empty", 0)]
    assert ids(site.anyone, "api/collections/sounds", name="b side") == [1]
    assert [one["sample_id"] for one in found(visitor, collection="B side")] == [1]
    write(visitor, "api/collections/delete", name="B side")
    assert len(visitor.json("api/collections")["collections"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("api/favourites", {"sample_ids": [1, 999]}, 404),
        ("api/favourites", {"sample_ids": ["*"]}, 400),
        ("api/ratings", {"sample_ids": [1], "rating": 6}, 400),
        ("api/ratings", {"sample_ids": [1]}, 400),
        ("api/notes", {"sample_ids": [1], "note": " "}, 400),
        ("api/notes", {"sample_ids": [1], "note": "x" * 10_001}, 400),
        ("api/recent", {"sample_ids": [1], "action": "open"}, 400),
        ("api/collections", {"name": " ", "sample_ids": [1]}, 400),
        ("api/collections", {"name": "x", "sample_ids": []}, 400),
        ("api/collections/remove", {"name": "none", "sample_ids": [1]}, 404),
        ("api/collections/rename", {"name": "a", "new": "b"}, 409),
        ("api/collections/delete", {"name": "none"}, 404),
        ("api/collections/sounds?name=none", None, 404),
        ("api/recent?n=0", None, 400),
    ],
)
def test_what_cannot_be_kept_is_told_and_changes_nothing(
    path: str, body: dict[str, Any] | None, status: int, site: Site
) -> None:
    visitor = site.local
    for name in ("a", "b"):
        write(visitor, "api/collections", name=name, sample_ids=[1])
    before = kept(visitor)
    answer = visitor.get(path) if body is None else visitor.post(path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert kept(visitor) == before


def kept(visitor: Visitor) -> Any:
    told = visitor.post("api/kept", {"sample_ids": [*range(1, 13)]}).json()
    return told, visitor.json("api/collections")


def test_every_kind_of_write_is_undone_in_one_way(site: Site) -> None:
    visitor = site.local
    visitor.post("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    before = state(visitor)
    writes: list[tuple[str, dict[str, Any]]] = [
        ("api/anchors", {"label": "noise", "sample_ids": [1], "polarity": "negative"}),
        ("api/anchors/remove", {"label": "noise", "sample_ids": [7]}),
        ("api/votes", {"label": "noise", "sample_ids": [2], "verdict": "reject"}),
        ("api/tags/by-hand", {"label": "noise", "sample_ids": [3]}),
        ("api/labels/change", {"label": "noise", "threshold": 0.4}),
        ("api/labels", {"name": "tone"}),
        ("api/favourites", {"sample_ids": [1, 2]}),
        ("api/ratings", {"sample_ids": [1], "rating": 2}),
        ("api/notes", {"sample_ids": [1], "note": "dry"}),
        ("api/collections", {"name": "x", "sample_ids": [1]}),
        ("api/collections/rename", {"name": "x", "new": "y"}),
        ("api/labels/remove", {"label": "noise"}),
    ]
    made = [visitor.post(path, body).headers for path, body in writes]
    ids = [int(headers["sqlclap-change"]) for headers in made]
    listed = visitor.json("api/history")["changes"]
    assert [one["change_id"] for one in reversed(listed)][1:] == ids
    assert listed[0]["what"] == "Label removed: noise"
    for one in reversed(ids):
        undone = visitor.post("api/history/undo", {"change_id": one})
        assert undone.json()["change"]["undone"] is True, undone.text
        assert "sqlclap-change" not in undone.headers
    assert state(visitor) == before
    assert visitor.post("api/history/redo", {"change_id": ids[0]}).status_code == 200
    assert visitor.post("api/history/redo", {"change_id": ids[0]}).status_code == 409
    assert visitor.post("api/history/undo", {"change_id": 1}).status_code == 404


def state(visitor: Visitor) -> Any:
    asked = [("api/labels", {}), ("api/anchors", {"label": "noise"}), ("api/tags", {})]
    return [visitor.json(path, **params) for path, params in asked], kept(visitor)


def test_of_two_browsers_neither_loses_a_word(site: Site) -> None:
    one, other = site.local, site.local
    body = {"sample_ids": [1], "rating": 2}
    change = one.post("api/ratings", body).headers["sqlclap-change"]
    other.post("api/ratings", body | {"rating": 5})
    refused = one.post("api/history/undo", {"change_id": int(change)})
    assert refused.status_code == 409
    assert "have changed in between" in refused.json()["error"]
    assert other.post("api/kept", {"sample_ids": [1]}).json()["samples"][0]["rating"] == 5


def test_strangers_are_not_told_what_was_done(site: Site) -> None:
    site.local.post("api/collections", {"name": "Secret", "sample_ids": [1]})
    answer = site.anyone.get("api/history")
    assert answer.status_code == 403
    assert "Secret" not in answer.text
