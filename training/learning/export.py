"""The towers as ONNX graphs: normalisation inside, weights in half precision, table in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from training.learning.network import TextHead, TwoTowers
from training.text_table import TextTable

OPSET = 17
_SMALL = 1024


class UnitAudio(nn.Module):
    """The audio tower with unit output."""

    def __init__(self, model: TwoTowers) -> None:
        super().__init__()
        self.tower = model.audio

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, frames, n_mels) in dB to unit vectors."""
        return functional.normalize(self.tower(features), dim=-1)


class UnitText(nn.Module):
    """Token vectors, their weighted mean, the text head: ids and mask to unit vectors."""

    def __init__(self, table: TextTable, head: TextHead) -> None:
        super().__init__()
        self.register_buffer("codes", torch.from_numpy(table.codes))
        self.register_buffer("scales", torch.from_numpy(table.scales * table.weights))
        self.head = head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Map (batch, length) ids and mask to (batch, dim)."""
        scales = self.scales[input_ids] * attention_mask.float()
        mean = (self.codes[input_ids].float() * scales.unsqueeze(-1)).sum(dim=1)
        return functional.normalize(self.head(functional.normalize(mean, dim=-1)), dim=-1)


def halve_weights(path: Path) -> None:
    """Store large float weights as float16 with a Cast in front: the sums stay in float32."""
    graph_model = onnx.load(str(path))
    graph, casts = graph_model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) <= _SMALL:
            continue
        half = numpy_helper.to_array(tensor).astype(np.float16)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(half, tensor.name + "_half"))
        node = helper.make_node(
            "Cast", [tensor.name + "_half"], [tensor.name], to=TensorProto.FLOAT
        )
        casts.append(node)
    for place, node in enumerate(casts):
        graph.node.insert(place, node)
    onnx.checker.check_model(graph_model)
    onnx.save(graph_model, str(path))


def export_audio(model: TwoTowers, frames: int, n_mels: int, path: Path) -> None:
    """Write audio.onnx: "features" (batch, frames, n_mels) to "embedding" (batch, dim)."""
    torch.onnx.export(
        UnitAudio(model).eval(),
        (torch.randn(2, frames, n_mels),),
        str(path),
        input_names=["features"],
        output_names=["embedding"],
        dynamic_axes={"features": {0: "batch"}, "embedding": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    halve_weights(path)


def export_text(model: TwoTowers, table: TextTable, path: Path) -> None:
    """Write text.onnx: "input_ids" and "attention_mask" (batch, length) to "embedding"."""
    ids = torch.tensor([[101, 2000, 102], [101, 2001, 102]])
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        UnitText(table, model.text).eval(),
        (ids, torch.ones_like(ids)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    halve_weights(path)
