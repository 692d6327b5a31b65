"""A sidecar that can't be trusted gives exact answers and one warning; nothing ever opens it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.index import files
from sqlclap.index import settings as policy
from sqlclap.index.generation import BuildLocation
from sqlclap.index.handle import refresh_index
from sqlclap.index.manifest import (
    DEAD_FILE,
    FORMAT,
    GRAPH_FILE,
    MANIFEST,
    QUERIES_FILE,
    ROWS_FILE,
    WINDOW_QUERIES_FILE,
)
from sqlclap.index.settings import IndexParams
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    generations,
    make_indexed,
    scores_of,
    segments,
    sidecar,
    the_model,
    true_scores,
    warnings_of_the_index,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

Damage = Callable[[Path], None]
OF_THE_SEGMENT = "the segment's manifest"
FORMAT_2 = Path(__file__).with_name("format_2")


def find_file(generation: Path, name: str) -> Path:
    """Find a file: a segment holds graph and rows."""
    (segment,) = segments(library_of(generation))
    return (segment if name in (GRAPH_FILE, ROWS_FILE, OF_THE_SEGMENT) else generation) / (
        MANIFEST if name == OF_THE_SEGMENT else name
    )


def library_of(generation: Path) -> Path:
    """Return the library beside whose sidecar a generation is."""
    return generation.parent.with_name(generation.parent.name.removesuffix("-hnsw"))


def cut_short(name: str) -> Damage:
    def damage(folder: Path) -> None:
        path = find_file(folder, name)
        os.truncate(path, path.stat().st_size // 2)

    return damage


def flip_a_bit(name: str, place: float, keep_time: bool = False) -> Damage:
    def damage(folder: Path) -> None:
        path = find_file(folder, name)
        before, content = path.stat(), bytearray(path.read_bytes())
        content[int(place * (len(content) - 1))] ^= 4
        path.write_bytes(content)
        if keep_time:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return damage


def remove(name: str) -> Damage:
    return lambda folder: find_file(folder, name).unlink()


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_segment(folder: Path) -> None:
    shutil.rmtree(find_file(folder, GRAPH_FILE).parent)


def older_format(folder: Path) -> None:
    document = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(document | {"format": 0}))


def foreign(folder: Path) -> None:
    """Put the index of another library, of the same model and size, in its place."""
    other = folder.parents[1] / "other" / "library.db"
    other.parent.mkdir()
    make_indexed(other, seed=9)
    shutil.rmtree(folder)
    shutil.copytree(generations(other)[0], folder)


DAMAGES = {
    "graph cut short": cut_short(GRAPH_FILE),
    "rows cut short": cut_short(ROWS_FILE),
    "manifest cut short": cut_short(MANIFEST),
    "first byte of the graph": flip_a_bit(GRAPH_FILE, 0.0),
    "middle of the graph": flip_a_bit(GRAPH_FILE, 0.5),
    "end of the graph": flip_a_bit(GRAPH_FILE, 1.0),
    "graph, its time set back": flip_a_bit(GRAPH_FILE, 0.3, keep_time=True),
    "a row": flip_a_bit(ROWS_FILE, 0.4),
    "queries": flip_a_bit(QUERIES_FILE, 0.5),
    "manifest": flip_a_bit(MANIFEST, 0.5),
    "what is dead": flip_a_bit(DEAD_FILE, 0.5),
    "manifest of the segment": flip_a_bit(OF_THE_SEGMENT, 0.5),
    "no manifest of the segment": remove(OF_THE_SEGMENT),
    "no segment": remove_segment,
    "no graph": remove(GRAPH_FILE),
    "no rows": remove(ROWS_FILE),
    "no manifest": remove(MANIFEST),
    "nothing": remove_all,
    "older format": older_format,
    "foreign": foreign,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_gives_exact_answers_and_one_warning(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    stored = dict(enumerate(vectors, start=1))
    damage(generations(path)[0])
    planner = Planner()

    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        for query in unit_vectors(5, 16, seed=3):
            answer = ask(file, query, planner=planner)
            assert answer.plan.path == "exact"
            assert scores_of(answer) == pytest.approx(true_scores(stored, query, 10), abs=TOLERANCE)
    assert len(told) == 1
    assert f"sqlclap index build {path}" in told[0]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_build_puts_it_right_without_looking_at_it(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    damage(generations(path)[0])
    with LibraryFile(path) as file, warnings_of_the_index() as told:
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(9, 16, seed=5)])
        build(file)
        answer = ask(file, unit_vectors(1, 16)[0])
    assert (answer.plan.path, answer.plan.indexed, told) == ("graph", 309, [])


def test_a_message_of_the_format_names_both(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    older_format(generations(path)[0])
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        ask(file, unit_vectors(1, 16)[0])
    assert f"has format 0, this sqlclap reads {FORMAT}" in told[0]


def make_format_2(path: Path) -> np.ndarray:
    """Make a library with a sidecar as sqlclap 0.1.0 wrote it; return its vectors."""
    vectors = make_indexed(path, count=60)
    folder = generations(path)[0].with_name("m1-g000001-3eda810dc702")
    shutil.rmtree(sidecar(path))
    shutil.copytree(FORMAT_2, folder)
    checksum = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    with LibraryFile(path) as file:
        file.connection.execute(
            "UPDATE index_meta SET path = ?, checksum = ?", (folder.name, checksum)
        )
    return vectors


def test_a_sidecar_of_format_2_gives_exact_answers_and_one_warning(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    stored = dict(enumerate(make_format_2(path), start=1))
    planner = Planner()
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        for query in unit_vectors(3, 16, seed=3):
            answer = ask(file, query, planner=planner)
            assert answer.plan.path == "exact"
            assert scores_of(answer) == pytest.approx(true_scores(stored, query, 10), abs=TOLERANCE)
    assert len(told) == 1
    assert f"has format 2, this sqlclap reads {FORMAT}" in told[0]


@pytest.mark.parametrize("by_ingest", [False, True])
def test_a_sidecar_of_format_2_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_ingest: bool
) -> None:
    path = tmp_path / "library.db"
    make_format_2(path)
    monkeypatch.setattr(policy, "EXACT_BELOW", 60)
    with LibraryFile(path) as file, warnings_of_the_index() as told:
        site = BuildLocation(file.connection, the_model(file), IndexParams())
        meta = refresh_index(site) if by_ingest else build(file)
        assert meta is not None
        assert (meta.params["how"], meta.count) == ("built", 60)
        assert ask(file, unit_vectors(1, 16)[0]).plan.path == "graph"
        assert refresh_index(site) is None
    assert (told, len(generations(path)), len(segments(path))) == ([], 1, 1)


def test_a_copy_is_hashed_once_and_then_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    copy = tmp_path / "copy" / "library.db"
    copy.parent.mkdir()
    shutil.copy(path, copy)
    shutil.copytree(sidecar(path), sidecar(copy))
    hashed: list[Path] = []
    true_hash = vars(files)["content_hash"]
    monkeypatch.setattr(
        files, "content_hash", lambda file: (hashed.append(file), true_hash(file))[1]
    )
    with LibraryFile(copy, "read") as file:
        for _ in range(2):
            assert ask(file, np.eye(16, dtype=np.float32)[0]).plan.path == "graph"
    assert sorted(file.name for file in hashed) == sorted(
        [GRAPH_FILE, ROWS_FILE, QUERIES_FILE, WINDOW_QUERIES_FILE, DEAD_FILE]
    )


def test_restored_library_beside_a_newer_sidecar(tmp_path: Path) -> None:
    """A backup of the file alone names a generation that is gone: exact, then built anew."""
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    backup = shutil.copy(path, tmp_path / "backup.db")
    with LibraryFile(path) as file:
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(50, 16, seed=5)])
        build(file)
    shutil.copy(backup, path)
    with LibraryFile(path) as file, warnings_of_the_index() as told:
        answer = ask(file, vectors[0], Request(limit=400))
        assert (answer.plan.path, len(answer.nearest)) == ("exact", 300)
        build(file)
        assert ask(file, vectors[0]).plan.path == "graph"
    assert (len(told), len(generations(path))) == (1, 1)
