"""Several models in one library: each gets its own vectors, none are ever compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.stored_models import default_model
from sqlclap.errors import ModelSanityError, NoVectorsError
from tests.ingest.scenes import watch_decoding
from tests.support.altered_bundle import alter_graph, copy_bundle, read_contract, set_weights
from tests.support.fake_bundle import DIM, MELS, build_fake_bundle, write_contract
from tests.support.sounds import tone, write_sound

COUNTS = "SELECT model_id, count(*) FROM embeddings GROUP BY model_id ORDER BY model_id"


@pytest.fixture
def other_bundle(tmp_path: Path) -> Path:
    """Another model, under another name."""
    return build_fake_bundle(tmp_path / "other", name="other", seed=7)


@pytest.fixture
def next_bundle(fake_bundle: Path, tmp_path: Path) -> Path:
    """A later version of the tiny model."""
    folder = copy_bundle(fake_bundle, tmp_path / "next")
    document = read_contract(folder)
    document["source"] = "made by the tests, improved"
    write_contract(folder, document)
    return folder


def by(filled: sqlclap.Library, bundle: Path) -> sqlclap.Library:
    return sqlclap.open(filled.path, model=str(bundle))


@pytest.fixture
def other(filled: sqlclap.Library, other_bundle: Path) -> Iterator[sqlclap.Library]:
    with by(filled, other_bundle) as opened:
        yield opened


def test_a_second_model_embeds_what_it_has_no_vectors_of(
    filled: sqlclap.Library, other: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert other.ingest([sounds / "tones"]).embedded == 4
    write_sound(sounds / "new.wav", tone(50))
    decoded = watch_decoding(monkeypatch)

    report = other.ingest([sounds])

    assert (report.embedded, report.new, report.unchanged) == (2, 1, 4)
    assert sorted(decoded) == ["new.wav", "noise-1.flac", "noise-2.flac"]
    assert other.connection.execute(COUNTS).fetchall() == [(1, 6), (2, 7)]
    assert filled.ingest([sounds]).embedded == 1


def test_changed_content_loses_the_vectors_of_all_models(
    filled: sqlclap.Library, other: sqlclap.Library, sounds: Path
) -> None:
    other.ingest([sounds])
    write_sound(sounds / "tones/tone-110.wav", tone(999))
    assert other.ingest([sounds]).changed == 1
    assert other.connection.execute(COUNTS).fetchall() == [(1, 5), (2, 6)]


def test_searching_by_another_model_is_an_error(
    filled: sqlclap.Library, other: sqlclap.Library, sounds: Path
) -> None:
    for ask in (lambda: other.search("kick"), lambda: other.similar(1)):
        with pytest.raises(NoVectorsError, match=r"holds no vectors of other .*sqlclap ingest"):
            ask()
    other.ingest([sounds])
    assert other.search("kick") != filled.search("kick")


def test_another_version_of_a_model_is_another_model(
    filled: sqlclap.Library, next_bundle: Path
) -> None:
    with (
        by(filled, next_bundle) as later,
        pytest.raises(NoVectorsError, match="no vectors of fake"),
    ):
        later.search("kick")


def test_a_new_version_takes_over_once_all_sounds_have_its_vectors(
    filled: sqlclap.Library, next_bundle: Path, sounds: Path
) -> None:
    with by(filled, next_bundle) as later:
        later.ingest([sounds / "tones"])
        assert default_model(later.connection).model_id == 1
        later.ingest([sounds])
        assert default_model(later.connection).model_id == 2


def test_a_model_of_another_name_does_not_take_over(
    filled: sqlclap.Library, other: sqlclap.Library, sounds: Path
) -> None:
    other.ingest([sounds])
    assert default_model(filled.connection).name == "fake"


def test_a_model_that_cannot_be_right_is_refused_before_anything_is_stored(
    fake_bundle: Path, sounds: Path, tmp_path: Path
) -> None:
    weights = np.zeros((2 * MELS, DIM))
    weights[MELS:, 0] = 1.0
    collapsed = copy_bundle(fake_bundle, tmp_path / "collapsed")
    alter_graph(collapsed, "audio.onnx", set_weights("weights", weights))
    with sqlclap.open(tmp_path / "library.db", model=str(collapsed)) as library:
        with pytest.raises(ModelSanityError, match="fake: the audio tower"):
            library.ingest([sounds])
        assert library.info().models == library.info().sources == []
