"""Composed queries over HTTP: the same rows as in Python, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.search.query_audio import embed_sound
from tests.page.visiting import Site
from tests.support.sounds import tone, write_sound


def told(answer: dict[str, Any]) -> list[tuple[int, float]]:
    return [(match["sample_id"], match["score"]) for match in answer["matches"]]


def rows(matches: sqlclap.Matches) -> list[tuple[int, float]]:
    return [(one.sample_id, round(one.score, 6)) for one in matches]


def test_terms_find_what_python_finds(site: Site, heard: Path) -> None:
    query = Query().more("noise").like(3, 0.5).unlike("tones/tone-1.wav").less("choir", 0.2)
    query = query.unlike("8@0.1-0.3", 0.1)
    answer = site.anyone.json("api/find", query=query.as_json(), n=5, offset=1, folder="tones")
    with sqlclap.open(heard, mode="read") as library:
        wanted = library.find(query, 5, SearchOptions(offset=1, folder="tones"))
    assert told(answer) == rows(wanted)
    assert [term["term"] for term in answer["terms"]] == [str(term) for term in query.terms]
    assert answer["plan"]["path"] == "exact"
    assert answer["notes"] == []
    assert "file" not in answer["matches"][0]


def test_a_sound_that_is_sent_is_a_term(site: Site, heard: Path, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "other.flac", tone(150))
    terms = [{"words": "noise"}, {"upload": True, "weight": -0.5}]
    answer = site.anyone.upload(f"api/find?n=4&query={json.dumps(terms)}", file.read_bytes())
    assert answer.status_code == 200, answer.text
    with sqlclap.open(heard, mode="read") as library:
        assert told(answer.json()) == rows(library.find(Query().more("noise").unlike(file, 0.5), 4))
        vector = embed_sound(library.encoder, file)
        again = library.find(Query().more("noise").away_from(vector, 0.5), 4)
    assert told(answer.json()) == rows(again)


def test_labels_are_terms(site: Site) -> None:
    body = {"label": "noise", "sample_ids": [1, 2], "create": True}
    assert site.local.post("api/anchors", body).status_code == 200
    answer = site.anyone.json("api/find", query='[{"label": "noise"}]', n=3)
    assert len(answer["matches"]) == 3
    refused = site.anyone.get("api/find", params={"query": '[{"label": "nose"}]'})
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "expected ?query="),
        ("kick", "JSON array of terms"),
        ("[]", "at least one term"),
        ('[{"words": "a", "weight": -1}]', "at least one term"),
        ('[{"word": "a"}]', "got word"),
        ('[{"upload": true}]', "as the body of a POST"),
        ('[{"upload": 1}]', "got upload"),
        ('[{"sound": "3@0-700"}]', "at most 600 s together"),
        ('[{"vector": [1, 2]}]', "expected a vector of"),
        (json.dumps([{"words": "a" * 31_000}]), "30,000 characters"),
    ],
)
def test_what_is_refused(site: Site, query: str, error: str) -> None:
    answer = site.anyone.get("api/find", params={"query": query})
    assert answer.status_code == 400
    assert error in answer.json()["error"]


def test_no_file_of_the_host_is_looked_for(site: Site, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "other.wav", tone(150))
    for name in (str(file), f"{file}@0-0.1", str(tmp_path / "nowhere.wav")):
        answer = site.anyone.get("api/find", params={"query": json.dumps([{"sound": name}])})
        assert answer.status_code == 404
        assert "neither a sample id nor a path in the library" in answer.json()["error"]


def test_a_sound_needs_its_term_and_a_term_its_sound(site: Site) -> None:
    answer = site.anyone.upload('api/find?query=[{"words": "a"}]', b"RIFF")
    assert answer.status_code == 400
    assert "expected a term" in answer.json()["error"]
    answer = site.anyone.upload('api/find?query=[{"upload": true}]', b"")
    assert answer.status_code == 400
    sent = {"sec-fetch-site": "cross-site"}
    asked = 'api/find?query=[{"upload": true}]'
    answer = site.run(site.anyone.ask("POST", asked, content=b"RIFF", headers=sent))
    assert answer.status_code == 403


def test_labels_that_may_not_be_seen_are_not_told_of(library: Path, open_site: Any) -> None:
    site = open_site(library, hidden_table="labels")
    assert site.anyone.get("api/find", params={"query": '[{"words": "a"}]'}).status_code == 403
    assert site.local.get("api/find", params={"query": '[{"words": "a"}]'}).status_code == 200


def test_a_path_leads_through_the_sounds_that_python_finds(
    site: Site, heard: Path, tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "other.flac", tone(150))
    answer = site.anyone.json("api/between", query='[{"sound": 1}, {"sound": 5}]', n=2)
    terms = json.dumps([{"upload": True}, {"sound": 5}])
    sent = site.anyone.upload(f"api/between?n=2&query={terms}", file.read_bytes())
    with sqlclap.open(heard, mode="read") as library:
        assert told(answer) == rows(library.between(1, 5, 2))
        assert told(sent.json()) == rows(library.between(file, 5, 2))
    assert answer["terms"] == []
    refused = site.anyone.get("api/between", params={"query": '[{"sound": 1}]'})
    assert refused.status_code == 400
    assert "expected two ends" in refused.json()["error"]


def test_several_sounds_are_sent_in_one_body(site: Site, heard: Path, tmp_path: Path) -> None:
    files = [write_sound(tmp_path / f"{hz}.flac", tone(hz)) for hz in (150, 300)]
    sent = [one.read_bytes() for one in files]
    terms: list[dict[str, Any]] = [{"upload_bytes": len(one)} for one in sent]
    terms[1]["weight"] = -0.5
    asked = f"n=4&query={json.dumps(terms)}"
    answer = site.anyone.upload(f"api/find?{asked}", b"".join(sent))
    assert answer.status_code == 200, answer.text
    with sqlclap.open(heard, mode="read") as library:
        assert told(answer.json()) == rows(
            library.find(Query().like(files[0]).unlike(files[1], 0.5), 4)
        )
    for wrong in (b"".join(sent)[:-1], sent[0], b"".join(sent) + b"x"):
        refused = site.anyone.upload(f"api/find?{asked}", wrong)
        assert (refused.status_code, "up to the body's end" in refused.json()["error"]) == (
            400,
            True,
        )
    mixed = json.dumps([{"upload": True}, {"upload_bytes": 3}])
    assert site.anyone.upload(f"api/find?query={mixed}", b"abc").status_code == 400


def test_a_query_is_told_as_sql(site: Site, heard: Path, tmp_path: Path) -> None:
    query = Query().more("noise").like(3, 0.5).less("choir", 0.2)
    asked = {"query": query.as_json(), "n": 4, "folder": "tones", "measured": "rms_db:-60:"}
    found = site.anyone.json("api/find", **asked)
    statement = site.anyone.json("api/find/sql", **asked)["sql"]
    file = write_sound(tmp_path / "other.flac", tone(150))
    sent = site.anyone.upload('api/find/sql?n=4&query=[{"upload": true}]', file.read_bytes())
    with sqlclap.open(heard, mode="read") as library:
        sqlclap.register_functions(library.connection)
        by_sql = library.connection.execute(statement).fetchall()
        by_file = library.connection.execute(sent.json()["sql"]).fetchall()
        assert [row[2] for row in by_file] == [one.sample_id for one in library.similar(file, 4)]
    assert [row[2] for row in by_sql] == [one for one, _ in told(found)]


@pytest.mark.parametrize("way", ["api/find", "api/find/sql"])
def test_whoever_is_refused_rows_is_refused_the_statement(
    way: str, site: Site, tmp_path: Path
) -> None:
    """The server's own files among it: they are nobody's business."""
    file = str(write_sound(tmp_path / "secret.wav", tone(200)))
    for terms, more, status, told in (
        ([{"sound": file}], {}, 404, "neither a sample id nor a path in the library"),
        ([{"sound": f"{file}@0-0.2"}], {}, 404, "neither a sample id nor a path in the library"),
        ([{"label": "none"}], {}, 404, "none"),
        ([{"words": "noise"}], {"label": "none"}, 404, "none"),
        ([{"words": "noise"}], {"folder": "none"}, 400, "none"),
        ([{"words": "noise"}], {"sort": "none"}, 400, "no column 'none'"),
        ([{"words": "noise"}], {"min_length": 3, "max_length": 1}, 400, "min_length"),
    ):
        answer = site.anyone.get(way, params={"query": json.dumps(terms), **more})
        assert (answer.status_code, told in answer.json()["error"]) == (status, True), answer.text
