"""What is said of a set's sounds over HTTP: as of a library's, and kept where the set keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sqlclap.shards import open_set
from tests.page.sets.visiting import Twin
from tests.page.test_points import unpack


def matches_of(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["sample_id"], one["confidence"], pytest.approx(one["score"], abs=1e-5))
        for one in answer["matches"]
    ]


def polarities(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return sorted((one["sample_id"], one["polarity"]) for one in answer["anchors"])


def test_labels_find_what_those_of_one_library_do(twin: Twin, set_folder: Path) -> None:
    said = (
        ("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True}),
        ("api/anchors", {"label": "tone", "sample_ids": [1], "create": True}),
        ("api/anchors", {"label": "noise", "sample_ids": [2], "polarity": "negative"}),
        ("api/labels/change", {"label": "tone", "color": "#aabbcc"}),
    )
    for path, body in said:
        wanted, found = twin.posted(path, body)
        assert found["ok"]
        assert found.get("changed") == wanted.get("changed")
    for label in ("noise", "tone"):
        for more in ({}, {"moments": 1}, {"folder": "noises"}):
            wanted, found = twin.both("api/matches", label=label, n=12, **more)
            assert matches_of(found) == matches_of(wanted)
        wanted, found = twin.both("api/anchors", label=label)
        told = [
            [(one["sample_id"], one["polarity"]) for one in part["anchors"]]
            for part in (wanted, found)
        ]
        assert sorted(told[0]) == sorted(told[1])
    wanted, found = twin.both("api/labels")
    assert found == wanted
    kept = twin.of_set.local.json("api/search", q="tone", label="noise", n=12)["matches"]
    assert {one["sample_id"] for one in kept} == {twin.ids[7], twin.ids[8]}
    twin.posted("api/collections", {"name": "kept", "sample_ids": [1, 7]})
    wanted, found = twin.both("api/facets", facet="label,collection")
    assert found == wanted
    assert [one["sounds"] for one in found["facets"][0]["values"]] == [2, 1]
    wanted, found = twin.posted("api/anchors/remove", {"label": "noise", "sample_ids": [8]})
    assert (found["removed"], wanted["removed"]) == (1, 1)
    twin.of_set.close()
    with open_set(set_folder / "sounds.toml") as opened:
        assert [one.sample_id for one in opened.labels.anchors("tone")] == [twin.ids[1]]


def test_votes_and_changes_are_undone(twin: Twin) -> None:
    visitor = twin.of_set.local
    visitor.post("api/anchors", {"label": "noise", "sample_ids": [twin.ids[7]], "create": True})
    vote = {"label": "noise", "sample_ids": [twin.ids[9]], "verdict": "accept"}
    (number,) = visitor.post("api/votes", vote).json()["vote_ids"]
    votes = visitor.json("api/votes", label="noise")["votes"]
    assert [(one["sample_id"], one["verdict"]) for one in votes] == [(twin.ids[9], "accept")]
    events = visitor.json(f"sample/{twin.ids[9]}/events", label="noise")
    assert [one["label"] for one in events["votes"]] == ["noise"]
    assert {one["sample_id"] for one in events["matches"]} <= {twin.ids[9]}
    assert visitor.post("api/votes/undo", {"vote_id": number}).json()["ok"]
    assert visitor.json("api/votes", label="noise")["votes"] == []
    answer = visitor.post("api/anchors", {"label": "noise", "sample_ids": [twin.ids[8]]})
    change = int(answer.headers["Sqlclap-Change"])
    assert visitor.json("api/history")["changes"][0]["change_id"] == change
    assert visitor.post("api/history/undo", {"change_id": change}).status_code == 200
    anchors = visitor.json("api/anchors", label="noise")["anchors"]
    assert [one["sample_id"] for one in anchors] == [twin.ids[7]]


def test_what_is_kept_is_undone_in_its_shards(twin: Twin) -> None:
    visitor = twin.of_set.local
    sounds = [twin.ids[3], twin.ids[7], twin.ids[9]]
    answer = visitor.post("api/favourites", {"sample_ids": sounds})
    assert answer.headers["Sqlclap-Change-Told"] == "3%20favourites%20added"
    change = {"change_id": int(answer.headers["Sqlclap-Change"])}
    for path, count in (("api/history/undo", 0), ("api/history/redo", 3), ("api/history/undo", 0)):
        assert visitor.post(path, change).status_code == 200
        assert len(visitor.json("api/favourites")["samples"]) == count
    assert visitor.post("api/history/undo", change).status_code == 409


def test_what_is_kept_is_kept_beside_its_sound(twin: Twin) -> None:
    said = (
        ("api/favourites", {"sample_ids": [3, 7]}),
        ("api/favourites/remove", {"sample_ids": [3]}),
        ("api/ratings", {"sample_ids": [2, 9], "rating": 4}),
        ("api/notes", {"sample_ids": [5], "note": "for the intro"}),
        ("api/recent", {"sample_ids": [5], "action": "play"}),
        ("api/collections", {"name": "kit", "sample_ids": [1, 8]}),
        ("api/collections/remove", {"name": "kit", "sample_ids": [1]}),
    )
    for path, body in said:
        wanted, found = twin.posted(path, body)
        assert found == wanted, path
    for path in ("api/favourites", "api/notes", "api/recent"):
        wanted, found = twin.both(path)
        told = [[one["sample_id"] for one in part["samples"]] for part in (wanted, found)]
        assert told[0] == told[1], path
    wanted, found = twin.posted("api/kept", {"sample_ids": [1, 2, 5, 7, 8]})
    for one, other in zip(found["samples"], wanted["samples"], strict=True):
        for name in ("sample_id", "path", "favourite", "rating", "note", "collections"):
            assert one[name] == other[name]
    kept = twin.of_set.local.json("api/search", q="tone", favourite="true", n=12)["matches"]
    assert [one["sample_id"] for one in kept] == [twin.ids[7]]
    found = twin.of_set.local.json("api/collections/sounds", name="kit")
    assert [one["sample_id"] for one in found["samples"]] == [twin.ids[8]]


def test_clusters_get_names(twin: Twin) -> None:
    refused = twin.of_set.local.post("api/clusters/rename", {"cluster": 99, "name": "x"})
    assert refused.status_code == 404


def test_a_label_is_reviewed_over_all_shards(twin: Twin) -> None:
    twin.posted("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    twin.posted("api/anchors", {"label": "tone", "sample_ids": [1, 2], "create": True})
    wanted, found = twin.posted("api/review", {"label": "noise", "n": 6, "seed": 3})
    for part in (wanted, found):
        assert len(part["items"]) == 6
    told = [
        [(one["sample_id"], one["stratum"], one["confidence"]) for one in part["items"]]
        for part in (wanted, found)
    ]
    assert told[0] == told[1]
    wanted, found = twin.both("api/histogram", label="noise")
    assert found["counts"] == wanted["counts"]
    wanted, found = twin.both("api/rivals", label="noise")
    assert [(one["kind"], one["name"]) for one in found["suggested"] if one["kind"] == "label"] == [
        ("label", "tone")
    ]
    assert found["held_back"] == wanted["held_back"]
    wanted, found = twin.posted("api/review", {"label": "noise", "moments": True, "seed": 2})
    spans = [
        [(one["sample_id"], one["start_s"], one["end_s"]) for one in part["items"]]
        for part in (wanted, found)
    ]
    assert spans[0] == spans[1]
    assert spans[0]


def test_sounds_are_tagged_by_hand_and_that_is_undone(twin: Twin) -> None:
    wanted, found = twin.posted(
        "api/tags/by-hand", {"label": "hum", "sample_ids": [1, 5], "create": True}
    )
    assert (found["tagged"], wanted["tagged"]) == (2, 2)
    visitor = twin.of_set.local
    tagged = visitor.json("api/search", q="tone", label="hum", n=12)["matches"]
    assert {one["sample_id"] for one in tagged} == {twin.ids[1], twin.ids[5]}
    assert visitor.post("api/tags/undo", {"run_id": found["run_id"]}).status_code == 200
    assert visitor.json("api/labels")["labels"][0]["tagged"] == 0


def test_labels_are_asked_about_and_tagged_by_hand(twin: Twin) -> None:
    twin.posted("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    twin.posted("api/anchors", {"label": "tone", "sample_ids": [1], "create": True})
    wanted, found = twin.both("api/histogram", label="noise")
    assert found["bins"] == wanted["bins"] if "bins" in wanted else found.keys() == wanted.keys()
    wanted, found = twin.both("api/rivals", label="noise")
    assert (found["can_be_high"], found["looked_at"]) == (
        wanted["can_be_high"],
        wanted["looked_at"],
    )
    wanted, found = twin.posted("api/review", {"label": "noise", "n": 6, "seed": 1})
    assert len(found["items"]) == len(wanted["items"])
    assert {one["sample_id"] for one in found["items"]} <= {*twin.ids.values()}
    wanted, found = twin.posted("api/tags/by-hand", {"label": "noise", "sample_ids": [2, 9]})
    assert found["tagged"] == wanted["tagged"] == 2
    head, column = unpack(twin.of_set.local.get("api/points/tag").content)
    base = unpack(twin.of_set.local.get("api/points").content)[1]
    tagged = {one for one, at in zip(base["id"].tolist(), column["tag"], strict=True) if at >= 0}
    assert (head["names"], tagged) == (["noise"], {twin.ids[2], twin.ids[9]})
    wanted, found = twin.both("api/tags")
    assert [one["tagged"] for one in found["runs"]] == [one["tagged"] for one in wanted["runs"]]
    assert {one["sample_id"] for one in found["tags"]} == {twin.ids[2], twin.ids[9]}
    run = {"run_id": found["runs"][-1]["run_id"]}
    assert twin.of_set.local.post("api/tags/undo", run).json()["removed"] == 2


def test_runs_tag_sounds_of_all_shards_and_are_undone(twin: Twin) -> None:
    twin.posted("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    twin.posted("api/anchors", {"label": "tone", "sample_ids": [1], "create": True})
    twin.posted("api/tags/by-hand", {"label": "noise", "sample_ids": [7, 3]})
    ask = {"labels": ["noise", "tone"], "confidence": "low"}
    wanted, found = twin.posted("api/tags", ask | {"dry_run": True})
    assert [one["tagged"] for one in found["runs"]] == [one["tagged"] for one in wanted["runs"]]
    wanted, found = twin.posted("api/tags", ask)
    assert [one["tagged"] for one in found["runs"]] == [one["tagged"] for one in wanted["runs"]]
    assert sum(one["tagged"] for one in found["runs"]) > 4
    runs = [one["run_id"] for one in found["runs"]]
    wanted, found = twin.both("api/search", q="tone", label="noise", n=12)
    assert [one["sample_id"] for one in found["matches"]] == [
        one["sample_id"] for one in wanted["matches"]
    ]
    for asked in ({"label": "noise"}, {"label": "tone", "only_found": 1}):
        wanted, found = twin.both("api/recordings", **asked)
        assert found == wanted
    for path in ("api/annotations?from=tags", "api/annotations?from=tags&label=tone"):
        assert twin.of_set.local.get(path).text == twin.library.local.get(path).text
    for number, whole in twin.ids.items():
        tags = [
            sorted(
                (one["label"], one["confidence"]) for one in site.local.json(f"sample/{at}")["tags"]
            )
            for site, at in ((twin.library, number), (twin.of_set, whole))
        ]
        assert tags[0] == tags[1], number
    for run in runs:
        assert twin.of_set.local.post("api/tags/undo", {"run_id": run}).status_code == 200
    left = twin.of_set.local.json("api/recordings", label="tone", only_found=1)
    assert left["total"] == 0


def test_moments_are_reviewed_and_densities_told_over_all_shards(twin: Twin) -> None:
    twin.posted("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    twin.posted("api/anchors", {"label": "tone", "sample_ids": [1, 2], "create": True})
    ask: dict[str, Any] = {"label": "noise", "n": 6, "seed": 3}
    wanted, found = twin.posted("api/review", ask | {"moments": True})
    told = [
        [(one["sample_id"], one["start_s"], one["stratum"]) for one in part["items"]]
        for part in (wanted, found)
    ]
    assert told[0] == told[1]
    wanted, found = twin.posted("api/review", ask | {"n": 11})
    assert found["review_id"] == wanted["review_id"]  # numbered alike in both
    assert len(found["items"]) == len(wanted["items"]) >= 10
    for one in found["items"]:
        (own,) = (number for number, whole in twin.ids.items() if whole == one["sample_id"])
        body = {"label": "noise", "sample_ids": [own], "stratum": one["stratum"]}
        body |= {"verdict": "accept" if "noise" in one["path"] else "reject"}
        twin.posted("api/votes", body | {"review_id": found["review_id"]})
    for by in ("year", "site,hour"):
        wanted, found = twin.both("api/density", label="noise", by=by)
        assert len(found["densities"]) == len(wanted["densities"]) > 0
        for one, other in zip(found["densities"], wanted["densities"], strict=True):
            assert one == pytest.approx(other, abs=1e-5)
