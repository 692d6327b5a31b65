"""The bundle that ships: hashes, sizes, shapes, unit vectors, and what it must tell apart."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from sqlclap.audio.front_end import FrontEnd
from sqlclap.models.bundle import open_bundle
from training import paths
from training.bundle import GRAPHS, LISTS, front_end_contract
from training.features import FRONT_END
from training.procedural.catalogue import make_sound

CONTRACT = json.loads((paths.BUNDLE / "contract.json").read_text(encoding="utf-8"))


def session(name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        str(paths.BUNDLE / name), providers=["CPUExecutionProvider"]
    )


def text_vectors(texts: list[str]) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(paths.BUNDLE / "tokenizer.json"))
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(texts)
    feed = {
        "input_ids": np.array([e.ids for e in encoded], np.int64),
        "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
    }
    return session("text.onnx").run(["embedding"], feed)[0]


def sound_vectors(sounds: list[np.ndarray]) -> np.ndarray:
    front_end = FrontEnd(FRONT_END)
    features = [front_end.features(sound[: FRONT_END.window_samples]) for sound in sounds]
    return session("audio.onnx").run(["embedding"], {"features": np.stack(features)})[0]


def test_the_contract_names_every_file_by_its_hash() -> None:
    assert set(CONTRACT["files"]) == {*GRAPHS, *LISTS}
    for name, expected in CONTRACT["files"].items():
        assert hashlib.sha256((paths.BUNDLE / name).read_bytes()).hexdigest() == expected


def test_the_bundle_is_small_and_carries_its_papers() -> None:
    files = list(paths.BUNDLE.iterdir())
    assert {"LICENSE", "NOTICE", "MODEL_CARD.md"} <= {path.name for path in files}
    assert sum(path.stat().st_size for path in files) <= 20e6


def test_the_contract_states_the_front_end_that_was_trained_with() -> None:
    assert CONTRACT["front_end"] == front_end_contract()
    assert open_bundle(paths.BUNDLE).contract.front_end == FRONT_END


def test_sounds_become_unit_vectors_whatever_the_batch() -> None:
    sounds = [make_sound(label, 1) for label in ("kick", "open hat", "pad", "siren", "beep")]
    together = sound_vectors(sounds)
    assert together.shape == (5, CONTRACT["dim"])
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(5), abs=1e-3)
    alone = np.concatenate([sound_vectors([sound]) for sound in sounds])
    assert np.abs(together - alone).max() < 1e-4


def test_texts_become_unit_vectors_whatever_the_padding() -> None:
    texts = ["kick", "a long and dark ambient drone with reverb"]
    together = text_vectors(texts)
    assert together.shape == (2, CONTRACT["dim"])
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(2), abs=1e-3)
    alone = np.concatenate([text_vectors([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-4


def test_words_and_sounds_are_told_apart() -> None:
    words = text_vectors(["kick drum", "open hi-hat", "pad", "siren"])
    assert (words @ words.T)[~np.eye(4, dtype=bool)].max() < 0.9
    kicks = sound_vectors([make_sound("kick", number) for number in range(8)])
    hats = sound_vectors([make_sound("open hat", number) for number in range(8)])
    assert (kicks @ words[0]).mean() > (hats @ words[0]).mean() + 0.2
    assert (hats @ words[1]).mean() > (kicks @ words[1]).mean() + 0.2


def test_the_background_scale_lies_between_noise_and_certainty() -> None:
    for kind in ("text", "audio"):
        scale = CONTRACT["scoring"]["background"][kind]
        assert 0 < scale["std"] < 1
        assert -1 < scale["mean"] < 1
        assert -1 < scale["weak_below"] < 1
