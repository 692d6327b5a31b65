"""Reviews of moments over HTTP, and the stretches of sounds that they play."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import sqlclap
from tests.page.visiting import Site, Visitor
from tests.support.sounds import tone, write_sound


@pytest.fixture
def visitor(library: Path, open_site: Callable[..., Site]) -> Visitor:
    with sqlclap.open(library) as opened:
        opened.labels.add("tone", threshold=0.0)
        opened.labels.add_anchors("tone", ["tones/tone-2.wav", "tones/tone-3.wav"])
    return open_site(library).local


def test_a_queue_is_drawn_answered_and_taken_back(visitor: Visitor, library: Path) -> None:
    drawn = visitor.post("api/review", {"label": "tone", "n": 5, "seed": 1, "moments": True})
    assert drawn.status_code == 201
    told = drawn.json()
    assert {draw["unit"] for draw in told["draws"]} == {"moment"}
    assert len(told["items"]) == 5
    item = told["items"][0]
    assert item["end_s"] > item["start_s"] >= 0
    assert "file" not in item
    vote = {
        "label": "tone", "sample_ids": [item["sample_id"]], "start_s": item["start_s"],
        "end_s": item["end_s"], "verdict": "accept", "review_id": told["review_id"],
        "stratum": item["stratum"],
    }  # fmt: skip
    cast = visitor.post("api/votes", vote)
    assert cast.status_code == 201, cast.text
    with sqlclap.open(library, mode="read") as opened:
        (stored,) = opened.labels.votes("tone")
    assert (stored.start_s, stored.end_s, stored.source) == (
        item["start_s"], item["end_s"], "review",
    )  # fmt: skip
    undone = visitor.post("api/votes/undo", {"vote_id": cast.json()["vote_ids"][0]})
    assert undone.status_code == 200
    assert visitor.json("api/votes", label="tone")["votes"] == []


def test_a_share_of_each_site_is_drawn_and_filters_narrow(visitor: Visitor) -> None:
    body: dict[str, Any] = {"label": "tone", "moments": True, "share": 1}
    told = visitor.post("api/review", body).json()
    assert {draw["stratum"] for draw in told["draws"]} <= {"site noises", "site tones", "site none"}
    assert all(draw["drawn"] == draw["population"] for draw in told["draws"])
    told = visitor.post("api/review", body | {"site": "tones", "hours": "0-24"}).json()
    assert {draw["stratum"] for draw in told["draws"]} == {"site tones"}
    vote = {"label": "tone", "sample_ids": [1], "verdict": "reject", "stratum": "site tones"}
    assert visitor.post("api/votes", vote).status_code == 201


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"moments": True, "share": 2}, "share above 0 and up to 1"),
        ({"moments": True, "share": "x"}, "expected a number as share"),
        ({"moments": True, "hours": "x"}, "expected hours"),
        ({"moments": True, "site": "x"}, "no site 'x'"),
        ({"share": 0.5}, "of reviews of moments alone"),
        ({"moments": True, "where": "1"}, "where"),
        ({"moments": 3}, "moments"),
    ],
)
def test_what_can_not_be_drawn_is_told(visitor: Visitor, body: dict[str, Any], says: str) -> None:
    answer = visitor.post("api/review", {"label": "tone"} | body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


@pytest.mark.parametrize("stratum", ["best", 3, "site" * 100, ["top"]])
def test_no_other_stratum_is_stored(visitor: Visitor, stratum: object) -> None:
    vote = {"label": "tone", "sample_ids": [1], "verdict": "reject", "stratum": stratum}
    assert visitor.post("api/votes", vote).status_code == 400


def sample_of(library: Path, name: str) -> tuple[int, Path]:
    with sqlclap.open(library, mode="read") as opened:
        (found,) = [one for one in opened.samples() if one.path.endswith(name)]
    return found.sample_id, found.file


def test_a_stretch_is_sent_as_wav_with_what_lies_around_it(visitor: Visitor, library: Path) -> None:
    sample, file = sample_of(library, "long.flac")
    whole, rate = soundfile.read(file, dtype="float32")
    asked = f"sample/{sample}/audio?start=0.5&end=1.25"
    for pad, first, last in (("", 0.5, 1.25), ("&pad=0.25", 0.25, 1.5), ("&pad=5", 0.0, 2.0)):
        answer = visitor.get(asked + pad)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "audio/wav"
        sound, own = soundfile.read(io.BytesIO(answer.content), dtype="float32")
        assert own == rate
        expected = whole[round(first * rate) : round(last * rate)]
        assert np.allclose(sound, expected, atol=2 / 32768)
    whole_answer = visitor.get(asked).content
    part = visitor.get(asked, headers={"range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, whole_answer[10:100])
    again = visitor.get(asked, headers={"if-none-match": part.headers["etag"]})
    assert again.status_code == 304
    assert visitor.get(f"{asked}&pad=1").headers["etag"] != part.headers["etag"]


def test_a_bats_stretch_is_sent_at_its_own_rate_to_be_looked_at(
    open_site: Callable[..., Site], tmp_path: Path
) -> None:
    write_sound(tmp_path / "sounds" / "bat.wav", tone(40_000, 0.5, 192_000), 192_000)
    path = tmp_path / "sounds.db"
    with sqlclap.open(path) as library:
        library.ingest([tmp_path / "sounds"])
    visitor = open_site(path).local
    asked = "sample/1/audio?start=0.1&end=0.4"
    played, seen = visitor.get(asked), visitor.get(f"{asked}&own_rate=1")
    assert (played.status_code, seen.status_code) == (200, 200), played.text
    assert soundfile.info(io.BytesIO(played.content)).samplerate == 48_000
    sound, rate = soundfile.read(io.BytesIO(seen.content))
    assert (rate, len(sound)) == (192_000, round(0.3 * 192_000))
    assert np.argmax(np.abs(np.fft.rfft(sound))) / 0.3 == pytest.approx(40_000, abs=10)
    assert played.headers["etag"] != seen.headers["etag"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("start=1&end=0.5", 400, "ends after its start"),
        ("start=1", 400, "expected both"),
        ("start=1&end=nan", 400, "expected a number as end"),
        ("start=-1&end=1", 400, "start_s"),
        ("start=1&end=900", 400, "ends behind the sound"),
        ("pad=1", 400, "expected start and end with pad"),
        ("start=0&end=1&pad=-1", 400, "a pad of 0 to 60 s"),
        ("start=0&end=1&pad=61", 400, "a pad of 0 to 60 s"),
        ("start=0&end=1&gain=3", 400, "unknown argument gain"),
    ],
)
def test_what_is_no_stretch_is_told(
    visitor: Visitor, library: Path, query: str, status: int, says: str
) -> None:
    sample, _ = sample_of(library, "long.flac")
    answer = visitor.get(f"sample/{sample}/audio?{query}")
    assert answer.status_code == status
    assert says in answer.json()["error"]


def test_a_stretch_too_long_to_be_held_is_refused(visitor: Visitor, library: Path) -> None:
    sample, _ = sample_of(library, "long.flac")
    with sqlclap.open(library) as opened:
        opened.connection.execute(
            "UPDATE samples SET duration_s = 4000 WHERE sample_id = ?", (sample,)
        )
    answer = visitor.get(f"sample/{sample}/audio?start=0&end=301")
    assert (answer.status_code, "at most 300 s" in answer.json()["error"]) == (413, True)
    answer = visitor.get(f"sample/{sample}/audio?start=100&end=101")
    assert (answer.status_code, "could only be decoded" in answer.json()["error"]) == (415, True)
