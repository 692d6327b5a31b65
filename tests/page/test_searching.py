"""Search by words, by sample, by a sound that is sent along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from tests.cli.running import rows_of
from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound


def told(answer: dict[str, Any]) -> list[tuple[int, float]]:
    return [(match["sample_id"], match["score"]) for match in answer["matches"]]


def same(found: list[tuple[int, float]], matches: sqlclap.Matches) -> bool:
    wanted = [(match.sample_id, match.score) for match in matches]
    return [one for one, _ in found] == [one for one, _ in wanted] and all(
        abs(score - other) < 1e-5 for (_, score), (_, other) in zip(found, wanted, strict=True)
    )


def test_words_find_what_python_finds(site: Site, heard: Path) -> None:
    found = told(site.anyone.json("api/search", q="white noise", n=5))
    with sqlclap.open(heard, mode="read") as library:
        assert same(found, library.search("white noise", 5))


def test_a_sample_finds_what_python_finds(site: Site, heard: Path) -> None:
    found = told(site.anyone.json("api/similar", sample=3, n=5))
    with sqlclap.open(heard, mode="read") as library:
        assert same(found, library.similar(3, 5))


def test_a_sound_that_is_sent_finds_what_python_finds(
    site: Site, heard: Path, tmp_path: Path
) -> None:
    sound = write_sound(tmp_path / "other.flac", tone(150)).read_bytes()
    answer = site.anyone.upload("api/similar-to?n=4", sound)
    with sqlclap.open(heard, mode="read") as library:
        assert same(told(answer.json()), library.similar(sound, 4))


def test_what_reading_a_sent_sound_had_to_put_up_with_is_told(site: Site, tmp_path: Path) -> None:
    whole = write_sound(tmp_path / "whole.wav", tone(150, 2.0)).read_bytes()
    assert site.anyone.upload("api/similar-to?n=4", whole).json()["notes"] == []
    cut = site.anyone.upload("api/similar-to?n=4", whole[: len(whole) // 2]).json()
    assert cut["notes"] == ["truncated: 1.00 s could be decoded"]


def test_filters_and_pages(site: Site) -> None:
    noises = site.anyone.json("api/search", q="tone", folder="noises", n=50)["matches"]
    assert {match["path"].split("/")[0] for match in noises} == {"noises"}
    refused = site.anyone.get("api/search", params={"q": "tone", "folder": "noise"})
    assert refused.status_code == 400
    assert "below the folder 'noise'; nearest: noises" in refused.json()["error"]
    nothing = site.anyone.json("api/search", q="tone", folder="noises", min_length=99)
    assert (nothing["matches"], nothing["plan"]["allowed"]) == ([], 0)
    long = site.anyone.json("api/search", q="tone", min_length=1, n=50)["matches"]
    assert [match["path"] for match in long] == ["noises/long.flac"]
    everything = told(site.anyone.json("api/search", q="tone", n=10))
    assert told(site.anyone.json("api/search", q="tone", n=5, offset=5)) == everything[5:]
    site.local.post("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    site.local.post("api/tags", {"labels": ["noise"], "confidence": "low"})


def test_a_label_filters_alike_everywhere(site: Site, library: Path) -> None:
    site.local.post("api/anchors", {"label": "noise", "sample_ids": [7], "create": True})
    site.local.post("api/anchors", {"label": "noise", "sample_ids": [1], "polarity": "negative"})
    site.local.post("api/tags/by-hand", {"label": "noise", "sample_ids": [8, 9]})
    asked = [
        told(site.anyone.json("api/search", q="tone", n=50, **{name: "Noise"}))
        for name in ("label", "tag")
    ]
    assert asked[0] == asked[1]
    assert {sample_id for sample_id, _ in asked[0]} == {7, 8, 9}
    kept = site.anyone.get("api/points/label?label=noise").content
    base = site.anyone.get("api/points").content
    count = 12
    ids = np.frombuffer(base[-10 * count :][: 4 * count], "<u4").tolist()
    on_the_map = dict(zip(ids, kept[-count:], strict=True))
    assert {sample_id for sample_id, is_kept in on_the_map.items() if is_kept} == {7, 8, 9}
    site.close()  # one process must not open a file with two SQLites
    with sqlclap.open(library, mode="read") as opened:
        found = opened.search("tone", 50, sqlclap.SearchOptions(label="noise"))
        assert [match.sample_id for match in found] == [sample_id for sample_id, _ in asked[0]]
        row = opened.connection.execute("SELECT 1").fetchone()
    assert row == (1,)
    rows = rows_of("search", library, "tone", "--label", "noise", "-n", "50")
    assert [row["sample_id"] for row in rows] == [sample_id for sample_id, _ in asked[0]]


def test_a_label_that_there_is_not(site: Site) -> None:
    site.local.post("api/labels", {"name": "kick"})
    for path in ("api/search?q=tone&", "api/similar?sample=1&", "api/points/label?"):
        for name in ("nothing", "' OR 1=1 --"):
            answer = site.anyone.get(f"{path}label={name}")
            assert answer.status_code == 404, answer.text
            assert "the library has: kick" in answer.json()["error"]
    empty = site.anyone.json("api/search", q="tone", label="kick")
    assert (empty["matches"], empty["note"]) == ([], "the filter lets no sound through")
    folder = site.anyone.get("api/search?q=tone&folder=noisse")
    assert folder.status_code == 400
    assert "noises" in folder.json()["error"]


def test_answers_do_not_tell_where_files_lie(site: Site, heard: Path) -> None:
    for path in ("api/search?q=tone", "api/similar?sample=1", "sample/1"):
        assert str(heard.parent) not in site.anyone.get(path).text


@pytest.mark.parametrize(
    "query",
    [
        "q=",
        "q=%20%20",
        "q=a&n=0",
        "q=a&n=1000000",
        "q=a&n=x",
        "q=a&offset=-1",
        "q=a&min_length=x",
        "q=a&min_length=nan",
        "q=a&max_length=inf",
        "q=a&min_length=2&max_length=1",
        "q=a&labl=kick",
        "q=a&n=1&n=2",
        "q=a&label=kick&tag=snare",
        "",
    ],
)
def test_what_cannot_be_asked(site: Site, query: str) -> None:
    answer = site.anyone.get(f"api/search?{query}")
    assert answer.status_code == 400
    assert answer.json()["ok"] is False
    assert answer.json()["error"]


def test_a_text_of_ten_megabytes(site: Site) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    path = b"/-/sqlclap/sounds/api/search"
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "headers": [[b"host", b"x"]],
    }
    scope |= {"path": path.decode(), "raw_path": path, "query_string": b"q=" + b"kick+" * 2_000_000}
    site.run(site.datasette.app()(scope, receive, send))
    assert sent[0]["status"] == 400
    assert len(sent[1]["body"]) < 500


def test_uploads_that_are_no_sound(site: Site) -> None:
    for content in (b"\x00" * 5000, b"<html>kick</html>", b"RIFF\x00\x00\x00\x00WAVE"):
        answer = site.anyone.upload("api/similar-to", content)
        assert answer.status_code == 415
        assert answer.json()["ok"] is False
    assert site.anyone.upload("api/similar-to", b"").status_code == 400


def test_uploads_over_the_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasette_sqlclap.search_api.LARGEST_UPLOAD", 10_000)
    assert site.anyone.upload("api/similar-to", b"\x00" * 10_001).status_code == 413
    assert site.anyone.upload("api/similar-to", b"\x00" * 10_000).status_code == 415


def test_an_unknown_sample(site: Site) -> None:
    assert site.anyone.get("api/similar?sample=12345").status_code == 404
    assert site.anyone.get("api/similar?sample=../1").status_code == 400


def test_rows_of_a_selection_keep_its_order(site: Site) -> None:
    answer = site.anyone.post("api/samples", {"sample_ids": [5, 2, 9]})
    assert [row["sample_id"] for row in answer.json()["samples"]] == [5, 2, 9]
    wrong: tuple[Any, ...] = ({}, {"sample_ids": []}, {"sample_ids": ["x"]}, [1], {"sample_ids": 5})
    for body in wrong:
        assert site.anyone.post("api/samples", body).status_code == 400


def test_doubts_are_told(site: Site) -> None:
    answer = site.anyone.json("api/search", q="xyzzy qwfp", n=3)
    assert answer["doubt"] == "no word of this is known to sqlclap-mini"
    (doubt,) = answer["doubts"]
    assert (doubt["code"], doubt["words"], doubt["serious"]) == (
        "unknown_words",
        ["xyzzy", "qwfp"],
        True,
    )
    assert all(match["weak"] for match in answer["matches"])
    assert site.anyone.json("api/search", q="white noise", n=3)["doubt"] is None


def test_a_sound_that_the_model_hardly_hears_is_marked(
    open_site: Callable[..., Site], library: Path, tmp_path: Path
) -> None:
    bat = np.sin(2 * np.pi * 45_000 * np.arange(96_000) / 192_000).astype(np.float32) * 0.5
    write_sound(tmp_path / "bats" / "bat.wav", bat + 0.01 * noise(1, 0.5, 192_000), 192_000)
    with sqlclap.open(library) as opened:
        opened.ingest([tmp_path / "bats"])
    site = open_site(library)
    found = site.anyone.json("api/search", q="white noise", n=50)["matches"]
    marked = {match["path"]: match["heard_share"] for match in found if match["hardly_heard"]}
    assert list(marked) == ["bat.wav"]
    (sample_id,) = [match["sample_id"] for match in found if match["path"] == "bat.wav"]
    sample = site.anyone.json(f"sample/{sample_id}")
    assert sample["heard_share"] == marked["bat.wav"] < 0.01
    assert "the model hears 0% of its energy" in sample["note"]


def test_what_labels_find_is_marked_alike(
    open_site: Callable[..., Site], library: Path, tmp_path: Path
) -> None:
    bat = np.sin(2 * np.pi * 45_000 * np.arange(96_000) / 192_000).astype(np.float32) * 0.5
    write_sound(tmp_path / "bats" / "bat.wav", bat + 0.01 * noise(1, 0.5, 192_000), 192_000)
    with sqlclap.open(library) as opened:
        opened.ingest([tmp_path / "bats"])
        opened.labels.ensure("noise", ["noises/noise-0.wav"])
        opened.labels.tag_by_hand("noise", ["bat.wav", "noises/noise-1.wav"])
    site = open_site(library)
    review = site.local.post("api/review", {"label": "noise", "n": 40}).json()
    (bat_id,) = [one["sample_id"] for one in review["items"] if one["path"] == "bat.wav"]
    body = {"label": "noise", "sample_ids": [bat_id], "verdict": "unsure"}
    assert site.local.post("api/votes", body).status_code == 201
    shown = [
        site.anyone.json("api/matches", label="noise")["matches"],
        site.anyone.json("api/tags", label="noise")["tags"],
        site.anyone.json("api/votes", label="noise")["votes"],
        review["items"],
    ]
    for found in shown:
        marked = {one["path"]: one["heard_share"] for one in found if one["hardly_heard"]}
        assert list(marked) == ["bat.wav"]
        assert marked["bat.wav"] < 0.01
