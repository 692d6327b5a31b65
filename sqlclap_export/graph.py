"""Writing ONNX graphs node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]

OPSET = 20
IR_VERSION = 9  # ONNX Runtime 1.20 reads it
ORT_DOMAIN = "com.microsoft"


class Graph:
    """An ONNX graph that grows; methods return the names of the values they make."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._made = 0
        self._constants: list[Any] = []

    def constant(self, array: Array) -> str:
        """Add a constant."""
        import numpy as np
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; ``domain`` is among the attributes."""
        return self.nodes(kind, *inputs, outputs=1, **attributes)[0]

    def nodes(self, kind: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        from onnx import helper

        stem = f"{kind}_{self._made}"
        self._made += 1
        names = [stem if number == 0 else f"{stem}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=stem, **attributes))
        return names

    def choose(self, condition: str, then: Callable[[], str], otherwise: Callable[[], str]) -> str:
        """Add a choice that is made when the graph runs: only one of two values is computed.

        Parameters
        ----------
        condition : str
            A boolean of one element.
        then, otherwise : callable
            Each adds nodes, which see all values made before, and names its own value.
        """
        branches = {"then_branch": self._branch(then), "else_branch": self._branch(otherwise)}
        return self.node("If", condition, **branches)

    def _branch(self, build: Callable[[], str]) -> Any:
        from onnx import TensorProto, helper

        outer, self._nodes = self._nodes, []
        value = build()
        inner, self._nodes = self._nodes, outer
        made = helper.make_tensor_value_info(value, TensorProto.FLOAT, None)
        return helper.make_graph(inner, f"branch_{self._made}", [], [made])

    def reshape(self, value: str, *shape: int) -> str:
        """Reshape; 0 keeps an axis, -1 is worked out."""
        import numpy as np

        return self.node("Reshape", value, self.constant(np.array(shape, dtype=np.int64)))

    def gather(self, value: str, indices: npt.NDArray[np.int64], axis: int) -> str:
        """Pick rows along an axis."""
        return self.node("Gather", value, self.constant(indices), axis=axis)

    def linear(self, value: str, weight: Array, bias: Array | None = None) -> str:
        """Multiply by a weight of shape (inputs, outputs) and add a bias of shape (outputs,)."""
        product = self.node("MatMul", value, self.constant(weight))
        return product if bias is None else self.node("Add", product, self.constant(bias))

    def layer_norm(self, value: str, scale: Array, shift: Array, epsilon: float) -> str:
        """Normalise the last axis."""
        parts = self.constant(scale), self.constant(shift)
        return self.node("LayerNormalization", value, *parts, axis=-1, epsilon=epsilon)

    def gelu(self, value: str, bias: Array) -> str:
        """Exact (erf) GELU of the value plus a bias, in one pass of ONNX Runtime's own kernel."""
        return self.node("BiasGelu", value, self.constant(bias), domain=ORT_DOMAIN)

    def finish(
        self, inputs: Mapping[str, tuple[int, Sequence[Any]]], output: str, width: int
    ) -> bytes:
        """Serialise the graph.

        Parameters
        ----------
        inputs : mapping of str to (int, sequence)
            ONNX element type and shape of each input; names stand for free sizes.
        output : str
            What the last node's output is called from now on, shape (batch, width).
        """
        from onnx import TensorProto, checker, helper

        self._nodes[-1].output[0] = output
        made = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
        taken = [helper.make_tensor_value_info(name, *what) for name, what in inputs.items()]
        graph = helper.make_graph(self._nodes, "clap", taken, [made], self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ORT_DOMAIN, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content
