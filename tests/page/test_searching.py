"""Search by words, by sample, by a sound that is sent along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
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


def test_filters_and_pages(site: Site) -> None:
    noises = site.anyone.json("api/search", q="tone", folder="noises", n=50)["matches"]
    assert {match["path"].split("/")[0] for match in noises} == {"noises"}
    long = site.anyone.json("api/search", q="tone", min_length=1, n=50)["matches"]
    assert [match["path"] for match in long] == ["noises/long.flac"]
    everything = told(site.anyone.json("api/search", q="tone", n=10))
    assert told(site.anyone.json("api/search", q="tone", n=5, offset=5)) == everything[5:]
    site.local.post("api/anchors", {"label": "noise", "sample_ids": [7, 8], "create": True})
    site.local.post("api/tags", {"labels": ["noise"], "confidence": "low"})
    tagged = site.anyone.json("api/search", q="tone", tag="noise", n=50)["matches"]
    assert tagged
    assert site.anyone.json("api/search", q="tone", tag="' OR 1=1 --", n=50)["matches"] == []


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
    scope = {"type": "http", "method": "GET", "scheme": "http", "headers": [[b"host", b"x"]]}
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
    monkeypatch.setattr("datasette_sqlclap.searching.LARGEST_UPLOAD", 10_000)
    assert site.anyone.upload("api/similar-to", b"\x00" * 10_001).status_code == 413
    assert site.anyone.upload("api/similar-to", b"\x00" * 10_000).status_code == 415


def test_an_unknown_sample(site: Site) -> None:
    assert site.anyone.get("api/similar?sample=12345").status_code == 404
    assert site.anyone.get("api/similar?sample=../1").status_code == 400


def test_rows_of_a_selection_keep_its_order(site: Site) -> None:
    answer = site.anyone.post("api/samples", {"sample_ids": [5, 2, 9]})
    assert [row["sample_id"] for row in answer.json()["samples"]] == [5, 2, 9]
    for body in ({}, {"sample_ids": []}, {"sample_ids": ["x"]}, [1], {"sample_ids": 5}):
        assert site.anyone.post("api/samples", body).status_code == 400


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
    sample = site.anyone.json(f"api/samples/{sample_id}")
    assert sample["heard_share"] == marked["bat.wav"] < 0.01
    assert "the model hears 0% of its energy" in sample["note"]
