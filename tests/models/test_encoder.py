"""The encoder: unit vectors from sound and words, and models that can't be right refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import BundleError, ModelSanityError, QueryError
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from tests.support import altered_bundle as altered
from tests.support.fake_bundle import DIM, MELS, WORDS, write_contract
from tests.support.sounds import noise, tone


@pytest.fixture
def bundle(fake_bundle: Path, tmp_path: Path) -> Path:
    return altered.copy_bundle(fake_bundle, tmp_path / "bundle")


def encoder_of(folder: Path) -> Encoder:
    return Encoder(open_bundle(folder), threads=1)


def features(encoder: Encoder) -> np.ndarray:
    return np.stack([encoder.front_end.features(sound) for sound in (tone(220), noise())])


def test_sounds_and_words_become_unit_vectors_of_one_length(fake_encoder: Encoder) -> None:
    for vectors in (
        fake_encoder.embed_windows(features(fake_encoder)),
        fake_encoder.embed_texts(["kick", "snare"]),
    ):
        assert vectors.shape == (2, DIM)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_a_vector_does_not_depend_on_what_else_is_in_the_batch(fake_encoder: Encoder) -> None:
    both = features(fake_encoder)
    together = fake_encoder.embed_windows(both)
    apart = np.concatenate([fake_encoder.embed_windows(one[None]) for one in both])
    np.testing.assert_allclose(together, apart, atol=1e-6)
    words = fake_encoder.embed_texts(["kick", "a deep kick drum in forest"])
    np.testing.assert_allclose(words[0], fake_encoder.embed_texts(["kick"])[0], atol=1e-6)


def test_long_texts_are_cut(fake_encoder: Encoder) -> None:
    limit = fake_encoder.bundle.text.max_tokens
    long = fake_encoder.embed_texts([" ".join(WORDS[2:] * 1000)])
    cut = fake_encoder.embed_texts([" ".join((WORDS[2:] * 10)[:limit])])
    np.testing.assert_array_equal(long, cut)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_query_without_words_is_told(fake_encoder: Encoder, text: str) -> None:
    with pytest.raises(QueryError, match="expected words to search for"):
        fake_encoder.embed_texts(["kick", text])


def test_the_prompt_template_is_put_around_a_query(bundle: Path, fake_encoder: Encoder) -> None:
    document = altered.read_contract(bundle)
    document["text"]["prompt_template"] = "a {} in forest"
    write_contract(bundle, document)

    templated = encoder_of(bundle).embed_texts([" kick "])
    np.testing.assert_array_equal(templated, fake_encoder.embed_texts(["a kick in forest"]))


def test_a_collapsed_text_tower_is_refused_by_name(bundle: Path) -> None:
    table = np.tile(np.arange(1.0, DIM + 1), (len(WORDS), 1))
    altered.alter_graph(bundle, "text.onnx", altered.set_weights("table", table))
    encoder = encoder_of(bundle)

    encoder.embed_windows(features(encoder))
    with pytest.raises(ModelSanityError, match=r"fake: the text tower .*cosine 1\.0000"):
        encoder.embed_texts(["kick"])


def test_a_collapsed_audio_tower_is_refused_before_any_work(bundle: Path) -> None:
    weights = np.zeros((2 * MELS, DIM))
    weights[MELS:, 0] = 1.0  # the loudest moment of each band: positive for both sounds
    altered.alter_graph(bundle, "audio.onnx", altered.set_weights("weights", weights))
    with pytest.raises(ModelSanityError, match="fake: the audio tower gives unlike inputs"):
        encoder_of(bundle).prepare_audio()


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_vectors_without_direction_are_refused(bundle: Path, value: float) -> None:
    weights = np.full((2 * MELS, DIM), value)
    altered.alter_graph(bundle, "audio.onnx", altered.set_weights("weights", weights))
    with pytest.raises(ModelSanityError, match=r"audio\.onnx gave vectors without direction"):
        encoder_of(bundle).prepare_audio()


def test_vectors_of_another_length_than_promised_are_refused(bundle: Path) -> None:
    document = altered.read_contract(bundle)
    document["dim"] = DIM + 1
    write_contract(bundle, document)
    with pytest.raises(ModelSanityError, match=r"gave shape \(2, 16\), expected \(n, 17\)"):
        encoder_of(bundle).prepare_audio()


def test_a_graph_with_a_channel_axis_gives_the_same_vectors(
    bundle: Path, fake_encoder: Encoder
) -> None:
    altered.alter_graph(bundle, "audio.onnx", altered.take_four_axes)
    encoder = encoder_of(bundle)
    np.testing.assert_allclose(
        encoder.embed_windows(features(encoder)),
        fake_encoder.embed_windows(features(fake_encoder)),
        atol=1e-6,
    )


def test_a_graph_that_takes_one_window_at_a_time_is_given_one_at_a_time(
    bundle: Path, fake_encoder: Encoder
) -> None:
    altered.alter_graph(bundle, "audio.onnx", altered.take_one_at_a_time)
    encoder = encoder_of(bundle)
    assert encoder.windows_per_run == 1
    together = encoder.embed_windows(features(encoder))
    np.testing.assert_allclose(
        together, fake_encoder.embed_windows(features(fake_encoder)), atol=1e-6
    )


def test_a_graph_that_takes_other_shapes_says_which(bundle: Path) -> None:
    altered.alter_graph(bundle, "audio.onnx", altered.take_three_at_a_time)
    with pytest.raises(BundleError, match=r"audio\.onnx takes .*and can't be run on"):
        encoder_of(bundle).prepare_audio()


def test_one_encoder_serves_many_threads(bundle: Path) -> None:
    encoder = encoder_of(bundle)
    with ThreadPoolExecutor(8) as pool:
        words = list(pool.map(lambda _: encoder.embed_texts(["kick"]), range(32)))
        sounds = list(pool.map(lambda _: encoder.embed_windows(features(encoder)), range(32)))
    for vectors in (words, sounds):
        for vector in vectors:
            np.testing.assert_array_equal(vector, vectors[0])
