"""What has to be known of a graph without words, and the contract that it makes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlclap.audio.spec import FrontEndSpec, LoudnessMode, MelSpec, OffsetRule, WindowPadding
from sqlclap.errors import BundleError, ModelError
from sqlclap.models.contract import UNMEASURED, read_fields
from sqlclap.models.registry import KnownModel, known_models

_MEL_DEFAULTS = {
    "scale": "slaney", "norm": "slaney", "log_floor": 1e-10, "pad_mode": "constant"
}  # fmt: skip


@dataclass(frozen=True)
class Interface:
    """What a graph expects, and which of its outputs is the embedding.

    Attributes
    ----------
    sample_rate : int
        In Hz.
    window_s : float
        Length of a window (in seconds); the graph takes so many samples, or frames.
    mean : {"kept", "removed"}
        Whether the mean is taken off each window.
    peak : float or None
        Largest magnitude to which each window is scaled (full scale 1); None leaves its level.
    padding : {"zero", "zero-around", "repeat"}
        How a sound shorter than a window is filled up.
    resampler : str
        soxr's quality.
    mel : MelSpec or None
        None for a graph that takes the waveform.
    output : str or None
        Name of the output; None takes the only one, or else the one called "embedding".
    dim : int or None
        Expected length of a vector; None takes what the graph gives.
    """

    sample_rate: int
    window_s: float
    mean: Literal["kept", "removed"] = "kept"
    peak: float | None = None
    padding: WindowPadding = "zero"
    resampler: str = "HQ"
    mel: MelSpec | None = None
    output: str | None = None
    dim: int | None = None

    def front_end(self) -> FrontEndSpec:
        """Return it as a contract's front end.

        Raises
        ------
        BundleError
            The peak is not above 0 and at most 1.
        """
        if self.peak is not None and not 0 < self.peak <= 1:
            raise BundleError(
                f"expected a peak above 0 and at most 1 (full scale), got {self.peak}"
            )
        offset: OffsetRule = "removed" if self.mean == "removed" else "removed-where-larger"
        loudness: LoudnessMode = "none" if self.peak is None else "peak"
        return FrontEndSpec(
            sample_rate=self.sample_rate,
            resampler=self.resampler,
            window_s=float(self.window_s),  # 5 and 5.0 would be two versions
            padding=self.padding,
            loudness=loudness,
            loudness_target_db=0.0 if self.peak is None else 20 * math.log10(self.peak),
            int16_round_trip=False,
            mel=self.mel and _with_floats(self.mel),
            mono="mean-unless-cancelled",
            offset=offset,
        )


def _with_floats(mel: MelSpec) -> MelSpec:
    fmin, fmax, log_floor = float(mel.fmin), float(mel.fmax), float(mel.log_floor)
    return replace(mel, fmin=fmin, fmax=fmax, log_floor=log_floor)


@dataclass(frozen=True)
class Description:
    """What a model is called, and where it comes from.

    Attributes
    ----------
    name, source, licence : str
    """

    name: str
    source: str
    licence: str = "not stated"


def audio_contract(interface: Interface, about: Description, dim: int) -> dict[str, Any]:
    """Return the contract document of a model without words, without the files' hashes."""
    return {
        "format": 1,
        "name": about.name,
        "source": about.source,
        "licence": about.licence,
        "precision": "fp32",
        "outputs": {"audio": interface.output, "text": None},
        "front_end": interface.front_end().document(),
        "dim": dim,
        "pooling": "mean-unit-windows-by-seconds",
        "text": None,
        "scoring": {
            "threshold": 0.75,
            "gap": 0.1,
            "top_k": 3,
            "temperature": 1.0,
            "background": {"text": None, "audio": UNMEASURED},
        },
    }


def read_mel(text: str) -> MelSpec:
    """Read a log-mel from ``n_fft=1024,hop=320,n_mels=128,fmin=60,fmax=16000``.

    The other fields of `MelSpec` may be given, too; without them it is Slaney's, as librosa makes
    it by default, with frames that reach over the ends of the window.

    Raises
    ------
    BundleError
        A field is missing, unknown, twice there, or not of its type.
    """
    given: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not value or name in given:
            raise BundleError(f"--mel: expected fields such as hop=320, each once; got {part!r}")
        given[name] = _number_or_text(value)
    return read_fields(MelSpec, _MEL_DEFAULTS | given, "--mel")


def _number_or_text(value: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def known_interface(model: KnownModel) -> Interface:
    """Return the interface of a model of the registry.

    Raises
    ------
    ModelError
        The registry has none for it, since it is no single graph.
    """
    if not model.interface:
        known = [one.name for one in known_models().values() if one.interface]
        raise ModelError(
            f"{model.name} is no graph without words: expected one of {', '.join(known)}"
        )
    return read_fields(Interface, dict(model.interface), f"registry: {model.name}")


def describe_known(model: KnownModel) -> Description:
    """Return how a model of the registry is described in its contract."""
    return Description(model.name, model.source, model.licence)
