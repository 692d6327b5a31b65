"""Call density on the command line, over HTTP and in SQL: the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.labels.votes import Verdict
from tests.cli.running import fail, rows_of, succeed
from tests.page.test_same_records import of_sql
from tests.page.visiting import Site


@pytest.fixture
def reviewed(library: Path) -> Path:
    """The library with a label whose review is answered: the tones hold it."""
    with sqlclap.open(library) as opened:
        opened.labels.add("tone")
        opened.labels.add_anchors("tone", [1])
        review = opened.labels.review("tone", 11, seed=1)
        for item in review.items:
            verdict: Verdict = "accept" if "tone" in item.path else "reject"
            vote = sqlclap.CastVote(verdict, "review", review.review_id, item.stratum)
            opened.labels.vote("tone", [item.sample_id], vote)
    return library


def test_three_surfaces_tell_the_same(reviewed: Path) -> None:
    site = Site(reviewed)
    told = rows_of("density", reviewed, "tone", "--by", "hour,site", "--level", "0.8")
    asked = {"label": "tone", "by": "site,hour", "level": 0.8}
    assert site.local.json("api/density", **asked)["densities"] == told
    sql = """SELECT clap_density('tone', '{"by": "site,hour", "level": 0.8}')"""
    assert of_sql(site.local, sql) == told
    site.close()


def test_the_table_and_the_file(reviewed: Path) -> None:
    shown = succeed("density", reviewed, "tone", "--by", "year")
    assert "year" in shown
    assert "%" in shown
    heading, *rows = succeed("density", reviewed, "tone", "--csv").splitlines()
    assert heading == (
        "label,site,deployment,year,month,date,hour,unit,total,votes,accepted,density,low,high,level"
    )
    assert len(rows) == 1


def test_errors_name_the_next_step(library: Path) -> None:
    with sqlclap.open(library) as opened:
        opened.labels.add("tone")
    assert "sqlclap anchor add" in fail("density", library, "tone")
    with sqlclap.open(library) as opened:
        opened.labels.add_anchors("tone", [1])
    assert "sqlclap review" in fail("density", library, "tone")
    assert "expected any of site" in fail("density", library, "tone", "--by", "moon")
    site = Site(library)
    answer = site.local.get("api/density?label=tone")
    assert answer.status_code == 409
    assert "answer more questions of its review" in answer.json()["error"]
    assert site.local.get("api/density?label=tone&by=moon").status_code == 400
    assert site.local.get("api/density?label=tone&level=2").status_code == 400
    site.close()
