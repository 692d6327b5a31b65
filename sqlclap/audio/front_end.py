"""From an open sound to the input of the audio graph, window by window.

Sounds of the library and query sounds both take this path, so their vectors are comparable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decode import AudioStream, open_audio
from sqlclap.audio.encoded import AudioSource
from sqlclap.audio.fusion import LongSoundViews
from sqlclap.audio.mel import MelFrontEnd
from sqlclap.audio.mixdown import Mixdown, MixReport
from sqlclap.audio.spec import FrontEndSpec
from sqlclap.audio.windows import StreamResampler, cut_windows, is_silent, normalize_peak

# Float files can hold NaN, infinities and garbage; nothing recorded is 120 dB over full scale,
# and the square of more would overflow float32 sums.
_LARGEST_MAGNITUDE = np.float32(1e6)
# Containers of lossy formats state a length that counts the encoder's delay.
_TRUNCATION_SLACK_S = 0.1


@dataclass(frozen=True)
class WindowFeatures:
    """One window, ready for the graph.

    Attributes
    ----------
    index : int
        Number of the window in the sound, from 0; silent windows leave gaps.
    start_s, end_s : float
        Start and end in the sound (in seconds).
    features : np.ndarray [shape=`FrontEnd.feature_shape`, dtype=float32]
        Log-mel spectrogram (in dB) or waveform.
    """

    index: int
    start_s: float
    end_s: float
    features: NDArray[np.float32]


@dataclass(frozen=True)
class SoundReport:
    """What one pass over a sound found.

    Attributes
    ----------
    frames : int
        Frames decoded, at the native rate.
    duration_s : float
        `frames` in seconds.
    non_finite : int
        Samples (over all channels) that were NaN, infinite or absurd, replaced by 0.
    silent_windows : int
        Windows dropped because their peak lies below `SILENCE_PEAK_DB`.
    truncated : bool
        Whether decoding ended early or clearly before the declared length.
    notes : tuple of str
        Other remarks of the decoders.
    mix : MixReport
        Result of mixing down, with the levels of the channels.
    """

    frames: int = 0
    duration_s: float = 0.0
    non_finite: int = 0
    silent_windows: int = 0
    truncated: bool = False
    notes: tuple[str, ...] = ()
    mix: MixReport = field(default=MixReport())

    def all_notes(self) -> tuple[str, ...]:
        """Return all remarks on irregularities that were found while reading the sound."""
        notes = []
        if self.truncated:
            notes.append(f"truncated: {self.duration_s:.2f} s could be decoded")
        if self.non_finite:
            notes.append(f"{self.non_finite} samples were no numbers and count as silence")
        return (*notes, *self.notes, *self.mix.notes())


class BlockMeter(Protocol):
    """Something that measures a sound at its native rate, block by block."""

    def update_channels(self, block: NDArray[np.float32]) -> None:
        """Take the next block as it was decoded, shape (n, channels), finite."""

    def update(self, mono: NDArray[np.float32]) -> None:
        """Take the next block of the mono sound, shape (n,), finite."""


class FrontEnd:
    """Turns windows of sound into the input of one audio graph.

    Parameters
    ----------
    spec : FrontEndSpec
        The front end's part of a model's contract.

    Attributes
    ----------
    feature_shape : tuple of int
        ``(frames, n_mels)`` of the log-mel, or ``(window_samples,)`` of the waveform.
    """

    def __init__(self, spec: FrontEndSpec) -> None:
        self.spec = spec
        self._mel = None if spec.mel is None else MelFrontEnd(spec.mel, spec.sample_rate)
        self.feature_shape: tuple[int, ...] = (spec.window_samples,)
        if self._mel is not None:
            self.feature_shape = self._mel.frames(spec.window_samples), self._mel.spec.n_mels

    def features(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features of one window: mean, loudness, 16-bit round trip, padding, then mel if any.

        The order is that of LAION-CLAP's file path, which quantises the resampled sound before
        it pads. "repeat" is its "repeatpad": as many whole repeats as fit, then zeros. A mean that
        is always removed is that of the padded window, as perch-hoplite's is.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            Mono samples at the spec's rate, ``1 <= n <= window_samples``, finite.

        Returns
        -------
        np.ndarray [shape=feature_shape, dtype=float32]
            Log-mel (in dB) or waveform.

        Raises
        ------
        ValueError
            When `samples` is empty or longer than a window.
        """
        length = self.spec.window_samples
        if not 1 <= len(samples) <= length:
            raise ValueError(f"Expected 1 to {length} samples, got {len(samples)}.")
        if self.spec.offset == "removed" or self.spec.padding == "zero-around":
            samples = self._padded(samples)
        if self.spec.offset == "removed":
            samples = samples - samples.mean()
        if self.spec.loudness == "peak":
            samples = normalize_peak(samples, self.spec.loudness_target_db)
        if self.spec.int16_round_trip:
            samples = int16_round_trip(samples)
        if self._mel is not None:  # which knows that what follows is zeros
            return self._mel.compute(self._repeated(samples), length)
        return self._padded(samples)

    def whole(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Features of a whole sound as one input, shape (views, *feature_shape).

        None where it is no longer than a window, or the model takes single windows only.
        """
        views = self.long_sound_views()
        if views is None:
            return None
        views.add(samples)
        return views.finish()

    def long_sound_views(self) -> LongSoundViews | None:
        """Return what collects the views of one long sound; None where the model takes none."""
        if self.spec.fusion is None or self._mel is None:
            return None
        quantise = int16_round_trip if self.spec.int16_round_trip else None
        return LongSoundViews(self._mel, self.spec.window_samples, quantise)

    def _repeated(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        length = self.spec.window_samples
        if self.spec.padding == "repeat" and len(samples) <= length // 2:
            return np.tile(samples, length // len(samples))
        if self.spec.padding == "repeat-cut":
            return np.resize(samples, length)
        return samples

    def _padded(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill a window up to its full length."""
        samples = self._repeated(samples)
        missing = self.spec.window_samples - len(samples)
        before = missing // 2 if self.spec.padding == "zero-around" else 0
        return np.pad(samples, (before, missing - before))


def int16_round_trip(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quantise to 16 bits and back, exactly as LAION-CLAP does.

    Clip to ±1, scale by 32767, truncate toward zero (``laion_clap.training.data``,
    ``float32_to_int16`` and ``int16_to_float32``).

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Full scale ±1.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        Multiples of 1/32767.
    """
    levels = np.clip(samples, np.float32(-1.0), np.float32(1.0))
    levels *= np.float32(32767.0)
    np.trunc(levels, out=levels)
    levels /= np.float32(32767.0)
    return levels


class SoundWindows(Iterator[WindowFeatures]):
    """The windows of one sound, computed lazily; `report` is updated with each.

    Attributes
    ----------
    whole : np.ndarray [shape=(views, *feature_shape), dtype=float32] or None
        Once the iteration has ended: all of a sound longer than a window, as one input, where the
        model takes that (`FrontEndSpec.fusion`).
    """

    def __init__(
        self, stream: AudioStream, front_end: FrontEnd, meter: BlockMeter | None = None
    ) -> None:
        self._stream = stream
        self._front_end = front_end
        self._meter = meter
        self._mixdown = Mixdown(front_end.spec, stream.sample_rate, stream.channels)
        self._non_finite = self._silent_windows = 0
        self._truncated = False
        self._notes: tuple[str, ...] = ()
        self._views = front_end.long_sound_views()
        self.whole: NDArray[np.float32] | None = None
        self._windows = self._sounding_windows()

    def __next__(self) -> WindowFeatures:
        return next(self._windows)

    @property
    def report(self) -> SoundReport:
        """The report so far; complete once the iteration has ended."""
        return SoundReport(
            frames=self._stream.frames_read,
            duration_s=self._duration_s,
            non_finite=self._non_finite,
            silent_windows=self._silent_windows,
            truncated=self._truncated,
            notes=self._notes,
            mix=self._mixdown.report,
        )

    @property
    def _duration_s(self) -> float:
        return self._stream.frames_read / self._stream.sample_rate

    def _sounding_windows(self) -> Iterator[WindowFeatures]:
        spec = self._front_end.spec
        lengths = spec.window_samples, spec.sample_rate, spec.hop_samples
        for window in cut_windows(self._resampled(), *lengths):
            if is_silent(window.samples):
                self._silent_windows += 1
                continue
            features = self._front_end.features(window.samples)
            # Resampling rounds the length up: a window must not end after the sound does.
            end_s = min(window.end_s, self._duration_s)
            yield WindowFeatures(window.index, window.start_s, end_s, features)

    def _resampled(self) -> Iterator[NDArray[np.float32]]:
        """Yield the resampled signal; what collects views of the whole sees it, too."""
        views = self._views
        if views is None:
            yield from self._resampled_blocks()
            return
        try:
            for block in self._resampled_blocks():
                views.add(block)
                yield block
            self.whole = views.finish()
        finally:
            views.close()

    def _resampled_blocks(self) -> Iterator[NDArray[np.float32]]:
        spec = self._front_end.spec
        resampler = StreamResampler(self._stream.sample_rate, spec.sample_rate, spec.resampler)
        for mono in self._mono():
            if self._meter is not None:
                self._meter.update(mono)
            yield resampler.process(mono)
        self._truncated, self._notes = self._is_truncated(), tuple(self._stream.notes)
        yield resampler.flush()

    def _mono(self) -> Iterator[NDArray[np.float32]]:
        """Yield the mixed-down signal, a window at a time."""
        for block in self._stream.blocks():
            clean, replaced = replace_non_finite(block)
            self._non_finite += replaced
            if self._meter is not None:
                self._meter.update_channels(clean)
            yield from self._mixdown.add(clean)
        yield from self._mixdown.finish()

    def _is_truncated(self) -> bool:
        if self._stream.interrupted is not None:
            return True
        declared = self._stream.declared_frames
        if declared is None:
            return False
        missing = declared - self._stream.frames_read
        return missing > _TRUNCATION_SLACK_S * self._stream.sample_rate


def replace_non_finite(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Replace NaN, infinities and magnitudes over 1e6 by 0.

    Parameters
    ----------
    block : np.ndarray [shape=(n, channels), dtype=float32]
        Decoded samples; not changed.

    Returns
    -------
    tuple of (np.ndarray, int)
        The block itself, or a repaired copy, and how many samples were replaced.
    """
    # NaN fails both comparisons, so sound blocks cost two reductions and no copy.
    if not block.size or (block.max() <= _LARGEST_MAGNITUDE and block.min() >= -_LARGEST_MAGNITUDE):
        return block, 0
    usable = np.abs(block) <= _LARGEST_MAGNITUDE
    return np.where(usable, block, np.float32(0.0)), int(usable.size - np.count_nonzero(usable))


def sound_windows(
    stream: AudioStream, front_end: FrontEnd, meter: BlockMeter | None = None
) -> SoundWindows:
    """Windows of an open sound with their features, lazily and in constant memory.

    Blocks are cleaned of non-finite samples, mixed down as the model's contract says, shown to
    `meter` at the native rate, resampled and cut; silent windows are left out.

    Parameters
    ----------
    stream : AudioStream
        An open sound, not read yet.
    front_end : FrontEnd
        Of the model that will embed the windows.
    meter : BlockMeter, optional
        Such as `DescriptorMeter`, made for the stream's rate.

    Returns
    -------
    SoundWindows
        An iterator of `WindowFeatures`, with a `report`.

    Raises
    ------
    AudioDecodeError
        While iterating, when nothing can be decoded.
    """
    return SoundWindows(stream, front_end, meter)


def read_features(source: AudioSource, front_end: FrontEnd) -> list[WindowFeatures]:
    """All windows of a sound, for a query.

    Parameters
    ----------
    source : str, path-like or bytes
        As for `open_audio`.
    front_end : FrontEnd
        Of the model that will embed the windows.

    Returns
    -------
    list of WindowFeatures
        Empty when all of the sound is silent.

    Raises
    ------
    AudioDecodeError
        As `open_audio`.
    """
    with open_audio(source) as stream:
        return list(sound_windows(stream, front_end))
