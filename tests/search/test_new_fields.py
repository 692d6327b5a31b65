"""What a field of a match takes: its class and its query. All surfaces follow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db.statements import statement
from sqlclap.records import columns
from sqlclap.search import results
from tests.cli.running import rows_of, succeed
from tests.page.visiting import Site


@dataclass(frozen=True)
class LouderMatch(results.Match):
    """A match that tells one more column of its sample."""

    rms_db: float | None = field(default=None, kw_only=True)


@pytest.fixture
def changed(filled: sqlclap.Library, monkeypatch: pytest.MonkeyPatch) -> sqlclap.Library:
    """The library of six sounds, with a new field of matches: its class, its query's column."""

    def read(name: str) -> str:
        text = statement(name)
        assert "s.format" in text
        return text.replace("s.format", "s.format, s.rms_db")

    monkeypatch.setattr(results, "Match", LouderMatch)
    monkeypatch.setattr(results, "statement", read)
    return filled


def test_a_new_field_is_told_everywhere(changed: sqlclap.Library, fake_bundle: Path) -> None:
    found = changed.similar(1, 3)
    loudness = {sample.sample_id: sample.rms_db or 0.0 for sample in changed.samples()}
    expected = [loudness[match.sample_id] for match in found]
    assert [getattr(match, "rms_db") for match in found]  # noqa: B009 - a field of this test == expected
    assert found.to_pandas()["rms_db"].tolist() == expected
    asked = ("similar", changed.path, "1", "-n", "3", "--model", fake_bundle)
    rounded = [round(value, 6) for value in expected]
    assert [row["rms_db"] for row in rows_of(*asked)] == rounded
    assert [json.loads(line)["rms_db"] for line in succeed(*asked, "--nl").splitlines()] == rounded
    assert "rms_db" in succeed(*asked, "--csv").splitlines()[0].split(",")
    assert "rms_db" in columns(results.Match, ("sample_id", "score"))


def test_a_new_field_is_told_over_http(
    changed: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The table of answers names the class itself, which this test has another one for.
    monkeypatch.setattr("tests.page.visiting.check_answer", lambda *_: None)
    site = Site(changed.path)
    try:
        told: Any = site.visitor({"id": "root"}, "library").json("api/similar", sample=1, n=3)
    finally:
        site.close()
    assert all(match["rms_db"] < 0 for match in told["matches"])
