"""The page under attack: budgets, odd files, odd requests, odd names; never a 500."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from datasette_sqlclap.conversions import Conversions, Wav
from datasette_sqlclap.decoding import DecodingPool, Job
from datasette_sqlclap.responses import RefusedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sqlclap
import sqlclap.sqlfunctions.adapters
from tests.page.visiting import Site
from tests.support.patience import PATIENCE_S
from tests.support.sounds import tone, write_sound


@pytest.fixture
def one_sound(tmp_path: Path) -> Path:
    write_sound(tmp_path / "own" / "a.wav", tone(220), rate=44_100)
    with sqlclap.open(tmp_path / "own.db") as library:
        library.ingest([tmp_path / "own"])
    return tmp_path / "own" / "a.wav"


@pytest.fixture
def own(one_sound: Path, open_site: Callable[..., Site]) -> Site:
    return open_site(one_sound.parents[1] / "own.db")


def hours_of_silence(hours: float) -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 8_000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(round(hours * 60)):
            file.write(np.zeros(60 * 8_000, dtype=np.int16))
    return out.getvalue()


def test_a_small_upload_that_holds_hours_is_refused(site: Site) -> None:
    sent = hours_of_silence(0.5)
    assert len(sent) < 1 << 20
    answer = site.anyone.upload("api/similar-to", sent)
    assert answer.status_code == 413
    assert "10 minutes" in answer.json()["error"]


def test_a_sound_too_long_to_convert_or_draw_is_refused(
    own: Site, one_sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasette_sqlclap.conversions.LONGEST_S", 60.0)
    monkeypatch.setattr("datasette_sqlclap.peaks.LONGEST_S", 120.0)
    one_sound.write_bytes(hours_of_silence(0.05))
    visitor = own.visitor(database="own")
    for path, limit in (("audio?format=wav", "1 minutes"), ("peaks", "2 minutes")):
        answer = visitor.get(f"sample/1/{path}")
        assert answer.status_code == 413, (path, answer.text)
        assert limit in answer.json()["error"]


def make_fifo(file: Path) -> None:
    os.mkfifo(file)


def make_socket(file: Path) -> None:
    import socket

    folder = os.open(file.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{folder}/{file.name}")
    os.close(folder)


@pytest.mark.parametrize(
    "make", [make_fifo, make_socket, Path.mkdir, lambda file: file.symlink_to("/dev/zero")]
)
def test_what_is_no_file_blocks_nobody(make: Any, own: Site, one_sound: Path) -> None:
    one_sound.unlink()
    make(one_sound)
    visitor = own.visitor({"id": "root"}, database="own")
    for path in ("audio", "audio?format=wav", "peaks"):
        assert visitor.get(f"sample/1/{path}").status_code == 404
    assert visitor.json("sample/1")["playable"] is False


def test_links_out_of_a_source_are_for_the_local_user(
    own: Site, one_sound: Path, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    elsewhere = one_sound.rename(tmp_path / "elsewhere.wav")
    one_sound.symlink_to(elsewhere)
    for path in ("audio", "audio?format=wav", "peaks"):
        answer = own.visitor(database="own").get(f"sample/1/{path}")
        assert answer.status_code == 404
        assert str(tmp_path) not in answer.text
        assert own.visitor({"id": "root"}, "own").get(f"sample/1/{path}").status_code == 200
    own.close()
    opened = open_site(tmp_path / "own.db", **{"follow-links": True})
    assert opened.visitor(database="own").get("sample/1/audio").status_code == 200


def test_links_within_a_source_are_followed(own: Site, one_sound: Path) -> None:
    one_sound.symlink_to(one_sound.rename(one_sound.with_name("b.wav")))
    assert own.visitor(database="own").get("sample/1/audio").status_code == 200


def test_conversions_are_bounded_and_have_no_names(
    own: Site, one_sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Conversions(kept_bytes=250)
    for number in range(5):
        file = open(os.open(os.devnull, os.O_RDONLY), "rb")  # noqa: SIM115, PTH123
        kept.keep(number, Wav(file, 100))
    assert kept.kept_bytes == 200
    assert kept.take(0) is None
    kept.clear()
    assert kept.kept_bytes == 0
    here = tmp_path / "temporary"
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    assert own.visitor(database="own").get("sample/1/audio?format=wav").status_code == 200
    one_sound.write_bytes(b"RIFF....AIFF nothing")
    assert own.visitor(database="own").get("sample/1/audio?format=wav").status_code == 415
    assert list(here.iterdir()) == []


async def never() -> dict[str, str]:
    await asyncio.Event().wait()
    return {}


def test_a_full_pool_sends_away_and_equal_work_is_shared() -> None:
    pool, go, done = DecodingPool(1, 1), threading.Event(), []

    def work(job: Job) -> str:
        go.wait(PATIENCE_S)
        done.append(job)
        return "made"

    async def ask() -> list[str]:
        tasks = [asyncio.create_task(pool.run(never, key, work)) for key in ("a", "a", "b")]
        for _ in range(10):
            await asyncio.sleep(0)
        with pytest.raises(RefusedError) as refused:
            await pool.run(never, "c", work)
        assert refused.value.status == 503
        go.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(ask()) == ["made"] * 3
    assert len(done) == 2


def test_nothing_is_decoded_for_who_has_left() -> None:
    pool, stopped = DecodingPool(1, 1), threading.Event()

    def work(job: Job) -> None:
        try:
            while True:
                job.check()
                time.sleep(0.001)
        finally:
            stopped.set()

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    with pytest.raises(RefusedError):
        asyncio.run(pool.run(gone, "a", work))
    assert stopped.wait(PATIENCE_S)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-" + "9" * 30, "bytes=" + "9" * 5_000 + "-", "bytes=-" + "9" * 5_000,
        "bytes=\u0660-\u0669", "bytes=" + ",".join(["0-1"] * 2_000),
        "bytes=--", "bytes=5-1", "bytes= - ",
    ],
)  # fmt: skip
def test_absurd_ranges(header: str, site: Site) -> None:
    raw = header.encode("utf-8")
    answer = site.anyone.get("sample/1/audio", headers={"range": raw})
    assert answer.status_code in (200, 206, 416)


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9_latin1.wav", b"new\nline.wav", b'quote"s.wav', "🥁 kick.wav".encode(),
     "\u202egnp.wav".encode(), b"=1+1.wav", b"k" * 251 + b".wav"],
)  # fmt: skip
def test_every_name_answers_on_every_route(
    name: bytes, tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    folder = tmp_path / "odd"
    write_sound(folder / "a.wav", tone(220), rate=44_100)
    (folder / "a.wav").rename(folder / os.fsdecode(name))
    with sqlclap.open(tmp_path / "odd.db") as library:
        assert library.ingest([folder]).new == 1
    visitor = open_site(tmp_path / "odd.db").visitor({"id": "root"}, database="odd")
    for path in (
        "sample/1", "sample/1/audio", "sample/1/audio?format=wav", "sample/1/peaks",
        "/odd/samples", "/odd/samples.json", "/odd/samples/1", "/odd/samples.csv", "map", "labels",
        "api/search?q=a",
    ):  # fmt: skip
        assert visitor.get(path).status_code == 200, path
    assert visitor.post("api/labels", {"name": "x"}).status_code == 201
    assert visitor.post("api/anchors", {"label": "x", "sample_ids": [1]}).status_code == 200
    for path in ("api/anchors", "api/matches", "api/votes", "api/histogram"):
        assert visitor.get(path, params={"label": "x"}).status_code == 200


POSTS = (
    "api/samples", "api/samples/order", "api/export", "api/labels", "api/labels/change",
    "api/labels/remove", "api/anchors",
    "api/anchors/remove", "api/votes", "api/votes/undo", "api/review", "api/calibrate",
    "api/calibrate/revert", "api/tags", "api/tags/by-hand", "api/tags/undo",
)  # fmt: skip
HOSTILE = [
    b"[" * 100_000, b'{"label":' + b"[" * 100_000, b'{"label":"\\ud800","name":"\\udfff"}',
    b'{"label":"a\\u0000b","name":"a\\u0000b","sample_ids":[1]}', b'{"sample_ids":[NaN]}',
    b'{"sample_ids":[1e999],"label":"x"}', b'{"vote_id":' + b"9" * 5_000 + b"}",
    b'{"run_id":9223372036854775808}', b"\xff\xfe", b"null", b"[]", b'"x"', b'{"labels":[{}]}',
    b'{"label":"noise","sample_ids":[1],"weight":1e400}', b'{"name":"x","threshold":{}}',
    b'{"name":"y","top_k":1e30,"color":[]}', b'{"label":"x","n":true,"target":"nan"}',
]  # fmt: skip


@pytest.mark.parametrize("path", POSTS)
def test_hostile_bodies(path: str, site: Site) -> None:
    visitor = site.local
    site.run(visitor.open_page())
    headers = {"x-csrftoken": visitor.token, "content-type": "application/json"}
    headers |= {"sec-fetch-site": "same-origin"}
    for body in HOSTILE:
        answer = site.run(visitor.ask("POST", path, content=body, headers=headers))
        assert 400 <= answer.status_code < 500 or answer.status_code in (200, 201), (
            body[:60],
            path,
        )
        assert json.loads(answer.text)["ok"] is (answer.status_code < 400)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)  # fmt: skip
KEYS = (
    "label", "name", "sample_ids", "verdict", "weight", "polarity", "create", "n", "seed", "target",
    "run_id", "vote_id", "labels", "confidence", "threshold", "gap", "top_k", "color", "notes",
    "aggregation", "stratum", "review_id", "force", "apply", "dry_run",
)  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(KEYS), ODD | st.just("noise") | st.just([1]), max_size=6)


@pytest.fixture
def writable(site: Site) -> Any:
    visitor = site.local
    visitor.post("api/labels", {"name": "noise"})
    return visitor


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(POSTS), body=BODIES)
def test_any_json_is_answered(path: str, body: dict[str, Any], writable: Any) -> None:
    headers = {"x-csrftoken": writable.token, "content-type": "application/json"}
    headers |= {"sec-fetch-site": "same-origin"}
    sent = writable.ask("POST", path, content=json.dumps(body), headers=headers)
    assert writable.site.run(sent).status_code < 500


GETS = (
    "api/search", "api/similar", "api/points", "api/points/tag", "api/labels", "api/anchors",
    "api/matches", "api/votes", "api/histogram", "api/precision", "api/tags", "sample/1/audio",
    "api/density",
)  # fmt: skip
ARGUMENTS = ("q", "sample", "n", "offset", "tag", "label", "folder", "min_score", "min_length",
             "threshold", "confidence", "version", "format", "by", "level")  # fmt: skip
VALUES = st.text(max_size=12) | st.sampled_from(
    ["\0", "1e999", "nan", "-1", "9" * 30, "9" * 5_000, "٣", "1_0", "noise", "kick", "1"]
)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(GETS),
    arguments=st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=4),
)
def test_any_argument_is_answered(path: str, arguments: dict[str, str], writable: Any) -> None:
    assert writable.get(path, params=arguments).status_code < 500


def test_no_answer_tells_where_files_lie(site: Site, library: Path, heard: Path) -> None:
    visitor = site.local
    visitor.post("api/labels", {"name": "x", "threshold": 0.1, "gap": 0})
    visitor.post("api/anchors", {"label": "x", "sample_ids": [1, 2]})
    visitor.post("api/votes", {"label": "x", "sample_ids": [3], "verdict": "accept"})
    visitor.post("api/tags", {"labels": ["x"], "confidence": "low"})
    asked = [f"{path}?label=x&q=kick&sample=1" for path in GETS]
    asked += ["sample/1", "sample/99999", "api/matches?label=none", "api/similar?sample=99999"]
    for path in asked:
        text = site.anyone.get(path).content
        for folder in (library.parent, heard.parent):
            assert str(folder).encode() not in text, path
