"""int8: an audio tower's products with constant weights in 8 bits, the rest as it was.

Weights get a scale an output channel, activations one a run (ONNX Runtime's dynamic
quantisation). Both are unsigned: signed weights saturate on processors without VNNI, which cost
a cosine of 0.06 on CLAP's audio tower, and another answer on another machine. The projection's
two layers stay in float: they cost nothing and shape every dimension. So does the text tower: it
runs once a query, and loses more. `docs/models.md` has the figures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sqlclap.models.extras import load_extra

QUANTISED = ("MatMul", "Gemm")
HEAD_LAYERS = 2


def quantise(graph: bytes) -> bytes:
    """Store and multiply a graph's constant matrices in int8.

    Raises
    ------
    RuntimeSetupError
        The ``onnx`` package isn't installed.
    """
    onnx = load_extra("onnx", "int8", "int8 precision")
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        before, after = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        before.write_bytes(graph)
        quantize_dynamic(
            before,
            after,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            weight_type=QuantType.QUInt8,
            nodes_to_exclude=_head(onnx.load_from_string(graph)),
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return after.read_bytes()


def _head(model: Any) -> list[str]:
    """Name the last products with constant weights: the projection."""
    constants = {constant.name for constant in model.graph.initializer}
    products = [
        node.name
        for node in model.graph.node
        if node.op_type in QUANTISED and node.input[1] in constants
    ]
    return products[-HEAD_LAYERS:]
