"""Several views of a long sound as one input, as fused CLAP checkpoints take them.

LAION-CLAP's feature fusion (Wu et al., 2023, section 3.2): the log-mel of the whole sound, shrunk
to a window's frames, and three chunks of it at full resolution, one of its front, one of its
middle and one of its back. The reference draws each chunk at random, so that a sound has another
vector each time; here it is the one in the middle of those that could be drawn.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.mel import MelFrontEnd

_KEPT_BYTES = 1 << 25  # of the spectrogram in memory, 22 minutes of CLAP's; more goes to the disk
_SAMPLES_AT_ONCE = 1 << 18

Quantise = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def chunk_starts(frames: int, chunk: int) -> tuple[int, int, int]:
    """Return the first frame of the front, middle and back chunk of a spectrogram.

    The places that a chunk can begin at are cut into three parts, as even as can be, the longer
    ones first; each chunk begins in the middle of its part (of two middles, the later one). Where
    there are fewer than three places, the first one takes the place of those that are missing.

    Parameters
    ----------
    frames, chunk : int
        Of the whole and of a chunk, ``frames >= chunk``.
    """
    parts = np.array_split(np.arange(frames - chunk + 1), 3)
    front, middle, back = (int(part[len(part) // 2]) if len(part) else 0 for part in parts)
    return front, middle, back


def shrunk_places(
    frames: int, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return what a linear resize of `frames` rows to `wanted` takes: two rows and a share.

    Ends are not aligned and nothing is smoothed first, as transformers has it. torchvision from
    0.17 on smooths unless it is told not to, and so does laion_clap with it, which was trained
    without.

    Returns
    -------
    earlier, later : np.ndarray [shape=(wanted,), dtype=int64]
    share : np.ndarray [shape=(wanted,), dtype=float32]
        Of the later row.
    """
    places = np.maximum((np.arange(wanted) + 0.5) * (frames / wanted) - 0.5, 0.0)
    earlier = places.astype(np.int64)
    later = np.minimum(earlier + 1, frames - 1)
    return earlier, later, (places - earlier).astype(np.float32)


class LongSoundViews:
    """Collects the views of a sound while it is read; use as a context manager.

    Memory is bounded: the spectrogram of a long sound goes to a temporary file.

    Parameters
    ----------
    mel : MelFrontEnd
        Reflects at the ends; its step is at most half a frame.
    window_samples : int
        Up to this length a sound has no views: it is a window.
    quantise : callable, optional
        Applied to the samples first.
    """

    def __init__(
        self, mel: MelFrontEnd, window_samples: int, quantise: Quantise | None = None
    ) -> None:
        self._mel = mel
        self._window_samples = window_samples
        self._quantise = quantise
        self._half = mel.spec.n_fft // 2
        self._waiting: list[NDArray[np.float32]] = []
        self._waiting_samples = self._samples = self._frames = 0
        self._file = tempfile.SpooledTemporaryFile(_KEPT_BYTES)  # noqa: SIM115 - closed by close

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,), at the model's rate."""
        if not len(samples):
            return
        samples = samples.copy() if self._quantise is None else self._quantise(samples)
        self._waiting.append(samples)
        self._waiting_samples += len(samples)
        self._samples += len(samples)
        if self._samples > self._window_samples and self._waiting_samples >= _SAMPLES_AT_ONCE:
            self._transform(last=False)

    def finish(self) -> NDArray[np.float32] | None:
        """Return the views once all samples are there, shape (1 or 4, frames, n_mels).

        None where the sound is no longer than a window. One that is longer by less than a step of
        the spectrogram has a single view, as in the reference: all of it.
        """
        try:
            if self._samples <= self._window_samples:
                return None
            self._transform(last=True)
            return self._views()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of what was collected."""
        self._waiting.clear()
        self._file.close()

    def _transform(self, *, last: bool) -> None:
        """Append the frames that are whole to the spectrogram; keep the samples behind them."""
        spec, samples = self._mel.spec, np.concatenate(self._waiting)
        if self._frames == 0:
            samples = np.concatenate([samples[self._half : 0 : -1], samples])
        if last:
            samples = np.concatenate([samples, samples[-2 : -self._half - 2 : -1]])
        mel = self._mel.compute_padded(samples)
        self._file.write(mel.tobytes())
        self._frames += len(mel)
        rest = samples[len(mel) * spec.hop :].copy()
        self._waiting, self._waiting_samples = [rest], len(rest)

    def _views(self) -> NDArray[np.float32]:
        chunk = self._mel.frames(self._window_samples)
        if self._frames == chunk:
            return self._read(0, chunk)[None]
        parts = [self._read(start, chunk) for start in chunk_starts(self._frames, chunk)]
        return np.stack([self._shrunk(chunk), *parts])

    def _shrunk(self, wanted: int) -> NDArray[np.float32]:
        earlier, later, share = shrunk_places(self._frames, wanted)
        pairs = [
            self._read(first, 1 + second - first)
            for first, second in zip(earlier.tolist(), later.tolist(), strict=True)
        ]
        rows = np.stack([(pair[0], pair[-1]) for pair in pairs])
        share = share[:, None]
        shrunk: NDArray[np.float32] = rows[:, 0] * (np.float32(1) - share) + rows[:, 1] * share
        return shrunk

    def _read(self, first: int, frames: int) -> NDArray[np.float32]:
        width = 4 * self._mel.spec.n_mels
        self._file.seek(first * width)
        read = np.frombuffer(self._file.read(frames * width), dtype=np.float32)
        return read.reshape(frames, -1)
