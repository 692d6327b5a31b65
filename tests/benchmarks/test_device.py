"""Audio towers on a device: here the processor, by the way that a card is asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sqlclap.cli import main
from sqlclap.errors import BundleError, RuntimeSetupError
from sqlclap.models.bundle import Bundle, open_bundle
from sqlclap.models.device_runs import run_bound
from sqlclap.models.encoder import Encoder
from sqlclap.models.runtime import Runtime
from sqlclap.models.towers import Tower, TowerFile
from tests.support.sounds import noise, tone


@pytest.fixture
def bundle(fake_bundle: Path) -> Bundle:
    return open_bundle(fake_bundle)


def test_bound_runs_give_what_plain_ones_give(bundle: Bundle) -> None:
    encoder = Encoder(bundle)
    windows = [encoder.front_end.features(sound[:8_000]) for sound in (tone(220), noise())]
    feeds = {"features": np.stack(windows)}
    session = Tower(bundle, TowerFile("audio.onnx", None, 8), Runtime()).session
    bound = run_bound(session, feeds, "embedding", "cpu")
    np.testing.assert_array_equal(bound, session.run(["embedding"], feeds)[0])
    np.testing.assert_array_equal(bound, run_bound(session, feeds, None, "cpu"))


def test_a_device_that_is_not_there_is_told(bundle: Bundle) -> None:
    with pytest.raises((RuntimeSetupError, BundleError), match=r"CUDA|NVIDIA"):
        Encoder(bundle, device="cuda").prepare_audio()


def test_the_command_tells_every_way_and_how_near_vectors_are(bundle: Bundle) -> None:
    words = [
        "bench",
        "device",
        "--model",
        str(bundle.folder),
        "--device",
        "cpu",
        "--runs",
        "1",
        "--json",
    ]
    result = CliRunner().invoke(main, [*words, "--batch", "1", "--batch", "3"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)
    told = [(row["precision"], row["batch"], row["way"]) for row in rows]
    assert told == [
        (precision, batch, way)
        for precision in ("fp32", "fp16")
        for batch in (1, 3)
        for way in ("plain", "bound")
    ]
    assert all(row["ms_a_window"] > 0 for row in rows)
    assert all(row["lowest_cosine"] > 0.999 for row in rows)
