"""Words in statements: embedded once, however many rows ask for them, however long they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pysqlite3
import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.models.encoder import TEXTS_KEPT, Encoder
from sqlclap.sqlfunctions.adapters import register_functions

DETERMINISTIC = 0x800
CONSTANT = {"clap_text", "clap_audio", "clap_similarity"}
DEPENDING = {"clap_vector", "clap_score", "clap_gap", "clap_neighbors", "clap_audio_file"}
NAIVE = """
    SELECT count(*) FROM vec_1 AS v
    WHERE vec_distance_cosine(v.vector, clap_text('deep kick')) IS NOT NULL
"""


@pytest.mark.parametrize("connect", [apsw.Connection, pysqlite3.connect])
def test_what_depends_on_arguments_alone_is_told_to_sqlite(
    connect: type, filled: sqlclap.Library
) -> None:
    connection = connect(str(filled.path))
    register_functions(connection)
    rows = connection.execute("SELECT name, flags FROM pragma_function_list").fetchall()
    constant = {name for name, flags in rows if flags & DETERMINISTIC}
    assert constant >= CONSTANT
    assert not constant & DEPENDING


@pytest.mark.parametrize("connect", [apsw.Connection, pysqlite3.connect])
def test_a_statement_embeds_its_words_once(
    connect: type,
    filled: sqlclap.Library,
    fake_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = shutil.copytree(fake_bundle, tmp_path / "own")  # which knows no words from before
    asked: list[str] = []
    real = Encoder.embed_texts
    monkeypatch.setattr(
        Encoder, "embed_texts", lambda self, texts: asked.extend(texts) or real(self, texts)
    )
    connection = connect(str(filled.path))
    register_functions(connection, model=str(own))
    assert connection.execute(NAIVE).fetchone()[0] == 6
    assert asked == ["deep kick"]


def test_only_so_many_texts_are_remembered(fake_encoder: Encoder) -> None:
    first = fake_encoder.embed_text("kick")
    for number in range(2 * TEXTS_KEPT):
        fake_encoder.embed_text(f"kick {number}")
    assert len(fake_encoder._text_cache) == TEXTS_KEPT
    assert (fake_encoder.embed_text("kick") == first).all()


def test_a_long_text_is_cut_before_it_is_tokenised(
    fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = fake_encoder.bundle.text.max_tokens
    long = "deep kick " * limit
    longest = len(fake_encoder.tokens.cut("deep kick  " * 500_000))
    assert longest <= 64 * limit
    assert (
        fake_encoder.embed_text(long + "birds " * 500_000) == fake_encoder.embed_text(long)
    ).all()
    assert fake_encoder.tokens.cut("deep  kick") == "deep  kick"
    assert fake_encoder.tokens.is_cut(long)
    assert not fake_encoder.tokens.is_cut("deep kick")


@pytest.mark.parametrize("nothing", ["", "  \n", "?!", "\U0001f3b5", "--- ..."])
def test_a_query_without_words_is_refused(nothing: str, filled: sqlclap.Library) -> None:
    with pytest.raises(QueryError, match='expected words to search for, such as "deep kick"'):
        filled.search(nothing)
