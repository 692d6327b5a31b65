"""The text tower: RoBERTa with a projection, as a graph built from its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap_export.graph import ORT_DOMAIN, Graph
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array

_MASKED = -1e9  # its softmax is exactly 0 in float32


@dataclass(frozen=True)
class RobertaSettings:
    """What the weights don't tell.

    Attributes
    ----------
    heads : int
    epsilon : float
        Of layer normalisation.
    pad_id : int
        Token that fills up; positions count from the one after it.
    """

    heads: int = 12
    epsilon: float = 1e-12
    pad_id: int = 1


class RobertaBuilder:
    """Builds the text graph.

    Parameters
    ----------
    weights : Weights
        The text model's and the text projection's are taken.
    settings : RobertaSettings
    """

    def __init__(self, weights: Weights, settings: RobertaSettings) -> None:
        self._weights = weights
        self._settings = settings
        self._graph = Graph()
        words = "text_model.embeddings.word_embeddings.weight"
        self._vocabulary, self._width = weights.shape(words)[:2]

    def build(self) -> bytes:
        """Return the graph: ``input_ids``, ``attention_mask`` (batch, n) to ``text_embeds``."""
        from onnx import TensorProto

        tokens = self._embed()
        mask = self._mask()
        for layer in range(self._weights.count("text_model.encoder.layer.")):
            tokens = self._layer(tokens, mask, f"text_model.encoder.layer.{layer}")
        first = self._graph.gather(tokens, self._integers(0).reshape(()), axis=1)
        pooled = self._graph.linear(first, *self._linear("text_model.pooler.dense"))
        dim = self._project(self._graph.node("Tanh", pooled))
        shape = (TensorProto.INT64, ["batch", "length"])
        inputs = {"input_ids": shape, "attention_mask": shape}
        return self._graph.finish(inputs, "text_embeds", dim)

    def _embed(self) -> str:
        """Add up the vectors of words, positions and the one token type, and normalise."""
        graph, name = self._graph, "text_model.embeddings"
        words = self._take(f"{name}.word_embeddings.weight", self._vocabulary, self._width)
        places = self._weights.shape(f"{name}.position_embeddings.weight")[0]
        positions = self._take(f"{name}.position_embeddings.weight", places, self._width)
        kinds = self._take(f"{name}.token_type_embeddings.weight", 1, self._width)
        word = graph.node("Gather", graph.constant(words), "input_ids", axis=0)
        place = graph.node("Gather", graph.constant(positions + kinds), self._positions(), axis=0)
        return self._norm(graph.node("Add", word, place), f"{name}.LayerNorm")

    def _positions(self) -> str:
        """Count tokens from the position after the padding's; padding keeps its own."""
        from onnx import TensorProto

        graph, pad = self._graph, self._graph.constant(self._integers(self._settings.pad_id))
        counted = graph.node("Not", graph.node("Equal", "input_ids", pad))
        counted = graph.node("Cast", counted, to=TensorProto.INT64)
        axis = graph.constant(self._integers(1).reshape(()))
        number = graph.node("Mul", graph.node("CumSum", counted, axis), counted)
        return graph.node("Add", number, pad)

    def _mask(self) -> str:
        """Make what is added to scores: 0 for tokens, much below 0 for padding."""
        import numpy as np
        from onnx import TensorProto

        graph = self._graph
        kept = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        padding = graph.node("Sub", graph.constant(np.ones(1, np.float32)), kept)
        below = graph.node("Mul", padding, graph.constant(np.full(1, _MASKED, np.float32)))
        return graph.node("Unsqueeze", below, graph.constant(self._integers(1, 2)))

    def _layer(self, tokens: str, mask: str, name: str) -> str:
        graph = self._graph
        inner = self._attention(tokens, mask, f"{name}.attention.self")
        inner = graph.linear(inner, *self._linear(f"{name}.attention.output.dense"))
        tokens = self._norm(graph.node("Add", inner, tokens), f"{name}.attention.output.LayerNorm")
        weight, bias = self._linear(f"{name}.intermediate.dense")
        inner = graph.gelu(graph.linear(tokens, weight), bias)
        inner = graph.linear(inner, *self._linear(f"{name}.output.dense"))
        return self._norm(graph.node("Add", inner, tokens), f"{name}.output.LayerNorm")

    def _attention(self, tokens: str, mask: str, name: str) -> str:
        import numpy as np

        graph, heads = self._graph, self._settings.heads
        each = self._width // heads
        parts = [self._linear(f"{name}.{part}") for part in ("query", "key", "value")]
        scale = np.float32(each**-0.5)
        parts[0] = (parts[0][0] * scale, parts[0][1] * scale)
        weight = np.concatenate([part[0] for part in parts], axis=1)
        mixed = graph.linear(tokens, weight, np.concatenate([part[1] for part in parts]))
        mixed = graph.reshape(mixed, 0, 0, 3, heads, each)
        mixed = graph.node("Transpose", mixed, perm=[2, 0, 3, 1, 4])
        split = graph.nodes("Split", mixed, outputs=3, axis=0, num_outputs=3)
        axis = graph.constant(self._integers(0))
        query, key, value = (graph.node("Squeeze", part, axis) for part in split)
        scores = graph.node("FusedMatMul", query, key, domain=ORT_DOMAIN, transB=1)
        shares = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
        result = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return graph.reshape(result, 0, 0, self._width)

    def _project(self, pooled: str) -> int:
        inner = self._graph.linear(pooled, *self._linear("text_projection.linear1"))
        weight, bias = self._linear("text_projection.linear2")
        self._graph.linear(self._graph.node("Relu", inner), weight, bias)
        return int(weight.shape[1])

    def _linear(self, name: str) -> tuple[Float32Array, Float32Array]:
        outputs, inputs = self._weights.shape(f"{name}.weight")[:2]
        weight = self._take(f"{name}.weight", outputs, inputs)
        return weight.T, self._take(f"{name}.bias", outputs)

    def _norm(self, tokens: str, name: str) -> str:
        scale = self._take(f"{name}.weight", self._width)
        shift = self._take(f"{name}.bias", self._width)
        return self._graph.layer_norm(tokens, scale, shift, self._settings.epsilon)

    def _take(self, name: str, *shape: int) -> Float32Array:
        return self._weights.take(name, *shape)

    @staticmethod
    def _integers(*values: int) -> npt.NDArray[np.int64]:
        import numpy as np

        return np.array(values, dtype=np.int64)
