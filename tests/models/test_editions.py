"""A library goes on with the edition of the embedded model that made its vectors."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

import sqlclap
from sqlclap.db.stored_models import list_models
from sqlclap.errors import NoVectorsError
from sqlclap.models import bundle as bundles
from sqlclap.models import editions
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle, open_bundle
from sqlclap.models.editions import edition_of, is_former
from tests.cli.running import run, succeed

DRUMS = Path(__file__).parents[2] / "demo" / "sounds" / "drums"
OWN = find_bundle(EMBEDDED_MODEL).folder
FIRST = find_bundle("sqlclap-mini-1").folder
"""The first edition, which ships for the libraries that hold its vectors."""

BEFORE_WORDS = "ee80df527306b543"
"""The version of the bundle before it listed words."""

Change = Callable[[Path, dict[str, dict[str, str]]], None]


def copy_of(folder: Path, change: Change, of: Path = OWN) -> Path:
    """Return a copy of an embedded bundle whose files were changed, with a contract that fits."""
    shutil.copytree(of, folder)
    contract = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    change(folder, contract)
    contract["files"] = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in contract["files"]
    }
    (folder / "contract.json").write_text(json.dumps(contract), encoding="utf-8")
    return folder


def without_lists(folder: Path, contract: dict[str, dict[str, str]]) -> None:
    """Take the lists of words out."""
    for name in ("taught.txt", "words.txt"):
        del contract["files"][name]


def with_other_graph(folder: Path, contract: dict[str, dict[str, str]]) -> None:
    """Change the audio graph's bytes."""
    graph = onnx.load(str(folder / "audio.onnx"))
    graph.doc_string = "another edition"
    onnx.save(graph, str(folder / "audio.onnx"))


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A library of the edition that ships."""
    with sqlclap.open(tmp_path / "first.db") as library:
        library.ingest([DRUMS])
    return tmp_path / "first.db"


@pytest.fixture
def newer(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another edition of the embedded model that came after it."""
    assert first.exists()  # made by the edition that ships
    folder = copy_of(tmp_path / "bundles" / EMBEDDED_MODEL, with_other_graph)
    monkeypatch.setattr(bundles, "_EMBEDDED_FOLDER", folder.parent)
    monkeypatch.setattr(editions, "former_folders", lambda: [OWN])
    return folder


def test_a_library_from_before_the_lists_keeps_its_vectors(tmp_path: Path) -> None:
    before = copy_of(tmp_path / "before", without_lists, FIRST)
    assert open_bundle(before).model_version == BEFORE_WORDS
    with sqlclap.open(tmp_path / "old.db", model=str(before)) as library:
        library.ingest([DRUMS])
        ids, vectors = library.vectors()
    with sqlclap.open(tmp_path / "old.db") as library:
        assert library.encoder.bundle.folder == FIRST
        assert library.search("große Trommel", 3)[0].score > 0.4
        report = library.ingest()
        assert (report.embedded, report.read_again) == (0, 0)
        assert len(list_models(library.session.database)) == 1
        again, kept = library.vectors()
    assert list(ids) == list(again)
    assert np.array_equal(vectors, kept)


def test_another_graph_is_another_model(first: Path, newer: Path) -> None:
    assert open_bundle(newer).model_version != open_bundle(OWN).model_version
    with sqlclap.open(first, model=str(newer)) as library:
        library.session.resources.with_bundle(open_bundle(newer))
        with pytest.raises(NoVectorsError, match="holds no vectors of sqlclap-mini"):
            library.search("kick", 3)


@pytest.mark.usefixtures("newer")
def test_a_library_is_searched_by_the_edition_it_has(first: Path) -> None:
    for named in (None, EMBEDDED_MODEL):
        with sqlclap.open(first, model=named) as library:
            assert is_former(library.encoder.bundle)
            assert library.search("kick", 3)[0].score > 0.4
    with sqlclap.open(first) as library:
        report = library.ingest()
        assert not report.embedded


def test_naming_the_model_makes_all_vectors_anew(first: Path, newer: Path) -> None:
    with sqlclap.open(first, model=EMBEDDED_MODEL) as library:
        report = library.ingest()
        assert report.embedded
        assert report.embedded == library.info().counts["samples"]
    with sqlclap.open(first) as library:
        assert library.encoder.bundle.folder == newer
        assert library.session.model.model_version == library.encoder.bundle.model_version
        assert len(list_models(library.session.database)) == 2
        assert library.search("kick", 3)[0].score > 0.4


@pytest.mark.usefixtures("newer")
def test_the_cost_is_told_first(first: Path) -> None:
    told = (
        "sqlclap-mini has a newer edition; "
        f"`sqlclap ingest {first} --model sqlclap-mini` makes its vectors: "
    )
    assert told in succeed("info", first)
    assert told in run("ingest", first).stderr
    anew = run("ingest", first, "--model", EMBEDDED_MODEL)
    assert "searches use the former one's until all are made" in anew.stderr
    assert "newer edition" not in succeed("info", first)


def test_damaged_and_foreign_contracts_leave_the_bundle() -> None:
    own = find_bundle(EMBEDDED_MODEL)
    for stored in (None, "{", "[]", "{}", json.dumps({"files": {"audio.onnx": 1}})):
        assert edition_of(own, stored) is own


def test_a_library_of_the_first_edition_answers_as_it_did_until_the_model_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "first.db"
    with sqlclap.open(path, model=str(FIRST)) as library:
        library.ingest([DRUMS])
        before = [(match.path, match.score) for match in library.search("snare", 5)]
    with sqlclap.open(path) as library:
        assert [(match.path, match.score) for match in library.search("snare", 5)] == before
        assert not library.ingest().embedded
    with sqlclap.open(path, model=EMBEDDED_MODEL) as library:
        assert library.ingest().embedded == library.info().counts["samples"]
        assert library.encoder.bundle.folder == OWN
