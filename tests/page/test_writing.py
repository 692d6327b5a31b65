"""Labels, anchors, votes, tags: who may write, from where, and what is kept."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3

import sqlclap
from tests.cli.running import rows_of
from tests.page.visiting import Site
from tests.support.sounds import noise, write_sound

WRITES = [
    ("api/labels", {"name": "x"}),
    ("api/labels/change", {"label": "noise", "threshold": 0.5}),
    ("api/labels/remove", {"label": "noise"}),
    ("api/anchors", {"label": "noise", "sample_ids": [1]}),
    ("api/anchors/remove", {"label": "noise", "sample_ids": [7]}),
    ("api/votes", {"label": "noise", "sample_ids": [1], "verdict": "accept"}),
    ("api/votes/undo", {"vote_id": 1}),
    ("api/review", {"label": "noise", "n": 3}),
    ("api/tags", {"labels": ["noise"], "confidence": "low"}),
    ("api/tags/by-hand", {"label": "noise", "sample_ids": [1]}),
    ("api/tags/undo", {"run_id": 1}),
    ("api/calibrate", {"label": "noise"}),
    ("api/calibrate/revert", {"label": "noise"}),
    ("api/favourites", {"sample_ids": [1]}),
    ("api/favourites/remove", {"sample_ids": [1]}),
    ("api/ratings", {"sample_ids": [1], "rating": 3}),
    ("api/notes", {"sample_ids": [1], "note": "dry"}),
    ("api/recent", {"sample_ids": [1], "action": "play"}),
    ("api/collections", {"name": "x", "sample_ids": [1]}),
    ("api/collections/remove", {"name": "x", "sample_ids": [1]}),
    ("api/collections/rename", {"name": "x", "new": "y"}),
    ("api/collections/delete", {"name": "x"}),
    ("api/clusters/rename", {"cluster": 0, "name": "x"}),
    ("api/reveal", {"sample_id": 1}),
    ("api/history/undo", {"change_id": 1}),
    ("api/history/redo", {"change_id": 1}),
]


def rows(library: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(library) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.fixture
def labelled(site: Site) -> Site:
    """The site, with a label of two anchors."""
    body = {"label": "noise", "sample_ids": [1, 2], "create": True}
    assert site.local.post("api/anchors", body).json() == {"ok": True, "changed": 2}
    return site


def test_labels_from_making_to_removing(site: Site) -> None:
    visitor = site.local
    made = visitor.post("api/labels", {"name": "noise", "color": "#2a9d8f"})
    assert (made.status_code, made.json()["label"]["color"]) == (201, "#2a9d8f")
    assert visitor.post("api/labels", {"name": "Noise"}).status_code == 409
    visitor.post("api/anchors", {"label": "noise", "sample_ids": [1, 2]})
    negative = {"label": "noise", "sample_ids": [3], "polarity": "negative", "weight": 0.5}
    visitor.post("api/anchors", negative)
    changed = visitor.post("api/labels/change", {"label": "noise", "threshold": 0.6})
    assert changed.json()["label"]["threshold"] == 0.6
    (label,) = visitor.json("api/labels")["labels"]
    assert (label["anchors"], label["negative_anchors"]) == (2, 1)
    assert (label["threshold"], label["threshold_from"]) == (0.6, "hand")
    anchors = visitor.json("api/anchors", label="noise")["anchors"]
    assert [(one["sample_id"], one["polarity"]) for one in anchors] == [
        (1, "positive"), (2, "positive"), (3, "negative"),
    ]  # fmt: skip
    removed = visitor.post("api/anchors/remove", {"label": "noise", "sample_ids": [1, 9]})
    assert removed.json()["removed"] == 1
    assert visitor.post("api/labels/remove", {"label": "noise"}).status_code == 200
    assert visitor.json("api/labels")["labels"] == []


def test_matches_are_pythons(labelled: Site, library: Path) -> None:
    found = labelled.anyone.json("api/matches", label="noise", n=5)["matches"]
    assert labelled.anyone.get("api/matches?label=nothing").status_code == 404
    labelled.close()  # one process must not open a file with two SQLites
    with sqlclap.open(library, mode="read") as opened:
        wanted = opened.labels.matches("noise", 5)
    assert [one["sample_id"] for one in found] == [one.sample_id for one in wanted]
    assert [one["score"] for one in found] == pytest.approx([one.score for one in wanted])
    assert [one["confidence"] for one in found] == [one.confidence for one in wanted]
    assert "file" not in found[0]


def test_votes_are_kept_and_undone(labelled: Site, library: Path) -> None:
    visitor = labelled.local
    body = {"label": "noise", "sample_ids": [5, 6], "verdict": "reject"}
    first, _ = visitor.post("api/votes", body).json()["vote_ids"]
    kept = rows(library, "SELECT sample_id, verdict, source, score IS NULL FROM votes")
    assert kept == [(5, "reject", "page", 0), (6, "reject", "page", 0)]
    found = visitor.json("api/matches", label="noise", n=50)["matches"]
    assert not {5, 6} & {one["sample_id"] for one in found}  # rejections stick
    assert visitor.post("api/votes/undo", {"vote_id": first}).status_code == 200
    assert rows(library, "SELECT sample_id FROM votes") == [(6,)]
    assert visitor.post("api/votes/undo", {"vote_id": first}).status_code == 404


def test_a_review_is_stored_with_its_draws(labelled: Site, library: Path) -> None:
    visitor = labelled.local
    review = visitor.post("api/review", {"label": "noise", "n": 4, "seed": 1}).json()
    item = review["items"][0]
    body = {"label": "noise", "sample_ids": [item["sample_id"]], "verdict": "accept"}
    body |= {"review_id": review["review_id"], "stratum": item["stratum"]}
    assert visitor.post("api/votes", body).status_code == 201
    kept = rows(library, "SELECT source, review_id, stratum FROM votes")
    assert kept == [("review", review["review_id"], item["stratum"])]
    assert sum(draw["drawn"] for draw in review["draws"]) == len(review["items"]) == 4


def test_tag_runs_are_rehearsed_run_and_undone(labelled: Site, library: Path) -> None:
    visitor = labelled.local
    body = {"labels": ["noise"], "confidence": "low"}
    (rehearsed,) = visitor.post("api/tags", body | {"dry_run": True}).json()["runs"]
    assert rows(library, "SELECT count(*) FROM tags") == [(0,)]
    assert rehearsed["preview"] == []
    (told,) = visitor.post("api/tags", body | {"dry_run": True, "preview": 3}).json()["runs"]
    assert [one["rank"] for one in told["preview"]] == [1, 2, 3]
    assert "file" not in told["preview"][0]
    assert visitor.post("api/tags", body | {"preview": 3}).status_code == 400
    (run,) = visitor.post("api/tags", body).json()["runs"]
    assert run["tagged"] == rehearsed["tagged"] > 0
    assert rows(library, "SELECT count(*) FROM tags") == [(run["tagged"],)]
    assert rows(library, "SELECT count(*) FROM anchors") == [(2,)]  # tagging makes no anchors
    undone = visitor.post("api/tags/undo", {"run_id": run["run_id"]})
    assert undone.json()["removed"] == run["tagged"]
    assert visitor.post("api/tags/undo", {"run_id": run["run_id"]}).status_code == 404
    assert visitor.json("api/tags")["runs"][0]["undone_at"]


def test_a_run_that_votes_contradict_takes_force(labelled: Site, library: Path) -> None:
    visitor = labelled.local
    visitor.post("api/anchors", {"label": "other", "sample_ids": [12], "create": True})
    visitor.post("api/labels/change", {"label": "noise", "threshold": 0.01, "gap": 0})
    visitor.post("api/anchors", {"label": "other", "sample_ids": [12], "weight": 0})
    ids = [match["sample_id"] for match in visitor.json("api/matches", label="noise")["matches"]]
    visitor.post("api/votes", {"label": "noise", "sample_ids": ids[:6], "verdict": "reject"})
    body = {"labels": ["noise"]}
    (told,) = visitor.post("api/tags", body | {"dry_run": True}).json()["runs"]
    assert told["refused"] is True
    assert told["precision"]["precision"] == 0
    assert "below the target of 0.9" in told["warning"]
    refused = visitor.post("api/tags", body)
    assert refused.status_code == 409
    assert "measured precision 0.00" in refused.json()["error"]
    assert rows(library, "SELECT count(*) FROM tag_runs") == [(0,)]
    assert visitor.post("api/tags", body | {"target": 0.5}).status_code == 409
    assert visitor.post("api/tags", body | {"target": 2}).status_code == 400
    assert visitor.post("api/tags", body | {"force": True}).status_code == 201
    assert rows(library, "SELECT count(*) FROM tag_runs") == [(1,)]


def test_tagging_names_its_labels(labelled: Site, library: Path) -> None:
    assert labelled.local.post("api/tags", {"confidence": "low"}).status_code == 400
    assert rows(library, "SELECT count(*) FROM tag_runs") == [(0,)]


def test_rivals_are_told(labelled: Site) -> None:
    told = labelled.anyone.json("api/rivals", label="noise")
    assert (told["has_rival"], told["can_be_high"]) == (False, False)
    (match, *_) = labelled.anyone.json("api/matches", label="noise", n=1)["matches"]
    assert match["confidence"] != "high"
    assert "no rival" in match["held_back_by"]
    labelled.local.post("api/anchors", {"label": "tone", "sample_ids": [8], "create": True})
    told = labelled.anyone.json("api/rivals", label="noise")
    assert [(one["kind"], one["name"]) for one in told["suggested"]] == [("label", "tone")]
    (match, *_) = labelled.anyone.json("api/matches", label="noise", n=1)["matches"]
    assert match["rival_label"] == "tone"


def test_an_overview_has_the_same_names_everywhere(labelled: Site, library: Path) -> None:
    (told,) = labelled.anyone.json("api/labels")["labels"]
    labelled.close()  # one process must not open a file with two SQLites
    with sqlclap.open(library, mode="read") as opened:
        (found,) = opened.labels.overview()
        assert dict(found) == told
        assert found["top_k"] == 3
        for former, name in {"positive": "anchors", "negative": "negative_anchors"}.items():
            with pytest.warns(DeprecationWarning, match=f"is called '{name}' now"):
                assert found[former] == found[name]
        with pytest.warns(DeprecationWarning, match="top_k"):
            assert opened.labels.settings("noise").depth == 3
    assert rows_of("label", "list", library) == [told]


def test_calibrating_says_what_is_missing(labelled: Site) -> None:
    answer = labelled.local.post("api/calibrate", {"label": "noise"})
    assert answer.status_code == 409
    assert "not enough votes" in answer.json()["error"]


def test_reverting_asks_before_it_overwrites(labelled: Site) -> None:
    visitor = labelled.local
    body = {"label": "noise", "sample_ids": [3, 4, 5, 6, 7, 8, 9], "verdict": "accept"}
    visitor.post("api/votes", body)
    applied = visitor.post("api/calibrate", {"label": "noise", "target": 0.5, "apply": True})
    assert applied.json()["calibration_id"] == 1
    assert applied.json()["top_k"] == applied.json()["depth"]  # its former name
    visitor.post("api/labels/change", {"label": "noise", "threshold": 0.3})
    refused = visitor.post("api/calibrate/revert", {"label": "noise"})
    assert refused.status_code == 409
    assert "changed by hand" in refused.json()["error"]
    forced = visitor.post("api/calibrate/revert", {"label": "noise", "force": True})
    assert forced.json() == {"ok": True, "calibration_id": None}


def test_precision_is_told_with_its_bounds(labelled: Site) -> None:
    body = {"label": "noise", "sample_ids": [3, 4, 5, 6, 7, 8, 9], "verdict": "accept"}
    labelled.local.post("api/votes", body)
    found = labelled.anyone.json("api/precision", label="noise", threshold=0)
    assert found["votes"] == 7
    assert 0 <= found["low"] < found["precision"] <= found["high"] <= 1
    none = labelled.anyone.json("api/precision", label="noise", threshold=1)
    assert none["precision"] is None


def test_histograms_count_every_sample(labelled: Site) -> None:
    found = labelled.anyone.json("api/histogram", label="noise")
    assert sum(found["counts"]) == 12
    assert len(found["edges"]) == len(found["counts"]) + 1


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_only_who_may_label_writes(
    path: str, body: dict[str, Any], labelled: Site, library: Path
) -> None:
    before = rows(library, "SELECT count(*), (SELECT count(*) FROM anchors) FROM labels")
    for visitor in (labelled.anyone, labelled.visitor({"id": "stranger"})):
        answer = visitor.post(path, body)
        assert answer.status_code == 403
        assert "sqlclap-label" in answer.json()["error"]
    assert rows(library, "SELECT count(*), (SELECT count(*) FROM anchors) FROM labels") == before


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_other_sites_cannot_write(path: str, body: dict[str, Any], labelled: Site) -> None:
    visitor = labelled.local
    assert visitor.post(path, body, sec_fetch_site="cross-site").status_code == 403
    assert visitor.post(path, body, sec_fetch_site="same-site").status_code == 403
    form = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "none"}
    sent = labelled.run(visitor.ask("POST", path, content=b"label=noise", headers=form))
    assert sent.status_code in (403, 415)
    foreign = {"origin": "https://elsewhere.example", "content-type": "application/json"}
    sent = labelled.run(visitor.ask("POST", path, content=b"{}", headers=foreign))
    assert sent.status_code == 403
    assert labelled.run(visitor.ask("GET", path)).status_code in (200, 400, 404, 405)


def test_json_must_be_an_object_of_a_bearable_size(labelled: Site) -> None:
    visitor = labelled.local
    assert visitor.post("api/votes", [1]).status_code == 400
    assert visitor.post("api/labels", {"name": "x" * 2_000_000}).status_code == 413
    text = visitor.post("api/labels", {"name": "x"}, content_type="text/plain")
    assert text.status_code == 415


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("api/labels", {"name": ""}, 400),
        ("api/labels", {"name": 5}, 400),
        ("api/labels", {"name": "x", "threshold": 7}, 400),
        ("api/labels", {"name": "x", "notes": {"a": 1}}, 400),
        ("api/anchors", {"label": "nothing", "sample_ids": [1]}, 404),
        ("api/anchors", {"label": "noise", "sample_ids": [999]}, 404),
        ("api/anchors", {"label": "noise", "sample_ids": [True]}, 400),
        ("api/anchors", {"label": "noise", "sample_ids": ["tones/*"]}, 400),
        ("api/anchors", {"label": "noise", "sample_ids": [1], "weight": 2}, 400),
        ("api/anchors", {"label": "noise", "sample_ids": [1], "polarity": "both"}, 400),
        ("api/votes", {"label": "noise", "sample_ids": [1], "verdict": "maybe"}, 400),
        ("api/votes", {"label": "noise", "sample_ids": [1], "verdict": None}, 400),
        ("api/votes/undo", {"vote_id": "1 OR 1=1"}, 400),
        ("api/tags", {"labels": "noise"}, 400),
        ("api/tags", {"labels": ["noise"], "confidence": "sure"}, 400),
        ("api/review", {"label": "noise", "n": 0}, 400),
    ],
)
def test_what_cannot_be_written(
    path: str, body: dict[str, Any], status: int, labelled: Site
) -> None:
    answer = labelled.local.post(path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def test_two_browsers_voting_at_once_lose_nothing(labelled: Site, library: Path) -> None:
    one, other = labelled.local, labelled.visitor({"id": "root"})

    async def vote() -> list[Any]:
        await one.open_page()
        await other.open_page()
        sends = [
            visitor.send(
                "api/votes", {"label": "noise", "sample_ids": [sample], "verdict": verdict}
            )
            for sample in range(3, 13)
            for visitor, verdict in ((one, "accept"), (other, "reject"))
        ]
        return list(await asyncio.gather(*sends))

    answers = labelled.run(vote())
    assert {answer.status_code for answer in answers} == {201}
    ids = [answer.json()["vote_ids"][0] for answer in answers]
    assert len(set(ids)) == 20
    assert rows(library, "SELECT count(*) FROM votes") == [(20,)]


def test_a_failed_write_leaves_nothing_behind(labelled: Site, library: Path) -> None:
    body = {"label": "new", "sample_ids": [1, 2, 999], "create": True}
    assert labelled.local.post("api/anchors", body).status_code == 404
    assert rows(library, "SELECT count(*) FROM anchors") == [(2,)]
    body = {"label": "noise", "sample_ids": [5], "verdict": "accept"}
    assert labelled.local.post("api/votes", body).status_code == 201  # no transaction hangs


def test_the_settings_name_who_may_label(library: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(library, label={"id": ["ana"]})
    assert site.visitor({"id": "ana"}).post("api/labels", {"name": "a"}).status_code == 201
    assert site.visitor({"id": "bob"}).post("api/labels", {"name": "b"}).status_code == 403
    assert site.anyone.post("api/labels", {"name": "c"}).status_code == 403


def test_read_only_means_everyone(library: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(library, **{"read-only": True})
    assert site.local.post("api/labels", {"name": "a"}).status_code == 403


def test_immutable_databases_are_read_and_never_written(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(immutable=(library,))
    assert site.anyone.json("api/search", q="tone")["matches"]
    assert site.anyone.get("api/points").status_code == 200
    answer = site.local.post("api/labels", {"name": "a"})
    assert answer.status_code == 403
    assert "reading only" in answer.json()["error"]


def test_the_page_goes_on_while_the_library_is_filled(
    labelled: Site, library: Path, heard: Path
) -> None:
    before = labelled.anyone.json("api/search", q="noise", n=50)["matches"]
    write_sound(library.parent / "more" / "new-noise.wav", noise(77))
    folder = library.parent / "more"
    command = [sys.executable, "-m", "sqlclap", "ingest", str(library), str(folder)]
    assert "1 new" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = labelled.anyone.json("api/search", q="noise", n=50)["matches"]
    assert len(after) == len(before) + 1
    body = {"label": "noise", "sample_ids": [13], "verdict": "accept"}
    assert labelled.local.post("api/votes", body).status_code == 201
