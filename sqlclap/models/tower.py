"""ONNX graphs that turn features or tokens into unit vectors, loaded when first used."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlclap.errors import BundleError, ModelSanityError
from sqlclap.models.bundle import Bundle
from sqlclap.models.runtime import Runtime, session_options, session_providers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnxruntime

    Vectors = npt.NDArray[np.float32]


class Tower:
    """One graph of a bundle.

    Parameters
    ----------
    bundle : Bundle
    file : str
        "audio.onnx" or "text.onnx".
    output : str or None
        The output that is the embedding; None takes the first.
    runtime : Runtime
    """

    def __init__(self, bundle: Bundle, file: str, output: str | None, runtime: Runtime) -> None:
        self._bundle = bundle
        self._file = file
        self._wanted = output
        self._runtime = runtime
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """The ONNX Runtime session; made, from checked bytes, on first use."""
        with self._lock:
            if self._session is None:
                self._session = self._load()
            return self._session

    def _load(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        providers = session_providers(self._runtime.device)
        options = session_options(self._runtime.threads)
        content = self._bundle.read(self._file)
        try:
            session = onnxruntime.InferenceSession(
                content, sess_options=options, providers=providers
            )
        except Exception as error:  # ONNX Runtime's errors share no public root
            name = f"{self._bundle.folder}/{self._file}"
            raise BundleError(f"{name} can't be loaded by ONNX Runtime: {error}") from error
        made = [entry.name for entry in session.get_outputs()]
        if self._wanted is not None and self._wanted not in made:
            raise BundleError(
                f"{self._bundle.folder}/{self._file}: expected an output {self._wanted!r}, "
                f"got {', '.join(made)}"
            )
        return session

    def run(self, feeds: Mapping[str, Any]) -> Vectors:
        """Run the graph on named inputs; those that it doesn't take are left out.

        Returns
        -------
        np.ndarray [shape=(batch, dim), dtype=float32]
            Unit vectors.

        Raises
        ------
        BundleError
            The graph can't be run on such inputs.
        ModelSanityError
            The graph gave another shape, or something that has no direction.
        """
        import numpy as np

        output = self._output(feeds)
        dim = self._bundle.contract.dim
        if output.ndim != 2 or output.shape[1] != dim:
            raise ModelSanityError(
                f"{self._bundle.name}: {self._file} gave shape {output.shape}, expected (n, {dim})"
            )
        norms = np.linalg.norm(output, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms < 1e-9).any():
            raise ModelSanityError(
                f"{self._bundle.name}: {self._file} gave vectors without direction"
            )
        unit: Vectors = (output / norms).astype(np.float32, copy=False)
        return unit

    def _output(self, feeds: Mapping[str, Any]) -> Vectors:
        import numpy as np

        session = self.session
        taken = {entry.name for entry in session.get_inputs()}
        wanted = None if self._wanted is None else [self._wanted]
        try:
            output = session.run(wanted, {k: v for k, v in feeds.items() if k in taken})[0]
        except Exception as error:  # ONNX Runtime's errors share no public root
            shapes = {entry.name: entry.shape for entry in session.get_inputs()}
            given = {name: value.shape for name, value in feeds.items()}
            raise BundleError(
                f"{self._bundle.folder}/{self._file} takes {shapes} and can't be run on "
                f"{given}: {error}"
            ) from error
        return np.asarray(output, dtype=np.float32)  # half floats would overflow in their norm
