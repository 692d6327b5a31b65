"""Microsoft's projection into the shared space: two layers without biases, added up and normed."""

from __future__ import annotations

from sqlclap_export.graph import Graph
from sqlclap_export.weights import Weights

_EPSILON = 1e-5


def is_normed(weights: Weights, name: str) -> bool:
    """Whether a projection is of this form; LAION's have biases and no norm."""
    return f"{name}.layer_norm.weight" in weights


def project_normed(graph: Graph, weights: Weights, name: str, pooled: str) -> int:
    """Add a projection to a graph, whose last node it is, and return the length of vectors."""
    import numpy as np

    dim, width = weights.shape(f"{name}.linear1.weight")[:2]
    first = graph.linear(pooled, weights.take(f"{name}.linear1.weight", dim, width).T)
    inner = graph.gelu(first, np.zeros(dim, np.float32))
    second = graph.linear(inner, weights.take(f"{name}.linear2.weight", dim, dim).T)
    scale, shift = (weights.take(f"{name}.layer_norm.{part}", dim) for part in ("weight", "bias"))
    graph.layer_norm(graph.node("Add", first, second), scale, shift, _EPSILON)
    return dim
