"""The text tower of Microsoft's CLAP: GPT-2, of which the last token's state is projected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap_export.graph import ORT_DOMAIN, Graph
from sqlclap_export.projection import project_normed
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array

TEXT = "text_model."
PROJECTION = "text_projection"
_LATER = -1e9  # its softmax is exactly 0 in float32


@dataclass(frozen=True)
class Gpt2Settings:
    """What the weights don't tell.

    Attributes
    ----------
    heads : int
    longest : int
        Most tokens of a text.
    epsilon : float
        Of layer normalisation.
    pad_id : int
        Token that fills up. Tokens that aren't it are counted to find the last one, as the
        reference does: one in a text, an exclamation mark, moves the end forward.
    """

    heads: int = 12
    longest: int = 77
    epsilon: float = 1e-5
    pad_id: int = 0


class Gpt2Builder:
    """Builds the text graph.

    Parameters
    ----------
    weights : Weights
        The text model's and the text projection's are taken.
    settings : Gpt2Settings
    """

    def __init__(self, weights: Weights, settings: Gpt2Settings) -> None:
        self._weights = weights
        self._settings = settings
        self._graph = Graph()
        self._vocabulary, self._width = weights.shape(f"{TEXT}wte.weight")[:2]

    def build(self) -> bytes:
        """Return the graph: ``input_ids`` (batch, n) to ``text_embeds``."""
        from onnx import TensorProto

        graph = self._graph
        length = graph.gather(graph.node("Shape", "input_ids"), self._integers(1), axis=0)
        tokens = self._embed(length)
        mask = self._mask(length)
        for layer in range(self._weights.count(f"{TEXT}h.")):
            tokens = self._layer(tokens, mask, f"{TEXT}h.{layer}")
        last = graph.node("GatherND", self._norm(tokens, f"{TEXT}ln_f"), self._end(), batch_dims=1)
        dim = project_normed(graph, self._weights, PROJECTION, last)
        inputs = {"input_ids": (TensorProto.INT64, ["batch", "length"])}
        return graph.finish(inputs, "text_embeds", dim)

    def _embed(self, length: str) -> str:
        graph = self._graph
        words = self._take(f"{TEXT}wte.weight", self._vocabulary, self._width)
        places = self._weights.shape(f"{TEXT}wpe.weight")[0]
        positions = self._take(f"{TEXT}wpe.weight", places, self._width)
        word = graph.node("Gather", graph.constant(words), "input_ids", axis=0)
        return graph.node("Add", word, self._first(positions, length, 0))

    def _mask(self, length: str) -> str:
        """Make what is added to scores: much below 0 for tokens that come later."""
        import numpy as np

        longest = self._settings.longest
        square = np.triu(np.full((longest, longest), _LATER, dtype=np.float32), 1)
        rows = self._first(square, length, 0)
        return self._graph.node(
            "Slice", rows, self._constant(0), length, self._graph.constant(self._integers(1))
        )

    def _first(self, table: Float32Array, length: str, axis: int) -> str:
        graph = self._graph
        return graph.node(
            "Slice", graph.constant(table), self._constant(0), length, self._constant(axis)
        )

    def _end(self) -> str:
        """Find the place of the last token, (batch, 1)."""
        from onnx import TensorProto

        graph = self._graph
        padding = graph.node("Equal", "input_ids", self._constant(self._settings.pad_id))
        counted = graph.node("Cast", graph.node("Not", padding), to=TensorProto.INT64)
        count = graph.node("ReduceSum", counted, self._constant(1), keepdims=1)
        return graph.node("Sub", count, self._constant(1))

    def _layer(self, tokens: str, mask: str, name: str) -> str:
        graph = self._graph
        inner = self._attention(self._norm(tokens, f"{name}.ln_1"), mask, f"{name}.attn")
        tokens = graph.node("Add", tokens, inner)
        inner = self._norm(tokens, f"{name}.ln_2")
        weight, bias = self._linear(f"{name}.mlp.c_fc", self._width, 4 * self._width)
        inner = graph.linear(inner, weight)
        # GPT-2's GELU is the one by a hyperbolic tangent.
        inner = graph.node("FastGelu", inner, graph.constant(bias), domain=ORT_DOMAIN)
        inner = graph.linear(
            inner, *self._linear(f"{name}.mlp.c_proj", 4 * self._width, self._width)
        )
        return graph.node("Add", tokens, inner)

    def _attention(self, tokens: str, mask: str, name: str) -> str:
        import numpy as np

        graph, heads, width = self._graph, self._settings.heads, self._width
        each = width // heads
        weight, bias = self._linear(f"{name}.c_attn", width, 3 * width)
        scale = np.ones(3 * width, dtype=np.float32)
        scale[:width] = np.float32(each**-0.5)
        mixed = graph.linear(tokens, weight * scale, bias * scale)
        mixed = graph.reshape(mixed, 0, 0, 3, heads, each)
        mixed = graph.node("Transpose", mixed, perm=[2, 0, 3, 1, 4])
        split = graph.nodes("Split", mixed, outputs=3, axis=0, num_outputs=3)
        query, key, value = (graph.node("Squeeze", part, self._constant(0)) for part in split)
        scores = graph.node("FusedMatMul", query, key, domain=ORT_DOMAIN, transB=1)
        shares = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
        result = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        result = graph.reshape(result, 0, 0, width)
        return graph.linear(result, *self._linear(f"{name}.c_proj", width, width))

    def _linear(self, name: str, inputs: int, outputs: int) -> tuple[Float32Array, Float32Array]:
        """Take a layer, whose weights GPT-2 keeps as (inputs, outputs)."""
        return self._take(f"{name}.weight", inputs, outputs), self._take(f"{name}.bias", outputs)

    def _norm(self, tokens: str, name: str) -> str:
        scale, shift = (self._take(f"{name}.{part}", self._width) for part in ("weight", "bias"))
        return self._graph.layer_norm(tokens, scale, shift, self._settings.epsilon)

    def _take(self, name: str, *shape: int) -> Float32Array:
        return self._weights.take(name, *shape)

    def _constant(self, *values: int) -> str:
        return self._graph.constant(self._integers(*values))

    @staticmethod
    def _integers(*values: int) -> npt.NDArray[np.int64]:
        import numpy as np

        return np.array(values, dtype=np.int64)
