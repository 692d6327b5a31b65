"""Streaming resampling whose result doesn't depend on how the input was cut into blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class StreamResampler:
    """Mono resampler over soxr; passes samples through when the rates are equal.

    Parameters
    ----------
    in_rate, out_rate : int
        Rates (in Hz).
    quality : {"QQ", "LQ", "MQ", "HQ", "VHQ"}
        soxr's quality preset.
    """

    def __init__(self, in_rate: int, out_rate: int, quality: str) -> None:
        self._stream = None
        if in_rate != out_rate:
            import soxr

            self._stream = soxr.ResampleStream(in_rate, out_rate, 1, "float32", quality)

    def process(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Feed a block; return the output that is ready (maybe none yet).

        Parameters
        ----------
        mono : np.ndarray [shape=(n,), dtype=float32]
            Next samples at `in_rate`.

        Returns
        -------
        np.ndarray [shape=(m,), dtype=float32]
            Next samples at `out_rate`.
        """
        return mono if self._stream is None else self._chunk(mono, last=False)

    def flush(self) -> NDArray[np.float32]:
        """Return the samples still inside the filter; call once, after the last block."""
        nothing = np.empty(0, dtype=np.float32)
        return nothing if self._stream is None else self._chunk(nothing, last=True)

    def _chunk(self, mono: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        if self._stream is None:
            return mono
        out: NDArray[np.float32] = self._stream.resample_chunk(mono, last=last)
        return out
