"""Smaller numbers in an audio tower: 8 bits for processors, 16 bits for cards.

int8: products with constant weights in 8 bits, the rest as it was.

Weights get a scale an output channel, activations one a run (ONNX Runtime's dynamic
quantisation). Both are unsigned: signed weights saturate on processors without VNNI, which cost
a cosine of 0.06 on CLAP's audio tower, and another answer on another machine. The projection's
two layers stay in float: they cost nothing and shape every dimension. So does the text tower: it
runs once a query, and loses more. `docs/models.md` has the figures.

fp16: all of the tower in half floats, but for what goes in and comes out. Cards compute them
several times as fast; processors turn them into floats first, and are slower.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sqlclap.audio.front_end import FrontEnd
from sqlclap.audio.spec import FrontEndSpec
from sqlclap.models.contract import Precision
from sqlclap.models.runtime import load_extra, session_options
from sqlclap.models.sanity import probe_sounds

QUANTISED = ("MatMul", "Gemm")
HEAD_LAYERS = 2

LEAST_COSINE: dict[Precision, float] = {"fp32": 0.99999, "fp16": 0.9999, "int8": 0.999}
"""Lowest cosine allowed between such a graph's vectors and those of the original graph."""


def convert(graph: bytes, precision: Precision) -> bytes:
    """Return a graph that computes in a precision; the same one for fp32.

    Raises
    ------
    RuntimeSetupError
        The ``onnx`` package isn't installed.
    """
    ways: dict[Precision, Callable[[bytes], bytes]] = {"fp16": halve, "int8": quantise}
    return ways[precision](graph) if precision in ways else graph


def halve(graph: bytes) -> bytes:
    """Turn a graph into one of half floats, which takes and gives floats.

    Raises
    ------
    RuntimeSetupError
        The ``onnx`` package isn't installed.
    """
    onnx = load_extra("onnx", "int8", "fp16 precision")
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(
        onnx.load_from_string(graph), keep_io_types=True, disable_shape_infer=True
    )
    content: bytes = model.SerializeToString()
    return content


def quantise(graph: bytes) -> bytes:
    """Quantise a graph: its constant matrices are stored and multiplied in int8.

    Raises
    ------
    RuntimeSetupError
        The ``onnx`` package isn't installed.
    """
    onnx = load_extra("onnx", "int8", "int8 precision")
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        before, after = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        model = onnx.load_from_string(graph)
        for number, node in enumerate(model.graph.node):
            node.name = node.name or f"node_{number}"  # what is left out is told by name
        before.write_bytes(model.SerializeToString())
        quantize_dynamic(
            before,
            after,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            weight_type=QuantType.QUInt8,
            nodes_to_exclude=_head(model),
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return after.read_bytes()


def _head(model: Any) -> list[str]:
    """Return the names of the last products with constant weights (the projection layers)."""
    constants = {constant.name for constant in model.graph.initializer}
    products = [
        node.name
        for node in model.graph.node
        if node.op_type in QUANTISED and node.input[1] in constants
    ]
    return products[-HEAD_LAYERS:]


def compare_graphs(before: bytes, after: bytes, spec: FrontEndSpec) -> float:
    """Return the lowest cosine between two audio graphs' vectors of the probe sounds."""
    import onnxruntime

    front_end = FrontEnd(spec)
    sounds = probe_sounds(spec.sample_rate)
    features = np.stack([front_end.features(sound) for sound in sounds])[:, None]
    vectors = []
    for graph in (before, after):
        session = onnxruntime.InferenceSession(
            graph, session_options(0), providers=["CPUExecutionProvider"]
        )
        (made,) = session.run(["audio_embeds"], {session.get_inputs()[0].name: features})
        vectors.append(made / np.linalg.norm(made, axis=1, keepdims=True))
    return float((vectors[0] * vectors[1]).sum(axis=1).min())
