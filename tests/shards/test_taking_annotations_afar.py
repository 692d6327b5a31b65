"""Annotation files about recordings at nodes are taken into a set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.exchange.library_annotations import ImportRequest
from sqlclap.shards import open_set
from sqlclap.shards.annotation_jobs import FindNearest
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from tests.support.annotation_files import AnnotationFiles
from tests.support.heard_twins import HeardTwins
from tests.support.served_nodes import TOKEN, Nodes, node_process, url_of
from tests.support.twin_libraries import Twins

SPAN_VECTORS = """
SELECT s.path, v.start_s, v.end_s, v.vector
FROM span_vectors AS v JOIN samples AS s USING (sample_id)
ORDER BY 1, 2, 3
"""


def test_recordings_at_nodes_are_found_and_copied(
    tmp_path: Path, fake_bundle: Path, files: AnnotationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = Twins(tmp_path, fake_bundle)
    twins.add(30, seed=3)
    nodes = Nodes(twins, tmp_path / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    paths = [one.path for one in twins.sounds[:9]]
    table = files.wrote(
        "nodes.csv",
        "recording,start_s,end_s,label,verdict\n"
        + "".join(f"{path},,,owl,\n" for path in paths[:6])
        + f"/archive/{paths[6]},,,owl,reject\n"
        + f"/mnt/{paths[7]},0.1,0.5,owl,\nelsewhere/00008.wav,,,owl,\nnone.wav,,,owl,\n",
    )
    with nodes.open() as opened:
        found, _ = opened.session.ask(FindNearest((paths[0], f"/archive/{paths[6]}")))
        assert str(found.answers).count("/archive") == 1  # the folder that was named
        for kind in ("anchors", "votes"):
            reports = [
                one.annotations.take_in([table], ImportRequest(kind))
                for one in (twins.library, opened)
            ]
            assert asdict(reports[1]) == asdict(reports[0])
            assert (reports[1].added, len(reports[1].without_vector)) == (8, 1)
        told = [
            [(one.path, one.polarity, one.start_s) for one in each.labels.anchors("owl")]
            for each in (twins.library, opened)
        ]
        assert told[1] == told[0]
        matches = [
            [(one.path, one.score) for one in each.labels.matches("owl", 20)]
            for each in (twins.library, opened)
        ]
        assert [path for path, _ in matches[1]] == [path for path, _ in matches[0]]
    nodes.close()
    twins.close()


@pytest.fixture
def afar(heard_twins: HeardTwins, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The twins' set, whose shards all lie at a node."""
    content = read_set(heard_twins.set)
    shards = tuple(replace(one, node="left") for one in content.shards)
    write_set(heard_twins.set, replace(content, shards=shards))
    process = node_process(heard_twins.set, "left", Path(content.model))
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    opener = heard_twins.folder / "elsewhere"
    opener.mkdir()
    shutil.copy(heard_twins.folder / content.catalog, opener)
    nodes = (("left", url_of(process)),)
    write_set(opener / "set.toml", replace(content, shards=shards, nodes=nodes))
    yield opener / "set.toml"
    process.terminate()
    process.wait(30)
    assert process.stdout is not None
    process.stdout.close()


def test_spans_at_nodes_get_vectors_of_exactly_that_audio(
    heard_twins: HeardTwins, afar: Path, files: AnnotationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node reads the files; this process can't."""

    def refuse(*_: Any) -> None:
        raise QueryError("the file is elsewhere")

    with sqlclap.open(heard_twins.one) as library, open_set(afar) as opened:
        given, request = [files.said, files.found], ImportRequest("anchors")
        wanted = library.annotations.take_in(given, request)
        monkeypatch.setattr("sqlclap.search.spans._embed", refuse)
        report = opened.annotations.take_in(given, request)
        assert asdict(report) == asdict(wanted)
        assert report.without_vector == []
        databases = (library.connection, opened.session.catalog.database)
        rows: list[list[Any]] = [one.execute(SPAN_VECTORS).fetchall() for one in databases]
    assert [row[:3] for row in rows[1]] == [row[:3] for row in rows[0]]
    vectors = [np.stack([np.frombuffer(row[3], np.float32) for row in some]) for some in rows]
    assert len(vectors[0]) > 4
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-4)  # of another process
