"""Files that are hashed while they are written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import IndexFileError
from sqlclap.index import hashed_file as stream
from sqlclap.index.hashed_file import HashedFile, write_hashed
from sqlclap.index.hnsw import load_graph, new_graph
from sqlclap.index.settings import IndexParams
from tests.support.vector_library import unit_vectors


@pytest.mark.parametrize("blocks", [0, 1, 7])
def test_bytes_and_hash_are_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    monkeypatch.setattr(stream, "SYNC_BYTES", 250)
    content = [os.urandom(100) for _ in range(blocks)]

    def write(file: HashedFile) -> None:
        for block in content:
            assert file.write(block) == len(block)

    described = write_hashed(tmp_path / "file", write)
    written = (tmp_path / "file").read_bytes()
    assert written == b"".join(content)
    assert described == {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}


def test_all_is_asked_of_the_disk_before_it_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(stream, "SYNC_BYTES", 100)
    monkeypatch.setattr(os, "fsync", lambda handle: lengths.append(os.fstat(handle).st_size))
    write_hashed(tmp_path / "file", lambda file: [file.write(bytes(60)) for _ in range(5)])
    assert lengths[-1] == 300


def test_a_disk_that_fails_late_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_hashed(tmp_path / "file", lambda file: file.write(b"x"))


def test_a_graph_is_written_and_read_again(tmp_path: Path) -> None:
    vectors = unit_vectors(300, 16)
    graph = new_graph(16, IndexParams())
    graph.add(vectors)
    write_hashed(tmp_path / "graph", graph.write)
    again = load_graph(tmp_path / "graph", IndexParams())
    again.add(vectors[:5])
    found = again.search(vectors[:50], 10, 64)[1]
    assert again.count == 305
    assert (found[5:, 0] == np.arange(5, 50)).all()


@pytest.mark.parametrize("content", [b"", b"not a graph at all", b"IHN2" + b"\x7f" * 400])
def test_what_is_no_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "graph").write_bytes(content)
    with pytest.raises(IndexFileError, match="can't be read"):
        load_graph(tmp_path / "graph", IndexParams())
