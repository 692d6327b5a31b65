"""What a model's front end does to sound before the graph sees it, as plain frozen data.

Every field is part of a model's contract: change one and the vectors are no longer comparable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MelScale = Literal["slaney", "htk"]
MelNorm = Literal["slaney", "none"]
PadMode = Literal["reflect", "constant"]
WindowPadding = Literal["repeat", "zero"]
LoudnessMode = Literal["none", "peak"]
TailRule = Literal["drop-under-half"]
MonoRule = Literal["mean", "mean-unless-cancelled"]
OffsetRule = Literal["kept", "removed-where-larger"]


@dataclass(frozen=True)
class MelSpec:
    """A log-mel spectrogram: Hann (periodic) STFT, power 2, centred frames, ``10 * log10``.

    Attributes
    ----------
    n_fft, hop : int
        Frame length and step (in samples). Frames are centred: ``1 + n // hop`` of them.
    n_mels : int
        Number of bands between `fmin` and `fmax` (in Hz).
    scale : {"slaney", "htk"}
        Mel formula: Slaney's Auditory Toolbox or HTK's ``2595 * log10(1 + f / 700)``.
    norm : {"slaney", "none"}
        Area normalisation of the triangles, or peak 1.
    log_floor : float
        Powers below this are clamped to it before the logarithm.
    pad_mode : {"reflect", "constant"}
        How half a frame is padded at each end so that frame 0 is centred on sample 0.
    """

    n_fft: int
    hop: int
    n_mels: int
    fmin: float
    fmax: float
    scale: MelScale
    norm: MelNorm
    log_floor: float
    pad_mode: PadMode


@dataclass(frozen=True)
class FrontEndSpec:
    """From decoded audio to what the audio graph takes.

    Attributes
    ----------
    sample_rate : int
        Rate the graph expects (in Hz); input is resampled with soxr.
    resampler : str
        soxr quality: "QQ", "LQ", "MQ", "HQ" or "VHQ".
    window_s : float
        Length of a window (in seconds); `window_samples` is the rounded sample count.
    padding : {"repeat", "zero"}
        How a window shorter than `window_s` is filled up.
    loudness : {"none", "peak"}
        "peak" scales each window so that its largest magnitude is `loudness_target_db`.
    loudness_target_db : float
        Target (in dBFS) when `loudness` is not "none".
    int16_round_trip : bool
        Quantise to 16 bits and back after resampling, as LAION-CLAP's file path does.
    mel : MelSpec or None
        None means that the graph takes the waveform itself.
    tail : {"drop-under-half"}
        A tail shorter than half a window is dropped, unless it is the only window.
    mono : {"mean", "mean-unless-cancelled"}
        Channels are averaged; in the second, the loudest is taken for windows in which the
        channels cancel each other out (see `sqlclap.audio.mixdown`).
    offset : {"kept", "removed-where-larger"}
        What becomes of a window's constant level (DC) that is larger than the sound on it.
    """

    sample_rate: int
    resampler: str
    window_s: float
    padding: WindowPadding
    loudness: LoudnessMode
    loudness_target_db: float
    int16_round_trip: bool
    mel: MelSpec | None
    tail: TailRule = "drop-under-half"
    mono: MonoRule = "mean"
    offset: OffsetRule = "kept"

    @property
    def window_samples(self) -> int:
        """Samples in a full window."""
        return round(self.window_s * self.sample_rate)

    @property
    def heard_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency that reaches the graph (in Hz)."""
        if self.mel is None:
            return 0.0, self.sample_rate / 2
        return self.mel.fmin, self.mel.fmax
