"""Attentional feature fusion: three chunks of a long sound, fused into the view of the whole.

Only fused CLAP checkpoints have it, between the patches' projection and their norm. A graph of one
takes 1 view of a sound, or 4 of one longer than a window; of a single view nothing here is run,
which is what the reference calls not longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap_export.graph import Graph
from sqlclap_export.weights import Weights
from sqlclap_export.windows import WindowGrid

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

PATCHES = "audio_model.audio_encoder.patch_embed."
CHUNKS = 3
GRID = WindowGrid(64, 8)
"""Patches of the folded spectrogram."""

_FOLDS, _FRAMES, _MELS, _PATCH = 4, 256, 64, 4
_LONG = 3 * _PATCH  # frames of a chunk's patch: three chunks have as many patches as one whole
_EPSILON = 1e-5


def is_fused(weights: Weights) -> bool:
    """Whether weights are a fused checkpoint's."""
    return f"{PATCHES}mel_conv2d.weight" in weights


class FusionBuilder:
    """Adds the fusion to a graph.

    Parameters
    ----------
    weights : Weights
        The chunks' projection and the fusion's are taken.
    graph : Graph
    width : int
        Channels of a patch.
    """

    def __init__(self, weights: Weights, graph: Graph, width: int) -> None:
        self._weights = weights
        self._graph = graph
        self._width = width

    def fuse(self, whole: str, views: tuple[str, str]) -> str:
        """Return patches in window order, (batch, 4096, width), fused where there are chunks.

        Parameters
        ----------
        whole : str
            The first view's patches, in window order.
        views : tuple of str
            All views (batch, 1 or 4, 1001, 64), normalised; and the matrix that resizes them.
        """
        import numpy as np

        graph = self._graph
        count = graph.gather(graph.node("Shape", views[0]), np.array([1]), axis=0)
        several = graph.node("Greater", count, graph.constant(np.array([1])))
        return graph.choose(
            several,
            lambda: self._attend(whole, self._chunks(*views)),
            lambda: graph.node("Identity", whole),
        )

    def _chunks(self, views: str, resize: str) -> str:
        """Cut chunks into patches three times as long, and lay them side by side."""
        import numpy as np

        graph, along = self._graph, _FRAMES // _LONG
        chunks = graph.gather(views, np.arange(1, 1 + CHUNKS), axis=1)
        image = graph.node("MatMul", resize, chunks)
        image = graph.reshape(image, -1, CHUNKS, _FOLDS, _FRAMES, _MELS)
        image = graph.gather(image, np.arange(along * _LONG), axis=3)
        sizes = (CHUNKS, _FOLDS, along, _LONG, _MELS // _PATCH, _PATCH)
        image = graph.reshape(image, -1, *sizes)
        image = graph.node("Transpose", image, perm=[0, 2, 5, 1, 3, 6, 4])
        patches = graph.reshape(image, -1, GRID.side, CHUNKS * along, _PATCH * _LONG)
        kernel = self._take("mel_conv2d.weight", self._width, 1, _PATCH, _LONG)
        bias = self._take("mel_conv2d.bias", self._width)
        patches = graph.linear(patches, kernel.reshape(self._width, -1).T, bias)
        missing = GRID.side - CHUNKS * along
        ends = graph.constant(np.array([0, 0, 0, 0, 0, 0, missing, 0]))
        rows = graph.reshape(graph.node("Pad", patches, ends), -1, GRID.side**2, self._width)
        return graph.gather(rows, GRID.row_major(), axis=1)

    def _attend(self, whole: str, chunks: str) -> str:
        """Weigh the two against each other, patch by patch and channel by channel."""
        import numpy as np

        graph = self._graph
        both = graph.node("Add", whole, chunks)
        mean = graph.node("ReduceMean", both, graph.constant(np.array([1])), keepdims=1)
        near = self._context(both, "fusion_model.local_att", first=0)
        far = self._context(mean, "fusion_model.global_att", first=1)
        share = graph.node("Sigmoid", graph.node("Add", near, far))
        two = graph.constant(np.array([2], dtype=np.float32))
        # 2 w s + 2 c (1 - s), as 2 (c + (w - c) s).
        apart = graph.node("Mul", graph.node("Sub", whole, chunks), share)
        return graph.node("Mul", graph.node("Add", chunks, apart), two)

    def _context(self, value: str, name: str, first: int) -> str:
        """Two pointwise convolutions, each with its batch norm folded in."""
        inner = self._graph.linear(value, *self._normed_linear(name, first))
        inner = self._graph.node("Relu", inner)
        return self._graph.linear(inner, *self._normed_linear(name, first + 3))

    def _normed_linear(self, name: str, number: int) -> tuple[Float32Array, Float32Array]:
        import numpy as np

        conv, norm = f"{name}.{number}", f"{name}.{number + 1}"
        outputs, inputs = self._weights.shape(f"{PATCHES}{conv}.weight")[:2]
        weight = self._take(f"{conv}.weight", outputs, inputs, 1, 1).reshape(outputs, inputs)
        bias = self._take(f"{conv}.bias", outputs)
        scale, shift, mean, variance = (
            self._take(f"{norm}.{part}", outputs)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + np.float32(_EPSILON))
        return (weight * scale[:, None]).T, (bias - mean) * scale + shift

    def _take(self, name: str, *shape: int) -> Float32Array:
        return self._weights.take(f"{PATCHES}{name}", *shape)
