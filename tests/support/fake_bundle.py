"""A tiny deterministic model: the bundle contract, with fixed random projections for weights.

Its audio graph projects the mean and the maximum over time of a log-mel; its text graph averages
random token vectors. Nothing was trained, so words and sounds have nothing to do with each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

DIM = 16
MELS = 24
WINDOW_S = 0.5
WORDS = ["[PAD]", "[UNK]", "a", "deep", "kick", "drum", "birds", "singing", "in", "forest", "snare"]
FRONT_END = {
    "sample_rate": 16_000,
    "resampler": "HQ",
    "window_s": WINDOW_S,
    "tail": "drop-under-half",
    "padding": "zero",
    "mono": "mean",
    "loudness": "peak",
    "loudness_target_db": 0.0,
    "int16_round_trip": False,
    "mel": {
        "n_fft": 512,
        "hop": 400,
        "n_mels": MELS,
        "fmin": 40.0,
        "fmax": 8000.0,
        "scale": "slaney",
        "norm": "none",
        "log_floor": 1e-6,
        "pad_mode": "constant",
    },
}
BACKGROUND = {"mean": 0.3, "std": 0.1, "weak_below": -1.0}
SCORING = {
    "threshold": 0.75,
    "gap": 0.1,
    "top_k": 3,
    "temperature": 14.0,
    "background": {"text": BACKGROUND, "audio": BACKGROUND},
}


def build_fake_bundle(folder: Path, name: str = "fake", seed: int = 0) -> Path:
    """Write a fake bundle into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    (folder / "audio.onnx").write_bytes(_audio_graph(rng).SerializeToString())
    (folder / "text.onnx").write_bytes(_text_graph(rng).SerializeToString())
    _tokenizer().save(str(folder / "tokenizer.json"))
    write_contract(folder, fake_contract(folder, name))
    return folder


def fake_contract(folder: Path, name: str) -> dict[str, object]:
    """Return the contract document of the files in `folder`."""
    files = ("audio.onnx", "text.onnx", "tokenizer.json")
    return {
        "format": 1,
        "name": name,
        "source": "made by the tests",
        "licence": "Apache-2.0",
        "front_end": FRONT_END,
        "dim": DIM,
        "pooling": "mean-unit-windows-by-seconds",
        "text": {"max_tokens": 16, "prompt_template": "{}"},
        "scoring": SCORING,
        "files": {f: hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in files},
    }


def write_contract(folder: Path, document: dict[str, object]) -> None:
    """Write ``contract.json``."""
    (folder / "contract.json").write_text(json.dumps(document, indent=2), encoding="utf-8")


def _audio_graph(rng: np.random.Generator) -> ModelProto:
    weights = rng.standard_normal((2 * MELS, DIM)).astype(np.float32)
    nodes = [
        helper.make_node("Add", ["features", "offset"], ["raised"]),
        helper.make_node("Mul", ["raised", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "time"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["scaled", "time"], ["max"], keepdims=0),
        helper.make_node("Concat", ["mean", "max"], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "weights"], ["embedding"]),
    ]
    constants = {
        "offset": np.float32(20.0),
        "scale": np.float32(0.02),
        "time": np.array([1], dtype=np.int64),
        "weights": weights,
    }
    shape: list[str | int | None] = ["batch", None, MELS]
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)
    return _model(nodes, [features], constants)


def _text_graph(rng: np.random.Generator) -> ModelProto:
    table = rng.standard_normal((len(WORDS), DIM)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["weights"]),
        helper.make_node("Mul", ["tokens", "weights"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "time"], ["embedding"], keepdims=0),
    ]
    constants = {
        "table": table,
        "last": np.array([2], dtype=np.int64),
        "time": np.array([1], dtype=np.int64),
    }
    inputs = [
        helper.make_tensor_value_info(input_name, TensorProto.INT64, ["batch", "length"])
        for input_name in ("input_ids", "attention_mask")
    ]
    return _model(nodes, inputs, constants)


def _model(nodes: list, inputs: list, constants: Mapping[str, object]) -> ModelProto:
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIM])
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, "fake", inputs, [output], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    return model


def _tokenizer() -> Tokenizer:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer
