"""What must not get through, wherever it is tried: other libraries, other sites, odd names."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3

from sqlclap.sqlfunctions.adapters import load_sqlite_vec_on_sqlite3
from tests.page.test_writing import rows
from tests.page.visiting import Site

BEYOND = 5
KEPT = """
    SELECT (SELECT count(*) FROM labels), (SELECT count(*) FROM anchors),
        (SELECT count(*) FROM votes), (SELECT count(*) FROM tags), (SELECT count(*) FROM tag_runs)
"""
BY_ID = [
    ("api/anchors", {"label": "noise", "sample_ids": [1, BEYOND]}),
    ("api/votes", {"label": "noise", "sample_ids": [1, BEYOND], "verdict": "accept"}),
    ("api/tags/by-hand", {"label": "noise", "sample_ids": [1, BEYOND]}),
]


def change(library: Path, sql: str) -> None:
    with sqlite3.connect(library) as connection:
        load_sqlite_vec_on_sqlite3(connection)  # a trigger takes a sample's vectors along
        connection.execute(sql)
    connection.close()


@pytest.fixture
def neighbour(library: Path, tmp_path: Path) -> Path:
    """Another library, served beside the first, that has only four of its samples."""
    other = Path(shutil.copyfile(library, tmp_path / "other.db"))
    change(other, "DELETE FROM samples WHERE sample_id >= 5")
    change(other, "INSERT INTO labels (name) VALUES ('noise')")
    return other


@pytest.mark.parametrize(("path", "body"), BY_ID)
def test_another_databases_samples_cannot_be_written_about(
    path: str,
    body: dict[str, Any],
    library: Path,
    neighbour: Path,
    open_site: Callable[..., Site],
) -> None:
    site = open_site(library, neighbour)
    before = rows(neighbour, KEPT), rows(library, KEPT)
    visitor = site.visitor({"id": "root"}, database="other")
    answer = visitor.post(path, body)
    assert answer.status_code == 404
    assert str(BEYOND) in answer.json()["error"]
    assert (rows(neighbour, KEPT), rows(library, KEPT)) == before
    assert visitor.post(path, body | {"sample_ids": [1]}).status_code in (200, 201)
    assert rows(library, KEPT) == before[1]


def test_another_databases_samples_cannot_be_read(
    library: Path, neighbour: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, neighbour)
    visitor = site.visitor(database="other")
    for path in (f"api/similar?sample={BEYOND}", f"sample/{BEYOND}", f"sample/{BEYOND}/audio"):
        assert visitor.get(path).status_code == 404
        assert site.visitor().get(path).status_code == 200
    told = visitor.post("api/samples", {"sample_ids": [1, BEYOND]}).json()["samples"]
    assert [row["sample_id"] for row in told] == [1]


def test_runs_and_votes_of_another_database_cannot_be_undone(
    library: Path, neighbour: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, neighbour)
    body = {"label": "noise", "sample_ids": [1]}
    other = site.visitor({"id": "root"}, database="other")
    run = other.post("api/tags/by-hand", body).json()["run_id"]
    (vote,) = other.post("api/votes", body | {"verdict": "accept"}).json()["vote_ids"]
    assert site.local.post("api/tags/undo", {"run_id": run}).status_code == 404
    assert site.local.post("api/votes/undo", {"vote_id": vote}).status_code == 404
    assert rows(neighbour, KEPT) == [(1, 0, 1, 1, 1)]


@pytest.mark.parametrize(
    "path", ["api/similar-to", "api/samples", "api/samples/order", "api/export"]
)
def test_other_sites_cannot_have_uploads_answered(path: str, site: Site) -> None:
    visitor = site.anyone
    site.run(visitor.open_page())
    for sent in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
    ):
        headers = sent | {"x-csrftoken": visitor.token}
        answer = site.run(visitor.ask("POST", path, content=b"x" * 50, headers=headers))
        assert answer.status_code == 403


def test_an_upload_that_does_not_say_how_long_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasette_sqlclap.search_api.LARGEST_UPLOAD", 10_000)
    taken: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            taken.append(1)
            yield b"\x00" * 1_000

    visitor = site.anyone
    site.run(visitor.open_page())
    headers = {"x-csrftoken": visitor.token, "sec-fetch-site": "same-origin"}
    sent = visitor.ask("POST", "api/similar-to", content=endless(), headers=headers)
    answer = site.run(sent)
    assert answer.status_code == 413
    assert "at most 10,000 bytes" in answer.json()["error"]


def test_a_length_that_lies_is_of_no_use(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasette_sqlclap.search_api.LARGEST_UPLOAD", 10_000)
    visitor = site.anyone
    site.run(visitor.open_page())
    headers = {"x-csrftoken": visitor.token, "sec-fetch-site": "same-origin"}
    for length in ("5", "-5", "x"):
        sent = headers | {"content-length": length}
        asked = visitor.ask("POST", "api/similar-to", content=b"\x00" * 10_001, headers=sent)
        assert site.run(asked).status_code == 413


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", '"><img src=x>', "a&b<c"])
def test_names_of_labels_are_no_html(name: str, site: Site) -> None:
    visitor = site.local
    assert visitor.post("api/labels", {"name": name}).status_code == 201
    visitor.post("api/tags/by-hand", {"label": name, "sample_ids": [1]})
    for path in ("map", "labels", "/sounds/labels", "/sounds"):
        assert name not in visitor.get(path).text
    answer = visitor.get("api/labels")
    assert answer.json()["labels"][0]["name"] == name
    assert answer.headers["content-type"].startswith("application/json")


def test_a_sound_with_an_html_name_is_sent_as_a_sound_alone(site: Site) -> None:
    found = site.anyone.json("api/search", q="tone", n=50)["matches"]
    (odd,) = [match["sample_id"] for match in found if "<img" in match["path"]]
    answer = site.anyone.get(f"sample/{odd}/audio")
    assert answer.headers["content-type"] == "audio/wav"
    assert "<" not in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/-/static-plugins/sqlclap/../../../pyproject.toml",
        "/-/static-plugins/sqlclap/..%2F__init__.py",
        "/-/static-plugins/sqlclap/%2e%2e/%2e%2e/answers.py",
        "/-/sqlclap/..%2Fsounds/map",
        "/-/sqlclap/sounds/api/points/..%2f..%2fsounds.db",
    ],
)
def test_addresses_lead_to_no_other_file(path: str, site: Site) -> None:
    answer = site.anyone.get(path)
    assert answer.status_code in (400, 403, 404)
    assert b"import" not in answer.content


def test_ten_megabytes_of_text_in_json(site: Site) -> None:
    answer = site.local.post("api/labels", {"name": "kick " * 2_000_000})
    assert answer.status_code == 413
    assert len(answer.content) < 500


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "map", "GET, HEAD"),
        ("OPTIONS", "labels", "GET, HEAD"),
        ("PUT", "sample/1/audio", "GET, HEAD"),
        ("GET", "api/samples", "POST"),
    ],
)
def test_a_method_that_an_address_does_not_take(
    method: str, path: str, allowed: str, site: Site
) -> None:
    answer = site.run(site.local.ask(method, path, headers={"authorization": "Bearer x"}))
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/-/sqlclap", "/-/sqlclap/-/openapi.json"])
def test_a_method_that_what_is_of_no_library_does_not_take(path: str, site: Site) -> None:
    bearer = {"authorization": "Bearer x"}
    answer = site.run(site.datasette.client.post(path, headers=bearer))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_body_of_another_kind_is_not_called_a_sound_that_cannot_be_read(site: Site) -> None:
    answer = site.local.post("api/favourites", {"sample_ids": [1]}, content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


def test_a_flac_that_breaks_off_says_that_nothing_of_it_can_be_decoded(
    site: Site, heard: Path
) -> None:
    flac = (heard.parent / "sounds" / "noises" / "long.flac").read_bytes()
    answer = site.local.upload("api/similar-to", flac[:600])
    assert answer.status_code == 415
    assert "nothing of it can be decoded (" in answer.json()["error"]
