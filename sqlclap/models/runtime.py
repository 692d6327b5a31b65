"""ONNX Runtime settings, and imports of optional dependencies."""

from __future__ import annotations

import ctypes
import importlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlclap.errors import RuntimeSetupError
from sqlclap.models.device_runs import CUDA_OPTIONS

if TYPE_CHECKING:
    import onnxruntime


def load_extra(module: str, extra: str, purpose: str) -> Any:
    """Import a module of an extra.

    Raises
    ------
    RuntimeSetupError
        It isn't installed, or doesn't load.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RuntimeSetupError(
            f"{purpose} needs {module.partition('.')[0]}: pip install 'sqlclap[{extra}]' ({error})"
        ) from error


Device = Literal["cpu", "cuda"]
DEVICES: tuple[Device, ...] = ("cpu", "cuda")
_DRIVERS = ("libcuda.so.1", "nvcuda.dll")


class Runtime(NamedTuple):
    """How an encoder runs its graphs.

    Attributes
    ----------
    device : {"cpu", "cuda"}
    threads : int
        Cores that inference takes; 0 takes all.
    """

    device: Device = "cpu"
    threads: int = 0


def load_runtime() -> None:
    """Load ONNX Runtime: before a package whose native library it can't be loaded after."""
    import onnxruntime  # noqa: F401


def session_providers(device: Device) -> list[str | tuple[str, dict[str, str]]]:
    """Return ONNX Runtime's providers for a device, best first, with their options.

    Raises
    ------
    RuntimeSetupError
        This ONNX Runtime, or this machine, has no such device.
    """
    import onnxruntime

    if device == "cpu":
        return ["CPUExecutionProvider"]
    if device != "cuda":
        raise RuntimeSetupError(f"expected a device among {', '.join(DEVICES)}, got {device!r}")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise RuntimeSetupError(
            "this ONNX Runtime can't use CUDA; put the GPU build in its place: "
            "pip uninstall onnxruntime && pip install onnxruntime-gpu"
        )
    # Asking for CUDA where no driver is ends the process instead of raising.
    if not any(_loads(driver) for driver in _DRIVERS):
        raise RuntimeSetupError("no NVIDIA driver on this machine; use --device cpu")
    return [("CUDAExecutionProvider", dict(CUDA_OPTIONS)), "CPUExecutionProvider"]


def session_options(threads: int) -> Any:
    """Return ONNX Runtime's options for a session with this many threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Waiting threads would take the cores from decoding, which runs at the same time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def open_graph(graph: bytes, device: Device) -> onnxruntime.InferenceSession:
    """Open a graph by itself on a device, with all its cores.

    Raises
    ------
    RuntimeSetupError
        See `session_providers`.
    """
    import onnxruntime

    return onnxruntime.InferenceSession(
        graph, sess_options=session_options(0), providers=session_providers(device)
    )
