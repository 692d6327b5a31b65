"""The contract that all CLAP bundles share, whichever tool converted them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlclap.errors import ModelError
from sqlclap.models.contract import UNMEASURED

# Zero-shot accuracy on ESC-50 depends on it: 91 % with it, 60 % without (LAION-CLAP issue 133).
PROMPT_TEMPLATE = "This is a sound of {}."


@dataclass(frozen=True)
class ClapFacts:
    """The parts of the contract that differ between CLAP bundles.

    Attributes
    ----------
    name, source, licence : str
    dim : int
    max_tokens : int
    temperature : float
        The factor on cosines that it was trained with.
    int16_round_trip : bool
        Whether the reference that it comes from quantises sound to 16 bits.
    precision : {"fp32", "fp16", "int8"}
    fused : bool
        Whether it fuses several views of a sound longer than a window.
    prompt_template : str
    front_end : mapping or None
        Another front end than LAION's.
    """

    name: str
    source: str
    licence: str
    dim: int = 512
    max_tokens: int = 512
    temperature: float = 1 / 0.07
    int16_round_trip: bool = False
    precision: str = "fp32"
    fused: bool = False
    prompt_template: str = PROMPT_TEMPLATE
    front_end: Mapping[str, Any] | None = None


def clap_front_end(int16_round_trip: bool, fused: bool) -> dict[str, Any]:
    """Make the front end's part, as the reference code has it.

    Fused checkpoints were trained on torchaudio's filter bank, the others on librosa's.
    """
    scale, norm = ("htk", "none") if fused else ("slaney", "slaney")
    fusion = {"fusion": "whole-and-thirds"} if fused else {}
    return fusion | {
        "sample_rate": 48_000,
        "resampler": "HQ",
        "window_s": 10.0,
        "tail": "drop-under-half",
        "padding": "repeat",
        "mono": "mean-unless-cancelled",
        "offset": "removed-where-larger",
        "loudness": "none",
        "loudness_target_db": 0.0,
        "int16_round_trip": int16_round_trip,
        "mel": {
            "n_fft": 1024,
            "hop": 480,
            "n_mels": 64,
            "fmin": 50.0,
            "fmax": 14_000.0,
            "scale": scale,
            "norm": norm,
            "log_floor": 1e-10,
            "pad_mode": "reflect",
        },
    }


def clap_contract(facts: ClapFacts) -> dict[str, Any]:
    """Make the contract document, without the files' hashes."""
    return {
        "format": 1,
        "name": facts.name,
        "source": facts.source,
        "licence": facts.licence,
        "precision": facts.precision,
        "outputs": {"audio": "audio_embeds", "text": "text_embeds"},
        "front_end": facts.front_end or clap_front_end(facts.int16_round_trip, facts.fused),
        "dim": facts.dim,
        "pooling": "fused-views" if facts.fused else "mean-unit-windows-by-seconds",
        "text": {"max_tokens": facts.max_tokens, "prompt_template": facts.prompt_template},
        "scoring": {
            "threshold": 0.75,
            "gap": 0.1,
            "top_k": 3,
            "temperature": facts.temperature,
            "background": {"text": UNMEASURED, "audio": UNMEASURED},
        },
    }


_EXPECTED = {
    "sampling_rate": 48_000,
    "fft_window_size": 1024,
    "hop_length": 480,
    "feature_size": 64,
    "frequency_min": 50,
    "frequency_max": 14_000,
    "max_length_s": 10,
    "padding": "repeatpad",
}
_TRUNCATIONS = {"rand_trunc": False, "fusion": True}
"""What a checkpoint does with long sounds, and whether it fuses views of them."""


def check_preprocessor(
    settings: Mapping[str, Any], where: str, error: type[ModelError] = ModelError
) -> bool:
    """Refuse a ``preprocessor_config.json`` that asks for another front end than CLAP's.

    Parameters
    ----------
    settings : mapping
        What the file holds.
    where : str
        Names the repository in errors.
    error : type
        What is raised.

    Returns
    -------
    bool
        Whether it is a fused checkpoint's.

    Raises
    ------
    ModelError
        A setting differs.
    """
    expected: dict[str, list[Any]] = {name: [value] for name, value in _EXPECTED.items()}
    expected["truncation"] = list(_TRUNCATIONS)
    for name, choices in expected.items():
        actual = settings.get(name)
        if actual not in choices:
            wanted = " or ".join(map(repr, choices))
            raise error(
                f"{where}: expected {name} {wanted} in preprocessor_config.json, got {actual!r}"
            )
    return _TRUNCATIONS[str(settings["truncation"])]
