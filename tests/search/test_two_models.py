"""Two models in one library: one's words find, the other's vectors label, and each is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import NoTextTowerError, NoVectorsError, UnknownModelError
from sqlclap.models.bundle import installed_folder
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.two_models import (
    EARS,
    WORDS,
    build_audio_only_bundle,
    install_two_models,
    write_two_models_library,
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The library; only its votes and labels may be written to, under names of one's own."""
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQLCLAP_HOME", str(folder / "home"))
        install_two_models(folder / "home")
        yield write_two_models_library(folder)


def test_words_by_a_model_without_are_refused_with_the_one_that_has(library: Path) -> None:
    told = (
        f"{EARS} has no words: it compares sounds only; {WORDS} has words, and vectors in this "
        f"library: search by it with --model {WORDS}, in Python with model='{WORDS}'"
    )
    with sqlclap.open(library, mode="read") as opened:
        vector = opened.vectors().array[0]
        for ask in (
            lambda: opened.search("deep kick"),
            lambda: opened.search(vector),
            lambda: opened.labels.suggest(["kick"]),
            lambda: opened.labels.classify(["kick", "snare"]),
            lambda: opened.labels.unknown_names(["kick"]),
        ):
            with pytest.raises(NoTextTowerError) as refused:
                ask()
            assert str(refused.value) == told
        with pytest.raises(NoTextTowerError, match=f"{EARS} has no words"):
            opened.encoder.embed_text("deep kick")
    assert fail("search", library, "kick") == f"Error: {told}"


def test_each_answer_says_whose_vectors_were_compared(library: Path) -> None:
    with sqlclap.open(library, mode="read") as opened:
        assert opened.similar(1).model == EARS
        assert opened.similar(1)[:2].model == EARS
        assert opened.session.by(WORDS).model.name == WORDS
    with sqlclap.open(library, mode="read", model=WORDS) as opened:
        assert opened.search("deep kick").model == WORDS
        assert opened.labels.suggest(["kick"]).model == WORDS
        assert opened.labels.classify(["kick", "snare"]).model == WORDS


def test_the_command_line_finds_by_words_and_labels_by_sound(library: Path) -> None:
    found = succeed("search", library, "deep kick", "--model", WORDS)
    assert found.startswith(f"Model: {WORDS}\n")
    assert succeed("similar", library, "1").startswith(f"Model: {EARS}\n")
    first = rows_of("search", library, "deep kick", "--model", WORDS)[0]["sample_id"]
    succeed("label", "add", library, "found")
    succeed("anchor", "add", library, "found", str(first))
    assert succeed("matches", library, "found").startswith(f"Model: {EARS}\n")
    by_words = succeed("matches", library, "found", "--model", WORDS)
    assert by_words.startswith(f"Model: {WORDS}\n")
    near = {row["sample_id"]: row["score"] for row in rows_of("matches", library, "found")}
    with sqlclap.open(library, mode="read") as opened:
        for match in opened.similar(first, 3):
            assert near[match.sample_id] == pytest.approx(match.score, abs=1e-6)


def test_a_vote_keeps_the_score_by_the_model_that_is_named(library: Path) -> None:
    succeed("label", "add", library, "voted")
    succeed("anchor", "add", library, "voted", "1")
    succeed("vote", library, "voted", "accept", "2", "--model", WORDS)
    succeed("vote", library, "voted", "accept", "3")
    query = (
        "SELECT v.sample_id, m.name FROM votes AS v JOIN models AS m USING (model_id) "
        "JOIN labels AS l USING (label_id) WHERE l.name = 'voted' ORDER BY 1"
    )
    rows = rows_of("query", library, query)
    assert [(row["sample_id"], row["name"]) for row in rows] == [(2, WORDS), (3, EARS)]


def test_formats_for_programs_stay_as_they_are(library: Path) -> None:
    ended = run("search", library, "deep kick", "--model", WORDS, "--json")
    assert isinstance(json.loads(ended.stdout), list)
    assert ended.stderr == f"Model: {WORDS}\n"


def test_sql_asks_by_the_model_that_is_named(library: Path) -> None:
    statement = "SELECT sample_id FROM clap_search('deep kick', 3)"
    found = rows_of("query", library, statement, "--model", WORDS)
    assert [row["sample_id"] for row in found] == [
        row["sample_id"] for row in rows_of("search", library, "deep kick", "--model", WORDS)[:3]
    ]
    assert f"{EARS} has no words" in fail("query", library, statement)


def test_clusters_are_named_by_the_other_models_words(library: Path) -> None:
    report = rows_of("cluster", library, "--refit", "--min-size", "2")
    assert report["named_by"] == WORDS
    assert report["note"] is None


def test_a_library_of_one_model_is_not_told_its_name(library: Path, tmp_path: Path) -> None:
    alone, sounds = tmp_path / "alone.db", library.parent / "sounds"
    succeed("ingest", alone, sounds, "--model", WORDS)
    assert "Model:" not in succeed("search", alone, "deep kick")


def test_a_model_without_vectors_here_is_told(library: Path, tmp_path: Path) -> None:
    alone, sounds = tmp_path / "alone.db", library.parent / "sounds"
    succeed("ingest", alone, sounds, "--model", EARS)
    told = fail("search", alone, "kick", "--model", WORDS)
    assert told.endswith(f"make them with `sqlclap ingest {alone} --model {WORDS}`")
    assert "sqlclap-mini has words: make its vectors with `sqlclap ingest" in fail(
        "search", alone, "kick"
    )
    with sqlclap.open(alone, mode="read") as opened:
        with pytest.raises(UnknownModelError, match=f"expected one of {EARS}"):
            opened.session.by(WORDS)
        assert opened.similar(1).model == EARS
    with pytest.raises(NoVectorsError), sqlclap.open(alone, mode="read", model=WORDS) as opened:
        opened.search("kick")


def test_a_model_with_words_that_is_no_longer_installed_is_told(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    build_audio_only_bundle(installed_folder(EARS))
    told = fail("search", library, "kick")
    assert told.endswith(f"{WORDS}, which made vectors here, has words: give --model its folder")
