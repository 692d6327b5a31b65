"""Results as data frames: plain types, also of nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import sqlclap
from sqlclap.db.samples import Sample
from sqlclap.errors import NotInstalledError, SqlclapError
from sqlclap.labels.anchors import Anchor
from sqlclap.labels.matching import LabelMatch
from sqlclap.labels.review import ReviewItem
from sqlclap.labels.store import LabelOverview
from sqlclap.labels.suggestions import Suggestion
from sqlclap.labels.tags import PastRun, Tag
from sqlclap.labels.votes import Vote
from sqlclap.labels.zero_shot import NamedSample
from sqlclap.map.cluster_store import Cluster
from sqlclap.notebook.frames import frame_columns
from sqlclap.notebook.results import Results
from sqlclap.recordings.deployments import DeploymentSummary
from sqlclap.records import field_names, record
from sqlclap.search.duplicate_groups import DuplicateRow
from sqlclap.search.moments import Moment
from sqlclap.search.results import Match
from tests.support.sounds import noise, tone, write_sound

PLAIN = {
    "bool": ("bool", "boolean"),
    "int": ("int64", "Int64"),
    "float": ("float64", "float64"),
    "str": ("string", "string"),
}


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """A library of tones and noises with copies, labels, a vote and tags."""
    folder = tmp_path_factory.mktemp("frames")
    for hz in (110, 220, 440):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    for name, seed in (("noise-1", 1), ("noise-1-copy", 1), ("noise-2", 2)):
        write_sound(folder / "sounds" / f"{name}.flac", noise(seed))
    with sqlclap.open(folder / "sounds.db") as library:
        library.ingest([folder / "sounds"])
        library.labels.ensure("tone", [4, 5])
        library.labels.ensure("noise", [1, 2])
        library.labels.vote("tone", [6], sqlclap.CastVote("accept"))
        library.labels.tag(sqlclap.TagRequest(labels=("tone",), confidence="low", force=True))
        yield library


TABLES = {
    "matches": lambda library: library.search("noise", 5),
    "moments": lambda library: library.search("x", 5, sqlclap.SearchOptions(moments=True)),
    "samples": lambda library: library.samples(),
    "duplicates": lambda library: library.duplicates(0.9),
    "label matches": lambda library: library.labels.matches("tone", 5),
    "labels": lambda library: library.labels.overview(),
    "anchors": lambda library: library.labels.anchors("tone"),
    "votes": lambda library: library.labels.votes("tone"),
    "tags": lambda library: library.labels.tags(),
    "runs": lambda library: library.labels.runs(),
    "review pairs": lambda library: library.labels.review("tone", 3).items,
    "suggestions": lambda library: library.labels.suggest(["noise"], 3),
    "classification": lambda library: library.labels.classify(["noise", "tone"]),
    "clusters": lambda library: library.clusters.fit().clusters,
}


def plain_type(column: Any) -> str:
    return PLAIN[column.type.__name__][column.optional]


@pytest.mark.parametrize("what", [one for one in TABLES if one != "clusters"])
def test_columns_are_the_fields_in_plain_types(heard: sqlclap.Library, what: str) -> None:
    table = TABLES[what](heard)
    rows = [*table.rows()]
    assert rows
    frame = table.to_pandas()
    assert len(frame) == table.row_count() == len(rows)
    assert {str(kind) for kind in frame.dtypes} <= {*sum(PLAIN.values(), ())}
    assert object not in {*frame.dtypes}
    for column in frame_columns(table.kind):
        assert str(frame[column.name].dtype) == plain_type(column), column
        told = [None if pd.isna(value) else value for value in frame[column.name]]
        assert told == [column.value(row) for row in rows]
    assert {*field_names(table.kind)} - {"verified"} <= {*frame.columns}


@pytest.mark.slow
def test_clusters_become_a_data_frame(heard: sqlclap.Library) -> None:
    table = TABLES["clusters"](heard)
    assert table.to_pandas()["sounds"].sum() == len(heard.samples())
    assert str(table.to_pandas()["name"].dtype) == "string"


@pytest.mark.parametrize("what", [one for one in TABLES if one != "clusters"])
def test_polars_and_arrow_hold_the_same(heard: sqlclap.Library, what: str) -> None:
    table = TABLES[what](heard)
    frame, arrow = table.to_polars(), table.to_arrow()
    assert frame.columns == arrow.column_names
    assert pl.Object not in frame.dtypes
    assert frame.to_dicts() == arrow.to_pylist()
    told = [{one.name: one.value(row) for one in frame_columns(table.kind)} for row in table.rows()]
    assert arrow.to_pylist() == told


KINDS = (
    Anchor, Cluster, DeploymentSummary, DuplicateRow, LabelMatch, LabelOverview, Match, Moment,
    NamedSample, PastRun, ReviewItem, Sample, Suggestion, Tag, Vote,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_keep_their_types(kind: type) -> None:
    none: Results[Any] = Results([], kind)
    types = {column.name: plain_type(column) for column in frame_columns(kind)}
    assert {name: str(kind) for name, kind in none.to_pandas().dtypes.items()} == types
    in_polars = {bool: pl.Boolean, int: pl.Int64, float: pl.Float64, str: pl.String}
    in_arrow = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
    frame, table = none.to_polars(), none.to_arrow()
    for column in frame_columns(kind):
        assert frame.schema[column.name] == in_polars[column.type]
        assert table.schema.field(column.name).type == in_arrow[column.type]
    assert (frame.height, table.num_rows) == (0, 0)
    assert repr(none).startswith("no ")


def test_a_search_without_answers_knows_its_kind(heard: sqlclap.Library) -> None:
    nothing = sqlclap.SearchOptions(min_score=2, moments=True)
    assert [*heard.search("x", 5, nothing).to_pandas().columns] == [*field_names(Moment)]


def test_numbers_keep_all_their_digits(heard: sqlclap.Library) -> None:
    found = heard.search("noise", 3)
    assert found.to_pandas()["score"].tolist() == [match.score for match in found]
    assert record(found[0])["score"] == pytest.approx(found[0].score, abs=1e-6)


def test_a_slice_is_a_table_too(heard: sqlclap.Library) -> None:
    found = heard.search("noise", 5)
    assert found[1:3].to_pandas()["rank"].tolist() == [2, 3]
    assert isinstance(heard.samples()[2:4], Results)
    groups = heard.duplicates(0.9)
    assert len(groups[:1].to_pandas()) == len(groups[0].sounds)


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_what_is_not_installed_is_named_with_its_command(
    heard: sqlclap.Library, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    method = {"pyarrow": "to_arrow"}.get(name, f"to_{name}")
    with pytest.raises(NotInstalledError, match=r"pip install 'sqlclap\[notebook\]'") as caught:
        getattr(heard.samples(), method)()
    assert isinstance(caught.value, SqlclapError)
    assert isinstance(caught.value, ImportError)


def test_showing_results_imports_no_data_frames(heard: sqlclap.Library, tmp_path: Path) -> None:
    code = f"""
import sys, sqlclap
with sqlclap.open({str(heard.path)!r}, mode="read") as library:
    print(repr(library.similar(1, 3)), library.similar(1, 3)._repr_html_()[:9])
print({{"pandas", "polars", "pyarrow"}} & {{*sys.modules}} or "none")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "none"
