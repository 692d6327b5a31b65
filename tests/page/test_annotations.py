"""Annotations as a download: the same file as from the command line, by those who may read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sqlclap
from sqlclap.exchange.library_annotations import ExportRequest, ImportRequest
from tests.page.visiting import Site

SPANS = """recording,start_s,end_s,label,verdict,notes
tones/tone-0.wav,0.1,0.3,hum,,=1+1
tones/tone-1.wav,,,hum,,
tones/tone-2.wav,0,0.2,hiss,reject,
"""


@pytest.fixture
def labelled(library: Path, tmp_path: Path, open_site: Callable[..., Site]) -> Site:
    """The site, over a library with labelled spans."""
    (tmp_path / "spans.csv").write_text(SPANS)
    with sqlclap.open(library) as opened:
        opened.annotations.take_in([tmp_path / "spans.csv"])
        opened.annotations.take_in([tmp_path / "spans.csv"], ImportRequest(kind="anchors"))
    return open_site(library)


@pytest.mark.parametrize("name", ["csv", "raven", "birdnet", "kaleidoscope"])
def test_the_download_is_what_python_writes(name: str, labelled: Site, library: Path) -> None:
    answer = labelled.anyone.get(f"api/annotations?format={name}")
    with sqlclap.open(library, mode="read") as opened:
        request = ExportRequest(absolute=False)
        assert answer.text == opened.annotations.text(name, request)
    assert str(library.parent) not in answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_to_download_can_be_chosen(labelled: Site) -> None:
    get = labelled.anyone.get
    assert get("api/annotations").text.count("\n") == 3
    assert "'=1+1" in get("api/annotations").text
    assert get("api/annotations?all_verdicts=true").text.count("\n") == 4
    assert get("api/annotations?label=hiss&all_verdicts=true").text.count("\n") == 2
    assert get("api/annotations?from=anchors&all_verdicts=true").text.count("\n") == 4
    assert get("api/annotations?from=tags").text.count("\n") == 1
    (sample,) = [row["sample_id"] for row in get("api/votes?label=hum").json()["votes"][:1]]
    track = get(f"api/annotations?format=audacity&sample={sample}").text
    assert track == "0.100000\t0.300000\thum\n"


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("format=word", 400, "expected one of audacity"),
        ("format=parquet", 400, "is no text"),
        ("format=audacity", 400, "is of one recording"),
        ("format=birdnet&all_verdicts=true", 400, "can't say that something was rejected"),
        ("all_verdicts=yes", 400, "expected all_verdicts to be true or false"),
        ("from=matches", 400, "expected one of votes"),
        ("label=wolf", 404, "no label 'wolf'"),
        ("sample=9999", 404, "9999"),
        ("sample=x", 400, "sample"),
    ],
)
def test_what_can_not_be_downloaded_is_told(
    query: str, status: int, message: str, labelled: Site
) -> None:
    answer = labelled.anyone.get(f"api/annotations?{query}")
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert message in answer.json()["error"]


def test_who_may_not_see_votes_gets_none(
    labelled: Site, library: Path, open_site: Callable[..., Site]
) -> None:
    guarded = open_site(library, hidden_table="votes")
    assert guarded.anyone.get("api/annotations").status_code == 403
    assert guarded.local.get("api/annotations").status_code == 200
