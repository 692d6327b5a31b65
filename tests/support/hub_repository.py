"""A repository in transformers.js layout: small graphs behind CLAP's own inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from tests.support.clap_settings import PREPROCESSOR
from tests.support.roberta_tokenizer import VOCABULARY, write_roberta_tokenizer

DIM = 24
MELS = 64


def write_hub_repository(folder: Path, seed: int = 0) -> Path:
    """Write the repository's files and return its folder."""
    rng = np.random.default_rng(seed)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    (folder / "onnx/audio_model.onnx").write_bytes(audio_model(rng).SerializeToString())
    (folder / "onnx/text_model.onnx").write_bytes(text_model(rng).SerializeToString())
    write_roberta_tokenizer(folder)
    config = {"model_type": "clap", "projection_dim": DIM, "audio_config": {"depths": [2]}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR), encoding="utf-8")
    return folder


def audio_model(rng: np.random.Generator) -> ModelProto:
    """Project the mean and the spread over time of a log-mel, through a wide layer."""
    nodes = [
        helper.make_node("Squeeze", ["input_features", "channel"], ["flat"]),
        helper.make_node("Add", ["flat", "offset"], ["raised"]),
        helper.make_node("Mul", ["raised", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "time"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["scaled", "time"], ["top"], keepdims=0),
        helper.make_node("Concat", ["mean", "top"], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "wide"], ["spread"]),
        helper.make_node("Tanh", ["spread"], ["bent"]),
        helper.make_node("MatMul", ["bent", "square"], ["turned"]),
        helper.make_node("MatMul", ["turned", "narrow"], ["audio_embeds"]),
    ]
    constants = {
        "offset": np.float32(30.0),
        "scale": np.float32(0.03),
        "channel": np.array([1], dtype=np.int64),
        "time": np.array([1], dtype=np.int64),
        "wide": _draw(rng, 2 * MELS, 128),
        "square": _draw(rng, 128, 128),
        "narrow": _draw(rng, 128, DIM),
    }
    shape: list[str | int | None] = ["batch_size", 1, 1001, MELS]
    features = helper.make_tensor_value_info("input_features", TensorProto.FLOAT, shape)
    return _model(nodes, [features], constants, ["audio_embeds"])


def text_model(rng: np.random.Generator) -> ModelProto:
    """Add up token vectors; the per-token state comes out first, as in the hub's graphs."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["weights"]),
        helper.make_node("Mul", ["last_hidden_state", "weights"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "time"], ["text_embeds"], keepdims=0),
    ]
    constants = {
        "table": _draw(rng, VOCABULARY, DIM),
        "last": np.array([2], dtype=np.int64),
        "time": np.array([1], dtype=np.int64),
    }
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch_size", "sequence_length"])
        for name in ("input_ids", "attention_mask")
    ]
    return _model(nodes, inputs, constants, ["last_hidden_state", "text_embeds"])


def pad_graph(path: Path, size: int) -> None:
    """Make a graph's file larger by a constant that nothing takes."""
    model = onnx.load(path)
    model.graph.initializer.append(
        numpy_helper.from_array(np.zeros(size, dtype=np.uint8), "padding")
    )
    onnx.save(model, path)


def _draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (rng.standard_normal(shape) * shape[0] ** -0.5).astype(np.float32)


def _model(
    nodes: list, inputs: list, constants: Mapping[str, object], outputs: list[str]
) -> ModelProto:
    shapes: dict[str, list[str | int | None]] = {
        "last_hidden_state": ["batch_size", "sequence_length", DIM]
    }
    made = [
        helper.make_tensor_value_info(
            name, TensorProto.FLOAT, shapes.get(name, ["batch_size", DIM])
        )
        for name in outputs
    ]
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, "hub", inputs, made, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    return model
