"""Streaming resampling whose result doesn't depend on how the input was cut into blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class StreamResampler:
    """Mono resampler over soxr; passes samples through when the rates are equal.

    What comes out in all is ``ceil(n * out_rate / in_rate)`` samples long, as with librosa's
    ``load``, whose last sample may be a 0: LAION-CLAP repeats short sounds, so a sample more or
    less would shift every repeat.

    Parameters
    ----------
    in_rate, out_rate : int
        Rates (in Hz).
    quality : {"QQ", "LQ", "MQ", "HQ", "VHQ"}
        soxr's quality preset.
    """

    def __init__(self, in_rate: int, out_rate: int, quality: str) -> None:
        self._stream = None
        self._rates = in_rate, out_rate
        self._taken = self._given = 0
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
        if self._stream is None:
            return mono
        self._taken += len(mono)
        out = self._chunk(mono, last=False)
        self._given += len(out)
        return out

    def flush(self) -> NDArray[np.float32]:
        """Return the samples still inside the filter; call once, after the last block."""
        nothing = np.empty(0, dtype=np.float32)
        if self._stream is None:
            return nothing
        in_rate, out_rate = self._rates
        left = max(0, -(-self._taken * out_rate // in_rate) - self._given)
        rest = self._chunk(nothing, last=True)[:left]
        return np.pad(rest, (0, left - len(rest))) if len(rest) < left else rest

    def _chunk(self, mono: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        if self._stream is None:
            return mono
        out: NDArray[np.float32] = self._stream.resample_chunk(mono, last=last)
        return out
