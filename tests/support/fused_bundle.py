"""A tiny model that fuses views of a long sound: the fake one, with another graph and front end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from tests.support.fake_bundle import DIM, FRONT_END, MELS, build_fake_bundle, fake_contract
from tests.support.fake_bundle import write_contract as write

MEL = {"hop": 160, "pad_mode": "reflect", "scale": "htk"}


def build_fused_bundle(folder: Path, name: str = "fused") -> Path:
    """Write a bundle into `folder` and return it."""
    build_fake_bundle(folder, name)
    (folder / "audio.onnx").write_bytes(_graph())
    document = fake_contract(folder, name)
    document["pooling"] = "fused-views"
    document["front_end"] = FRONT_END | {
        "fusion": "whole-and-thirds",
        "loudness": "none",
        "padding": "repeat",
        "mel": FRONT_END["mel"] | MEL,  # type: ignore[operator]
    }
    write(folder, document)
    return folder


def _graph() -> bytes:
    """Project the first view's mean, and the largest values of all views, over time."""
    weights = np.random.default_rng(3).standard_normal((2 * MELS, DIM)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", ["features", "scale"], ["scaled"]),
        helper.make_node("Gather", ["scaled", "first"], ["whole"], axis=1),
        helper.make_node("ReduceMean", ["whole", "time"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["scaled", "views_and_time"], ["max"], keepdims=0),
        helper.make_node("Concat", ["mean", "max"], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "weights"], ["embedding"]),
    ]
    constants = {
        "scale": np.float32(0.02),
        "first": np.array(0, dtype=np.int64),
        "time": np.array([1], dtype=np.int64),
        "views_and_time": np.array([1, 2], dtype=np.int64),
        "weights": weights,
    }
    shape = ["batch", "views", None, MELS]
    taken = helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)
    made = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIM])
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, "fused", [taken], [made], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
