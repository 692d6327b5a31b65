"""Runs of a graph on a device other than the CPU: what goes in and comes out is bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnxruntime

FEATURES_AT_ONCE = 1 << 22
"""Feature values of a run on a device: 65 windows of CLAP's, which fill it. A core takes one."""

CUDA_OPTIONS = {
    # TF32 keeps ten bits of a number: vectors would be others than the CPU's.
    "use_tf32": "0",
    # Trying out every way to convolve takes seconds for each size of a batch.
    "cudnn_conv_algo_search": "HEURISTIC",
}


def run_bound(
    session: onnxruntime.InferenceSession, feeds: Mapping[str, Any], output: str | None, device: str
) -> Any:
    """Run a graph and fetch one output alone; the others stay where they were made.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
    feeds : mapping
        Arrays by inputs' names.
    output : str or None
        None takes the first.
    device : str
        Where the output is made, as ONNX Runtime calls it.
    """
    binding = session.io_binding()
    for name, value in feeds.items():
        binding.bind_cpu_input(name, np.ascontiguousarray(value))
    binding.bind_output(output or session.get_outputs()[0].name, device)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]
