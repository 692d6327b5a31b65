"""One session: the model that words are embedded by is the one whose vectors are compared."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import shutil
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.vectors import from_blob
from sqlclap.errors import LibraryError, NoVectorsError
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.shared_encoders import shared_encoder
from sqlclap.session import Session
from sqlclap.shards.making import init_set
from sqlclap.sqlfunctions.adapters import register_functions
from tests.support.fake_bundle import build_fake_bundle
from tests.support.forking import forked
from tests.support.sounds import tone, write_sound


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two models of one dimension, installed on this machine."""
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    for seed, name in enumerate(("fake", "other")):
        build_fake_bundle(tmp_path / "home/models" / name, name=name, seed=7 * seed)
    return tmp_path


@pytest.fixture
def library(home: Path) -> Iterator[sqlclap.Library]:
    """A library whose own model is `fake`, with vectors of both."""
    for pitch in (110, 220, 330):
        write_sound(home / "sounds" / f"{pitch}.wav", tone(pitch))
    write_sound(home / "elsewhere.wav", tone(150))
    with sqlclap.open(home / "library.db", model="fake") as first:
        first.ingest([home / "sounds"])
    with sqlclap.open(home / "library.db", model="other") as second:
        second.ingest([home / "sounds"])
    with sqlclap.open(home / "library.db") as opened:
        yield opened


def switch(library: sqlclap.Library, name: str) -> None:
    """Do what another program does."""
    with sqlclap.open(library.path) as elsewhere:
        assert elsewhere.use_model(name) == 0


def test_a_switch_elsewhere_is_noticed_by_python(library: sqlclap.Library) -> None:
    before = library.search("kick")
    switch(library, "other")
    with sqlclap.open(library.path, model="other") as other:
        assert [*library.search("kick")] == [*other.search("kick")] != [*before]
    assert library.encoder.bundle.name == library.session.model.name == "other"


def test_what_is_open_is_not_sent_to_other_processes(library: sqlclap.Library, home: Path) -> None:
    with init_set(home / "set.toml", 1) as opened:
        for one, name in (
            (library, library.path),
            (library.labels, library.path),
            (library.map, library.path),
            (opened, opened.path),
        ):
            for send in (pickle.dumps, copy.deepcopy):
                with pytest.raises(LibraryError, match="send its path, and open it there") as told:
                    send(one)
                assert str(name) in str(told.value)
    copied = pickle.loads(pickle.dumps(library.search("hum", 2)))  # noqa: S301 our own
    assert copied == library.search("hum", 2)


def test_a_half_read_answer_of_a_closed_library_says_so(library: sqlclap.Library) -> None:
    parts = library.vector_batches(size=1)
    assert len(next(parts).sample_ids) == 1
    library.close()
    with pytest.raises(LibraryError, match="has been closed"):
        next(parts)


def test_a_switch_elsewhere_is_noticed_by_sql(library: sqlclap.Library) -> None:
    connection = apsw.Connection(str(library.path))
    register_functions(connection)
    words = "SELECT clap_text('kick')"
    rows = "SELECT sample_id, score FROM clap_search WHERE query = 'kick'"
    first, found = connection.execute(words).get, connection.execute(rows).fetchall()
    switch(library, "other")
    second, again = connection.execute(words).get, connection.execute(rows).fetchall()
    expected = library.encoder.embed_text("kick")
    assert np.array_equal(from_blob(second, len(expected)), expected)
    assert first != second
    assert found != again


def sql(library: sqlclap.Library, statement: str) -> list[Any]:
    register_functions(library.connection)
    return library.connection.execute(statement).fetchall()


QUESTIONS: dict[str, Callable[[sqlclap.Library], object]] = {
    "words": lambda library: [*library.search("kick")],
    "a sound": lambda library: [*library.similar(library.path.parent / "elsewhere.wav")],
    "suggestions": lambda library: [*library.labels.suggest(["kick"])],
    "names": lambda library: [*library.labels.classify(["kick", "snare"])],
    "clap_search": lambda library: sql(library, "SELECT * FROM clap_search('kick', 3)"),
    "clap_doubt": lambda library: sql(library, "SELECT clap_doubt('kick')"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_switch_while_a_query_is_embedded_mixes_no_models(
    library: sqlclap.Library, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is of one model, the one that embedded the query."""
    before = QUESTIONS[question](library)
    switched: list[str] = []

    def switching(embed: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            vectors = embed(*arguments)
            if not switched:
                switched.append("other")
                switch(library, "other")
            return vectors

        return run

    for name in ("embed_text", "embed_texts", "embed_windows"):
        monkeypatch.setattr(Encoder, name, switching(getattr(Encoder, name)))
    assert QUESTIONS[question](library) == before
    assert switched
    assert library.session.model.name == "other"


def test_an_upgraded_model_is_not_compared_with_its_former_vectors(
    library: sqlclap.Library, home: Path
) -> None:
    connection = apsw.Connection(str(library.path))
    register_functions(connection)
    shutil.rmtree(home / "home/models/fake")
    build_fake_bundle(home / "home/models/fake", name="fake", seed=99)
    with pytest.raises(NoVectorsError, match=r"no vectors of fake .*sqlclap ingest"):
        connection.execute("SELECT clap_text('kick')").fetchall()
    with sqlclap.open(library.path) as anew, pytest.raises(NoVectorsError, match="no vectors"):
        anew.search("kick")


def test_sessions_of_one_file_share_what_they_load(library: sqlclap.Library) -> None:
    class Cache:
        """Counts nothing."""

    with LibraryFile(library.path) as file:
        one, other = Session(lambda: file.connection), Session(lambda: library.connection)
        assert one.cache(Cache) is other.cache(Cache)
        assert one.encoder is other.encoder
        assert Session.of_file(file).cache(Cache) is not one.cache(Cache)
        assert one.model == library.session.model


def test_libraries_of_one_model_load_it_once(library: sqlclap.Library, home: Path) -> None:
    with sqlclap.open(home / "empty.db", model="fake") as empty:
        assert empty.session.encoder is library.session.encoder
    with sqlclap.open(home / "empty.db", model="other") as empty:
        assert empty.session.encoder is not library.session.encoder


def test_a_model_is_let_go_with_the_last_library_that_uses_it(
    tmp_path: Path, fake_bundle: Path
) -> None:
    own = shutil.copytree(fake_bundle, tmp_path / "own")
    one, other = (sqlclap.open(tmp_path / f"{name}.db", model=str(own)) for name in "ab")
    used = weakref.ref(one.session.encoder)
    assert other.session.encoder is used()
    one.close()
    del one
    gc.collect()
    assert used() is not None
    other.close()
    del other
    gc.collect()
    assert used() is None


def test_a_forked_process_loads_its_own_model(fake_bundle: Path) -> None:
    bundle = open_bundle(fake_bundle)
    ours = shared_encoder(bundle)
    ours.embed_text("kick")

    def embeds() -> None:
        assert shared_encoder(bundle) is not ours
        shared_encoder(bundle).embed_text("kick")

    assert os.waitpid(forked(embeds), 0)[1] == 0
