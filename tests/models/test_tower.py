"""Towers: pieces side by side, devices, and which output is the embedding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import BundleError, RuntimeSetupError
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.runtime import Runtime
from sqlclap.models.towers import POOL_FROM, Tower, TowerFile
from tests.support.fake_bundle import build_fake_bundle, fake_contract, write_contract


def features_of(encoder: Encoder, count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(-40, 15, (count, *encoder.front_end.feature_shape)).astype(np.float32)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, POOL_FROM - 1, POOL_FROM, 23])
def test_pieces_give_what_the_whole_batch_gives(
    fake_bundle: Path, threads: int, count: int
) -> None:
    bundle = open_bundle(fake_bundle)
    features = features_of(Encoder(bundle), count)
    whole = Tower(bundle, TowerFile("audio.onnx", None, 1000), Runtime("cpu", threads))
    pieces = Tower(bundle, TowerFile("audio.onnx", None, 1), Runtime("cpu", threads))
    expected = whole.run({"features": features})
    for _ in range(2):  # the second time, the crew may be at work already
        np.testing.assert_allclose(pieces.run({"features": features}), expected, atol=1e-6)
    single = pieces.run({"features": features[:1]})
    np.testing.assert_allclose(single, expected[:1], atol=1e-6)


def test_cuda_where_there_is_none_says_what_to_do(fake_bundle: Path) -> None:
    encoder = Encoder(open_bundle(fake_bundle), device="cuda")
    with pytest.raises(RuntimeSetupError, match=r"CUDA|NVIDIA"):
        encoder.embed_texts(["rain"])


def test_an_output_that_the_graph_lacks_is_told(tmp_path: Path) -> None:
    folder = build_fake_bundle(tmp_path / "fake")
    document = fake_contract(folder, "fake") | {"outputs": {"audio": None, "text": "text_embeds"}}
    write_contract(folder, document)
    encoder = Encoder(open_bundle(folder))
    encoder.prepare_audio()
    with pytest.raises(BundleError, match="expected an output 'text_embeds', got embedding"):
        encoder.embed_texts(["rain"])
