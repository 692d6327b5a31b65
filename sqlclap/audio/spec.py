"""The front end's settings as frozen data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

MelScale = Literal["slaney", "htk"]
MelNorm = Literal["slaney", "none"]
PadMode = Literal["reflect", "constant"]
WindowPadding = Literal["repeat", "repeat-cut", "zero", "zero-around"]
LoudnessMode = Literal["none", "peak"]
TailRule = Literal["drop-under-half"]
MonoRule = Literal["mean", "mean-unless-cancelled"]
OffsetRule = Literal["kept", "removed-where-larger", "removed"]
FusionRule = Literal["whole-and-thirds"]


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
    bank_rate : int or None
        Rate that the bands are laid out for (in Hz), where it is another than the samples'.
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
    bank_rate: int | None = None


@dataclass(frozen=True)
class WindowRange:
    """Lengths of windows (in seconds) that a graph takes, both included."""

    shortest_s: float
    longest_s: float


@dataclass(frozen=True)
class FrontEndSpec:
    """Everything between decoded audio and the input of the audio graph.

    Attributes
    ----------
    sample_rate : int
        Rate the graph expects (in Hz); input is resampled with soxr.
    resampler : str
        soxr quality: "QQ", "LQ", "MQ", "HQ" or "VHQ".
    window_s : float
        Length of a window (in seconds); `window_samples` is the rounded sample count.
    padding : {"repeat", "repeat-cut", "zero", "zero-around"}
        How a window shorter than `window_s` is filled up: whole repeats and zeros, repeats of
        which the last is cut, zeros; "zero-around" puts half of the zeros before it.
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
    offset : {"kept", "removed-where-larger", "removed"}
        How a window's constant level (DC) is treated: the second takes it off where it is larger
        than the sound on it; the third does so, too, and takes the mean off every window that
        was resampled and filled up.
    hop_s : float or None
        Seconds between the starts of windows: below `window_s`, windows overlap. None means
        `window_s`: one window begins where the last one ends.
    window_range : WindowRange or None
        What `window_s` may be set to; None means that the graph takes no other length.
    fusion : {"whole-and-thirds"} or None
        How a sound longer than a window becomes one input, with several views of it (see
        `sqlclap.audio.fusion`); None means that the graph takes single windows only.
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
    hop_s: float | None = None
    window_range: WindowRange | None = None
    fusion: FusionRule | None = None

    def document(self) -> dict[str, Any]:
        """Return the settings as a contract states them.

        Optional ones that aren't set are left out: a contract's hash is the model's version, and
        stays what it is when there are more of them.
        """
        optional = ("hop_s", "window_range", "fusion")
        unset = [name for name in optional if getattr(self, name) is None]
        document = {name: value for name, value in asdict(self).items() if name not in unset}
        if self.mel is not None and self.mel.bank_rate is None:
            del document["mel"]["bank_rate"]
        return document

    @property
    def window_samples(self) -> int:
        """Samples in a full window."""
        return round(self.window_s * self.sample_rate)

    @property
    def hop_samples(self) -> int:
        """Samples between the starts of windows."""
        return self.window_samples if self.hop_s is None else round(self.hop_s * self.sample_rate)

    @property
    def heard_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency that reaches the graph (in Hz)."""
        if self.mel is None:
            return 0.0, self.sample_rate / 2
        stretch = self.sample_rate / (self.mel.bank_rate or self.sample_rate)
        return stretch * self.mel.fmin, stretch * self.mel.fmax
