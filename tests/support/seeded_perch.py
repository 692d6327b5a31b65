"""A graph behind the interface of Perch 2.0, with seeded weights: nothing was trained.

It takes windows of 160,000 samples (5 s at 32 kHz) and gives 1,536 numbers, called "embedding":
a bank of short tuned filters, and the mean and spread over time of what each lets through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

RATE = 32_000
SAMPLES = 160_000
DIM = 1_536
BANDS = 32
TAPS = 512
FILE = "perch_v2_embedding_only.onnx"
INTERFACE = ("--sample-rate", str(RATE), "--window", "5", "--mean", "removed", "--peak", "0.25")


def write_seeded_perch(path: Path, batch: str | int = "batch", seed: int = 0) -> Path:
    """Write the graph and return its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(seeded_perch(batch, seed).SerializeToString())
    return path


def seeded_perch(batch: str | int = "batch", seed: int = 0, outputs: int = 1) -> ModelProto:
    """Make the graph.

    Parameters
    ----------
    batch : str or int
        Name of the batch axis, or the number of windows that it takes.
    seed : int
    outputs : int
        1: the embedding alone, as in the headless graph; 2: a classifier's logits before it.
    """
    rng = np.random.default_rng(seed)
    constants = {
        "channel": np.array([1], dtype=np.int64),
        "time": np.array([2], dtype=np.int64),
        "filters": _filters(),
        "floor": np.float32(1e-4),
        "level": np.float32(6.0),
        "weights": rng.standard_normal((2 * BANDS, DIM)).astype(np.float32),
        "head": rng.standard_normal((DIM, 7)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["inputs", "channel"], ["mono"]),
        helper.make_node("Conv", ["mono", "filters"], ["bands"], strides=[TAPS // 2]),
        helper.make_node("Abs", ["bands"], ["envelope"]),
        helper.make_node("ReduceMean", ["envelope", "time"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["envelope", "time"], ["top"], keepdims=0),
        helper.make_node("Concat", ["mean", "top"], ["both"], axis=1),
        helper.make_node("Max", ["both", "floor"], ["raised"]),
        helper.make_node("Log", ["raised"], ["levels"]),
        helper.make_node("Add", ["levels", "level"], ["spread"]),
        helper.make_node("MatMul", ["spread", "weights"], ["embedding"]),
        helper.make_node("MatMul", ["embedding", "head"], ["label"]),
    ]
    if outputs == 1:
        nodes = nodes[:-1]
        del constants["head"]
    sizes = {"label": 7, "embedding": DIM}
    wanted = ("label", "embedding")[-outputs:]
    made = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [batch, sizes[n]]) for n in wanted]
    return graph_of(nodes, [("inputs", [batch, SAMPLES])], constants, made)


def graph_of(
    nodes: Sequence[NodeProto],
    inputs: Sequence[tuple[str, Sequence[str | int | None]]],
    constants: Mapping[str, object],
    outputs: Sequence[ValueInfoProto],
) -> ModelProto:
    """Put a graph together and check it."""
    taken = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs]
    kept = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    graph = helper.make_graph(nodes, "seeded", taken, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    return model


def _filters() -> np.ndarray:
    """Make short tuned filters, 150 Hz to 12 kHz, shape (bands, 1, taps)."""
    time = np.arange(TAPS) / RATE
    pitches = np.geomspace(150, 12_000, BANDS)[:, None]
    shape = np.hanning(TAPS) / TAPS
    return (np.cos(2 * np.pi * pitches * time) * shape).astype(np.float32)[:, None]
