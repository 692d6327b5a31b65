"""Vectors go to Qdrant; its own client in local mode stands for the server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap import api
from sqlclap.errors import NoVectorsError, OwnVectorsError
from sqlclap.own_vectors import qdrant
from sqlclap.own_vectors.qdrant import QdrantExport
from sqlclap.search.request import Filter
from tests.cli.running import fail, rows_of, succeed
from tests.own_vectors.conftest import made_up, write_array
from tests.support.twin_libraries import Twins

qdrant_client = pytest.importorskip("qdrant_client")
models = pytest.importorskip("qdrant_client.models")
URL = "http://localhost:6333"

Server = Callable[[], Any]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """What opens a client of the one server, for commands as well."""
    monkeypatch.delenv("QDRANT_API_KEY", raising=False)

    def connect(_: str = URL) -> Any:
        return qdrant_client.QdrantClient(path=str(tmp_path / "qdrant"))

    monkeypatch.setattr(qdrant, "connect", connect)
    return connect


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    yield made
    made.close()


def held(server: Server, name: str = "sqlclap") -> dict[int, Any]:
    client = server()
    points, _ = client.scroll(name, limit=10_000, with_vectors=True)
    client.close()
    return {point.id: point for point in points}


def library_of(tmp_path: Path, name: str, prefix: str, count: int = 1_203) -> Path:
    ids = [f"{prefix}{n}" for n in range(count)]
    file = write_array(tmp_path / f"{name}.npy", made_up(count), ids)
    succeed("import-vectors", tmp_path / f"{name}.db", file, "--model", "mine")
    return tmp_path / f"{name}.db"


def test_a_library_becomes_a_collection(tmp_path: Path, server: Server) -> None:
    path = library_of(tmp_path, "one", "sound ")
    report = rows_of("export-vectors", path, URL, "--to", "qdrant")
    assert (report["collection"], report["vectors"], report["dim"]) == ("sqlclap", 1_203, 16)
    points = held(server)
    with api.open(path, mode="read") as library:
        ids, vectors = library.vectors()
        samples = {sample.sample_id: sample for sample in library.samples()}
        nearest = [match.sample_id for match in library.similar(vectors[7], 5)]
    assert sorted(points) == ids.tolist()
    for sample_id, vector in zip(ids.tolist(), vectors, strict=True):
        np.testing.assert_allclose(points[sample_id].vector, vector, atol=1e-6)
        payload = points[sample_id].payload
        assert payload["path"] == samples[sample_id].path
        assert payload["model_version"] == report["model_version"]
        assert "id" not in payload
    client = server()
    found = client.query_points("sqlclap", query=vectors[7].tolist(), limit=5).points
    client.close()
    assert [point.id for point in found] == nearest


def test_a_set_is_written_whole_with_its_ids(tmp_path: Path, server: Server, twins: Twins) -> None:
    report = rows_of("export-vectors", twins.set.path, URL, "--to", "qdrant", "--into", "all")
    points = held(server, "all")
    assert report["vectors"] == len(points) == 60
    found = {one.path: one.sample_id for one in twins.set.search("rain", 60)}
    assert {point.payload["path"]: key for key, point in points.items()} == found
    assert all(key == point.payload["sample_id"] for key, point in points.items())


def test_what_is_there_is_kept_and_gone_on_with(tmp_path: Path, server: Server) -> None:
    one, other = library_of(tmp_path, "one", "a"), library_of(tmp_path, "two", "b")
    where = ("--to", "qdrant", "--into", "mine")
    rows_of("export-vectors", one, URL, *where, "--where", "sample_id <= 700")
    assert len(held(server, "mine")) == 700
    assert "is there already" in fail("export-vectors", one, URL, *where)
    report = rows_of("export-vectors", one, URL, *where, "--resume")
    assert report["vectors"] == len(held(server, "mine")) == 1_203
    assert "holds another sound" in fail("export-vectors", other, URL, *where, "--resume")
    assert {point.payload["path"][0] for point in held(server, "mine").values()} == {"a"}


def test_broken_off_it_can_be_done_again(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, calls = library_of(tmp_path, "one", "a"), []
    upsert = qdrant_client.QdrantClient.upsert

    def breaks(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("connection reset")
        return upsert(*args, **named)

    monkeypatch.setattr(qdrant_client.QdrantClient, "upsert", breaks)
    told = fail("export-vectors", path, URL, "--to", "qdrant")
    assert "collection 'sqlclap' at http://localhost:6333 can't be used: connection reset" in told
    assert len(held(server)) == qdrant.BATCH
    rows_of("export-vectors", path, URL, "--to", "qdrant", "--resume")
    assert len(held(server)) == 1_203


def test_collections_of_another_form_or_model_are_refused(
    tmp_path: Path, server: Server, twins: Twins
) -> None:
    client = server()
    for name, size, distance in (("dot", 16, "DOT"), ("small", 8, "COSINE")):
        form = models.VectorParams(size=size, distance=models.Distance[distance])
        client.create_collection(name, vectors_config=form)
    client.close()
    path = library_of(tmp_path, "v", "a", 20)
    for name in ("dot", "small"):
        args = ("--to", "qdrant", "--into", name, "--resume")
        assert "is not of 16 numbers with cosine" in fail("export-vectors", path, URL, *args)
    rows_of("export-vectors", path, URL, "--to", "qdrant")
    again = write_array(tmp_path / "w.npy", made_up(20), [f"a{n}" for n in range(20)])
    succeed("import-vectors", tmp_path / "w.db", again, "--model", "other")
    told = fail("export-vectors", tmp_path / "w.db", URL, "--to", "qdrant", "--resume")
    assert "holds vectors of another model" in told


def test_nothing_to_write_leaves_no_collection(server: Server, twins: Twins) -> None:
    with pytest.raises(OwnVectorsError, match="nothing to export"):
        twins.set.export_to_qdrant(QdrantExport(URL, only=Filter(min_length=999)))
    client = server()
    assert not client.collection_exists("sqlclap")
    client.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("qdrant", "expected a server's address"),
        ("http://me:secret@localhost:6333", "holds no credentials"),
        ("http://localhost:6333?api-key=secret", "holds no credentials"),
    ],
)
def test_addresses_are_looked_at(tmp_path: Path, address: str, told: str) -> None:
    error = fail("export-vectors", tmp_path / "none.db", address, "--to", "qdrant")
    assert told in error
    assert "secret" not in error


def test_a_key_is_never_sent_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", "secret")
    QdrantExport("http://127.0.0.1:6333")
    QdrantExport("https://example.org:6333")
    with pytest.raises(OwnVectorsError, match="only sent over https") as error:
        QdrantExport("http://example.org:6333")
    assert "secret" not in str(error.value)


def test_a_server_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QDRANT_API_KEY", raising=False)
    path = library_of(tmp_path, "one", "a", 5)
    told = fail("export-vectors", path, "http://127.0.0.1:9", "--to", "qdrant")
    assert "can't be used" in told
    assert len(told.strip().splitlines()) == 1


def test_an_empty_set_has_no_vectors(server: Server, tmp_path: Path, fake_bundle: Path) -> None:
    twins = Twins(tmp_path, fake_bundle)
    with pytest.raises(NoVectorsError):
        twins.set.export_to_qdrant(QdrantExport(URL))
    twins.close()


def test_without_the_client_one_line_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library_of(tmp_path, "one", "a", 5)
    monkeypatch.delenv("QDRANT_API_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    told = fail("export-vectors", path, URL, "--to", "qdrant")
    assert "pip install 'sqlclap[qdrant]'" in told
