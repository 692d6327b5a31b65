"""The plugin of `llm`, in its own command line and database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import llm
import numpy as np
import pytest
from llm.models import EmbeddingModel

import sqlclap
from sqlclap.errors import AudioError, QueryError
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sounds."""
    folder = tmp_path_factory.mktemp("llm")
    for hz in (110, 440, 880):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    write_sound(folder / "sounds" / "noise.wav", noise(1))
    return folder


def run_llm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `llm` with settings of its own."""
    environment = os.environ | {"LLM_USER_PATH": str(folder / "user")}
    command = [sys.executable, "-m", "llm", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, timeout=120
    )


def test_its_command_line(folder: Path) -> None:
    """`llm embed-multi --files` and `llm similar` work, by words and by sound."""
    files = ("--files", str(folder / "sounds"), "*.wav", "--binary")
    stored = run_llm(folder, "embed-multi", "sounds", *files, "-m", "sqlclap-mini")
    assert stored.returncode == 0, stored.stderr
    by_sound = run_llm(
        folder, "similar", "sounds", "--binary", "-i", str(folder / "sounds" / "noise.wav")
    )
    first = by_sound.stdout.splitlines()[0]
    assert '"id": "noise.wav"' in first, by_sound.stderr
    by_words = run_llm(folder, "similar", "sounds", "-c", "white noise", "-n", "4")
    assert len(by_words.stdout.splitlines()) == 4, by_words.stderr
    assert "sqlclap-mini" in run_llm(folder, "embed-models").stdout


def test_vectors_are_a_librarys(folder: Path) -> None:
    """What it stores is what ingest stores, so that both can be compared."""
    run_llm(
        folder, "embed-multi", "same", "--files", str(folder / "sounds"), "*.wav", "--binary",
        "-m", "sqlclap-mini",
    )  # fmt: skip
    with sqlite3.connect(folder / "user" / "embeddings.db") as connection:
        rows = connection.execute(
            "SELECT e.id, e.embedding FROM embeddings e JOIN collections c ON c.id = "
            "e.collection_id WHERE c.name = 'same' ORDER BY e.id"
        ).fetchall()
    with sqlclap.open(folder / "library.db") as library:
        library.ingest([folder / "sounds"])
        paths = [one.path for one in library.samples()]
        ids, vectors = library.vectors()
        own = dict(zip(paths, vectors, strict=True))
        assert len(ids) == 4
    assert [name for name, _ in rows] == sorted(own)
    for name, blob in rows:
        np.testing.assert_allclose(np.frombuffer(blob, "<f4"), own[name], atol=1e-3)


def test_refuses_what_is_no_question(folder: Path) -> None:
    """Sound files read as text, empty texts and bytes that are no sound are told."""
    model = llm.get_embedding_model("sqlclap-mini")
    as_text = (folder / "sounds" / "noise.wav").read_bytes().decode("latin-1")
    with pytest.raises(QueryError, match="--binary"):
        model.embed(as_text)
    with pytest.raises(QueryError):
        model.embed("  ")
    with pytest.raises(AudioError):
        model.embed(b"no sound")
    assert model.embed("RIFF raff") == model.embed("RIFF raff")


def test_installed_models_are_offered(
    folder: Path, fake_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is installed is there by its name, and one without words says so."""
    from sqlclap.llm_models import register_embedding_models

    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "fake").symlink_to(fake_bundle)
    offered: list[EmbeddingModel] = []
    register_embedding_models(offered.append)
    assert [one.model_id for one in offered] == ["sqlclap-mini", "fake"]
