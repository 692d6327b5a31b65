"""The audio tower: HTSAT, a shifted-window transformer over a folded spectrogram, as a graph.

The graph is built from the weights rather than traced: tokens stay in window order, the three
projections of attention are one product with the scale folded in, and the bicubic resize is a
constant matrix. Names of weights are those of Hugging Face checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.errors import CheckpointError
from sqlclap_export.fusion import FusionBuilder, is_fused
from sqlclap_export.graph import ORT_DOMAIN, Graph
from sqlclap_export.projection import is_normed, project_normed
from sqlclap_export.resize import bicubic_matrix
from sqlclap_export.weights import Weights
from sqlclap_export.windows import WindowGrid, relative_index

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

FRAMES = 1001  # of a 10-second window
MELS = 64
SIDE = 256  # of the folded spectrogram
PATCH = 4
WINDOW = 8
FOLDS = SIDE // MELS
_EPSILON = 1e-5
ENCODER = "audio_model.audio_encoder."


@dataclass(frozen=True)
class HtsatShape:
    """Sizes of an HTSAT, read off its weights.

    Attributes
    ----------
    width : int
        Channels of the first stage; each stage doubles them.
    depths, heads : tuple of int
        Blocks, and heads of attention, of each stage.
    dim : int
        Length of an embedding.
    """

    width: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    dim: int


def read_shape(weights: Weights) -> HtsatShape:
    """Read an audio tower's sizes off its weights.

    Raises
    ------
    CheckpointError
        Weights are missing.
    """
    depths, heads = [], []
    for stage in range(weights.count(f"{ENCODER}layers.")):
        blocks = f"{ENCODER}layers.{stage}.blocks."
        depths.append(weights.count(blocks))
        table = weights.shape(f"{blocks}0.attention.self.relative_position_bias_table")
        heads.append(table[1])
    width = weights.shape(f"{ENCODER}patch_embed.proj.weight")[0]
    dim = weights.shape("audio_projection.linear2.weight")[0]
    return HtsatShape(width, tuple(depths), tuple(heads), dim)


class HtsatBuilder:
    """Builds the audio graph.

    Parameters
    ----------
    weights : Weights
        The audio encoder's and the audio projection's are taken.
    frames : int
        Frames of a window.
    """

    def __init__(self, weights: Weights, frames: int = FRAMES) -> None:
        self._weights = weights
        self._frames = frames
        self._shape = read_shape(weights)
        self._graph = Graph()

    def build(self) -> bytes:
        """Return the graph: ``input_features`` (batch, 1, 1001, 64) to ``audio_embeds``.

        A fused checkpoint's takes 4 views of longer sounds, too: (batch, views, 1001, 64).
        """
        from onnx import TensorProto

        tokens = self._patches("input_features")
        grid = WindowGrid(SIDE // PATCH, WINDOW)
        width = self._shape.width
        for stage in range(len(self._shape.depths)):
            for block in range(self._shape.depths[stage]):
                tokens = self._block(tokens, grid, stage, block)
            if stage + 1 < len(self._shape.depths):
                tokens = self._merge(tokens, grid, stage)
                grid, width = WindowGrid(grid.side // 2, WINDOW), 2 * width
        tokens = self._norm(tokens, f"{ENCODER}norm", width)
        pooled = self._graph.node("ReduceMean", tokens, self._axes(1), keepdims=0)
        self._project(pooled, width)
        views = "views" if is_fused(self._weights) else 1
        features = (TensorProto.FLOAT, ["batch", views, self._frames, MELS])
        return self._graph.finish({"input_features": features}, "audio_embeds", self._shape.dim)

    def _normal(self, features: str) -> str:
        """Normalise each band; of a fused checkpoint, that of every view."""
        import numpy as np

        graph, name = self._graph, f"{ENCODER}batch_norm"
        mean, variance = self._vector(f"{name}.running_mean", MELS), f"{name}.running_var"
        scale = self._vector(f"{name}.weight", MELS)
        scale = scale / np.sqrt(self._vector(variance, MELS) + np.float32(_EPSILON))
        shift = self._vector(f"{name}.bias", MELS) - mean * scale
        fused = is_fused(self._weights)
        flat = features if fused else graph.reshape(features, -1, self._frames, MELS)
        normal = graph.node("Mul", flat, graph.constant(scale))
        return graph.node("Add", normal, graph.constant(shift))

    def _patches(self, features: str) -> str:
        """Normalise, resize, fold and cut into patches; tokens come in window order."""
        import numpy as np

        graph, width, fused = self._graph, self._shape.width, is_fused(self._weights)
        normal = self._normal(features)
        whole = graph.gather(normal, np.array(0), axis=1) if fused else normal
        resize = graph.constant(bicubic_matrix(self._frames, FOLDS * SIDE))
        image = graph.node("MatMul", resize, whole)
        # Axes: fold, window and place and step in time; window and place and step in mel bands.
        rows = MELS // PATCH
        axes = (FOLDS, SIDE // PATCH // WINDOW, WINDOW, PATCH, rows // WINDOW, WINDOW, PATCH)
        image = graph.reshape(image, -1, *axes)
        image = graph.node("Transpose", image, perm=[0, 1, 5, 2, 6, 3, 7, 4])
        patches = graph.reshape(image, -1, (SIDE // PATCH) ** 2, PATCH * PATCH)
        proj = f"{ENCODER}patch_embed.proj"
        kernel = self._weights.take(f"{proj}.weight", width, 1, PATCH, PATCH)
        tokens = graph.linear(
            patches, kernel.reshape(width, -1).T, self._vector(f"{proj}.bias", width)
        )
        if fused:
            tokens = FusionBuilder(self._weights, graph, width).fuse(tokens, (normal, resize))
        return self._norm(tokens, f"{ENCODER}patch_embed.norm", width)

    def _block(self, tokens: str, grid: WindowGrid, stage: int, block: int) -> str:
        """Attention within windows, every second time shifted, and the two-layer network."""
        graph, width = self._graph, self._shape.width * 2**stage
        name = f"{ENCODER}layers.{stage}.blocks.{block}"
        shift = WINDOW // 2 if block % 2 and grid.side > WINDOW else 0
        inner = self._norm(tokens, f"{name}.layernorm_before", width)
        if shift:
            inner = graph.gather(inner, grid.to_shifted(shift), axis=1)
        inner = self._attention(inner, grid, stage, (name, shift))
        if shift:
            inner = graph.gather(inner, grid.to_shifted(shift).argsort(), axis=1)
        inner = graph.linear(inner, *self._linear(f"{name}.attention.output.dense", width, width))
        tokens = graph.node("Add", tokens, inner)
        inner = self._norm(tokens, f"{name}.layernorm_after", width)
        weight, bias = self._linear(f"{name}.intermediate.dense", width, 4 * width)
        inner = graph.gelu(graph.linear(inner, weight), bias)
        inner = graph.linear(inner, *self._linear(f"{name}.output.dense", 4 * width, width))
        return graph.node("Add", tokens, inner)

    def _attention(self, tokens: str, grid: WindowGrid, stage: int, block: tuple[str, int]) -> str:
        graph, (name, shift) = self._graph, block
        heads, width = self._shape.heads[stage], self._shape.width * 2**stage
        each, places = width // heads, WINDOW * WINDOW
        mixed = graph.linear(tokens, *self._query_key_value(f"{name}.attention.self", width, each))
        mixed = graph.reshape(mixed, -1, grid.windows, places, 3, heads, each)
        mixed = graph.node("Transpose", mixed, perm=[3, 0, 1, 4, 2, 5])
        parts = graph.nodes("Split", mixed, outputs=3, axis=0, num_outputs=3)
        query, key, value = (
            graph.reshape(part, -1, grid.windows, heads, places, each) for part in parts
        )
        scores = graph.node("FusedMatMul", query, key, domain=ORT_DOMAIN, transB=1)
        scores = graph.node("Add", scores, graph.constant(self._bias(name, heads, grid, shift)))
        shares = graph.node("Softmax", scores, axis=-1)
        result = graph.node("MatMul", shares, value)
        result = graph.node("Transpose", result, perm=[0, 1, 3, 2, 4])
        return graph.reshape(result, -1, grid.windows * places, width)

    def _query_key_value(
        self, name: str, width: int, each: int
    ) -> tuple[Float32Array, Float32Array]:
        import numpy as np

        parts = [self._linear(f"{name}.{part}", width, width) for part in ("query", "key", "value")]
        scale = np.float32(each**-0.5)
        parts[0] = (parts[0][0] * scale, parts[0][1] * scale)
        weight = np.concatenate([part[0] for part in parts], axis=1)
        return weight, np.concatenate([part[1] for part in parts])

    def _bias(self, name: str, heads: int, grid: WindowGrid, shift: int) -> Float32Array:
        """Relative position bias, and the mask of a shifted block: (1 or windows, heads, n, n)."""
        rows = (2 * WINDOW - 1) ** 2
        table = f"{name}.attention.self.relative_position_bias_table"
        pairs = self._weights.take(table, rows, heads)[relative_index(WINDOW)]
        bias = pairs.transpose(2, 0, 1)[None]
        return bias + grid.mask(shift)[:, None] if shift else bias

    def _merge(self, tokens: str, grid: WindowGrid, stage: int) -> str:
        """Make one token of four neighbours, twice as wide."""
        width = self._shape.width * 2**stage
        name = f"{ENCODER}layers.{stage}.downsample"
        if grid.side // 2 < WINDOW:
            raise CheckpointError(f"{self._weights.where}: more stages than the grid has sizes for")
        four = self._graph.gather(tokens, grid.merging(), axis=1)
        four = self._graph.reshape(four, -1, grid.side**2 // 4, 4 * width)
        four = self._norm(four, f"{name}.norm", 4 * width)
        reduction = self._weights.take(f"{name}.reduction.weight", 2 * width, 4 * width)
        return self._graph.linear(four, reduction.T)

    def _project(self, pooled: str, width: int) -> None:
        dim = self._shape.dim
        if is_normed(self._weights, "audio_projection"):
            project_normed(self._graph, self._weights, "audio_projection", pooled)
            return
        inner = self._graph.linear(pooled, *self._linear("audio_projection.linear1", width, dim))
        inner = self._graph.node("Relu", inner)
        self._graph.linear(inner, *self._linear("audio_projection.linear2", dim, dim))

    def _linear(self, name: str, inputs: int, outputs: int) -> tuple[Float32Array, Float32Array]:
        weight = self._weights.take(f"{name}.weight", outputs, inputs)
        return weight.T, self._vector(f"{name}.bias", outputs)

    def _vector(self, name: str, length: int) -> Float32Array:
        return self._weights.take(name, length)

    def _norm(self, tokens: str, name: str, width: int) -> str:
        scale, shift = self._vector(f"{name}.weight", width), self._vector(f"{name}.bias", width)
        return self._graph.layer_norm(tokens, scale, shift, _EPSILON)

    def _axes(self, *axes: int) -> str:
        import numpy as np

        return self._graph.constant(np.array(axes, dtype=np.int64))
