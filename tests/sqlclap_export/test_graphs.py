"""Graphs built from weights: the parts that need no reference runtime to be checked."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from sqlclap.errors import CheckpointError
from sqlclap_export.htsat import ENCODER, HtsatBuilder, read_shape
from sqlclap_export.resize import bicubic_matrix
from sqlclap_export.weights import Weights
from sqlclap_export.windows import WindowGrid, relative_index
from tests.sqlclap_export.small_htsat import (
    DEPTHS,
    DIM,
    HEADS,
    WIDTH,
    audio_weights,
    fusion_weights,
)


def test_the_resize_keeps_the_ends_and_nearly_straight_lines() -> None:
    matrix = bicubic_matrix(1001, 1024).astype(np.float64)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-6)
    line = np.linspace(-3.0, 5.0, 1001)
    resized = matrix @ line
    assert resized[0] == pytest.approx(line[0])
    assert resized[-1] == pytest.approx(line[-1])
    np.testing.assert_allclose(resized, np.linspace(-3.0, 5.0, 1024), atol=2e-3)
    assert (np.count_nonzero(matrix, axis=1) <= 4).all()


@pytest.mark.parametrize("side", [16, 32, 64])
def test_window_orders_are_permutations_that_undo_each_other(side: int) -> None:
    grid = WindowGrid(side, 8)
    tokens = np.arange(side * side)
    plain, shifted = grid.row_major(), grid.row_major(4)
    assert sorted(plain) == sorted(shifted) == tokens.tolist()
    np.testing.assert_array_equal(plain[grid.to_shifted(4)], shifted)
    back = grid.to_shifted(4).argsort()
    np.testing.assert_array_equal(shifted[back], plain)
    # The first window of the plain order is the upper left corner, row by row.
    corner = (np.arange(8)[:, None] * side + np.arange(8)).reshape(-1)
    np.testing.assert_array_equal(plain[:64], corner)


def test_merging_takes_four_neighbours_in_the_references_order() -> None:
    grid = WindowGrid(16, 8)
    places = grid.row_major()[grid.merging()].reshape(-1, 4)
    np.testing.assert_array_equal(places[0], [0, 16, 1, 17])
    assert len(set(places.reshape(-1).tolist())) == 256


def test_the_mask_parts_what_only_the_roll_brought_together() -> None:
    mask = WindowGrid(16, 8).mask(4)
    assert mask.shape == (4, 64, 64)
    assert not mask[0].any()  # the first window is whole
    assert (mask == mask.transpose(0, 2, 1)).all()
    assert set(np.unique(mask)) == {-100.0, 0.0}
    # The last window is four quarters of 16 tokens: three quarters of its pairs are parted.
    assert (mask[3] != 0).mean() == pytest.approx(0.75)


def test_relative_positions_depend_on_differences_alone() -> None:
    index = relative_index(8)
    assert index.shape == (64, 64)
    assert index.max() == 224
    assert index.min() == 0
    assert len(set(np.diagonal(index))) == 1
    assert index[0, 9] == index[9, 18]


def test_sizes_are_read_off_the_weights() -> None:
    shape = read_shape(Weights(audio_weights(), "small"))
    assert (shape.width, shape.depths, shape.dim) == (WIDTH, DEPTHS, DIM)
    assert shape.heads == (HEADS,) * 4


def test_every_window_of_a_batch_is_embedded_on_its_own() -> None:
    graph = HtsatBuilder(Weights(audio_weights(), "small")).build()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    features = rng.normal(-35, 15, (3, 1, 1001, 64)).astype(np.float32)
    (together,) = session.run(["audio_embeds"], {"input_features": features})
    assert together.shape == (3, DIM)
    for row in range(3):
        (alone,) = session.run(["audio_embeds"], {"input_features": features[row : row + 1]})
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-4, atol=1e-5)


def test_a_missing_weight_is_fatal() -> None:
    weights = audio_weights()
    del weights[f"{ENCODER}layers.1.blocks.0.output.dense.bias"]
    with pytest.raises(
        CheckpointError, match=r"has no .*layers\.1\.blocks\.0\.output\.dense\.bias"
    ):
        HtsatBuilder(Weights(weights, "small")).build()


def test_a_weight_that_nothing_takes_is_fatal() -> None:
    extra = {f"{ENCODER}layers.1.blocks.0.extra.weight": np.ones(3, np.float32)}
    weights = Weights(audio_weights() | extra, "small")
    HtsatBuilder(weights).build()
    with pytest.raises(CheckpointError, match=r"unexpected weights .*extra"):
        weights.finish(())
    weights.finish((".extra.",))


def test_a_weight_of_another_shape_is_fatal() -> None:
    name = f"{ENCODER}layers.0.blocks.1.attention.self.key.weight"
    weights = audio_weights() | {name: np.ones((WIDTH, WIDTH + 1), np.float32)}
    with pytest.raises(CheckpointError, match=r"expected .*key\.weight of shape \(8, 8\)"):
        HtsatBuilder(Weights(weights, "small")).build()


def run(weights: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    graph = HtsatBuilder(Weights(weights, "small")).build()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (vectors,) = session.run(["audio_embeds"], {"input_features": features})
    return vectors


def test_a_fused_checkpoint_hears_one_view_as_its_unfused_sibling_does() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(-35, 15, (2, 1, 1001, 64)).astype(np.float32)
    weights = audio_weights()
    plain, fused = run(weights, features), run(weights | fusion_weights(), features)
    np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=1e-5)


def test_every_chunk_of_a_long_sound_counts() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(-35, 15, (1, 4, 1001, 64)).astype(np.float32)
    weights = audio_weights() | fusion_weights()
    vectors = [run(weights, features)[0]]
    for view in range(4):
        other = features.copy()
        other[:, view] = rng.normal(-35, 15, (1001, 64))
        vectors.append(run(weights, other)[0])
    apart = np.abs(vectors[0] - np.stack(vectors[1:])).max(axis=1)
    assert (apart > 1e-3).all()


def test_weights_of_the_fusion_are_all_taken() -> None:
    weights = Weights(audio_weights() | fusion_weights(), "small")
    HtsatBuilder(weights).build()
    weights.finish(())
