"""ONNX graphs that turn features or tokens into unit vectors, loaded when first used."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlclap.errors import BundleError, ModelSanityError
from sqlclap.models.bundle import Bundle

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
    threads : int
        Threads within a run; 0 leaves it to ONNX Runtime (all cores).
    """

    def __init__(self, bundle: Bundle, file: str, threads: int) -> None:
        self._bundle = bundle
        self._file = file
        self._threads = threads
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

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # Waiting threads would take the cores from decoding, which runs at the same time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        content = self._bundle.read(self._file)
        try:
            return onnxruntime.InferenceSession(
                content, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no public root
            name = f"{self._bundle.folder}/{self._file}"
            raise BundleError(f"{name} can't be loaded by ONNX Runtime: {error}") from error

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
        try:
            output = session.run(None, {k: v for k, v in feeds.items() if k in taken})[0]
        except Exception as error:  # ONNX Runtime's errors share no public root
            shapes = {entry.name: entry.shape for entry in session.get_inputs()}
            given = {name: value.shape for name, value in feeds.items()}
            raise BundleError(
                f"{self._bundle.folder}/{self._file} takes {shapes} and can't be run on "
                f"{given}: {error}"
            ) from error
        return np.asarray(output, dtype=np.float32)  # half floats would overflow in their norm
