"""The contract of a model: everything that goes into a vector, and its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from sqlclap.audio.spec import FrontEndSpec
from sqlclap.errors import BundleError
from sqlclap.models.fields import read_fields

FORMAT = 1
RESAMPLERS = ("QQ", "LQ", "MQ", "HQ", "VHQ")
Pooling = Literal["mean-unit-windows-by-seconds"]
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True)
class TextSpec:
    """How words become tokens.

    Attributes
    ----------
    max_tokens : int
        Longer texts are cut.
    prompt_template : str
        What is put around a query; ``{}`` stands for it.
    """

    max_tokens: int
    prompt_template: str


@dataclass(frozen=True)
class Background:
    """What the best match of a query that means nothing to the model scores.

    Attributes
    ----------
    mean, std : float
        Of the best cosine over unknown concepts.
    weak_below : float
        A best match under this is no better than chance would have it.
    """

    mean: float
    std: float
    weak_below: float


@dataclass(frozen=True)
class Backgrounds:
    """Background scales: text against sound, sound against sound. They never mix."""

    text: Background
    audio: Background


@dataclass(frozen=True)
class ScoringSpec:
    """Defaults for labels until they are calibrated, and the model's own scales.

    Attributes
    ----------
    threshold, gap : float
        Cosine, and lead over the best rival.
    top_k : int
        Anchors that a mean score takes in.
    temperature : float
        Factor on cosines before a softmax (the inverse of the usual temperature).
    background : Backgrounds
    """

    threshold: float
    gap: float
    top_k: int
    temperature: float
    background: Backgrounds


@dataclass(frozen=True)
class OutputNames:
    """Which of a graph's outputs is the embedding.

    Attributes
    ----------
    audio, text : str or None
        None takes the first.
    """

    audio: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Contract:
    """What a bundle promises; `docs/bundles.md` explains each field.

    Attributes
    ----------
    format : int
        Version of this layout.
    name, source, licence : str
    front_end : FrontEndSpec
    dim : int
        Length of a vector.
    pooling : {"mean-unit-windows-by-seconds"}
        How windows make a sample's vector.
    text : TextSpec
    scoring : ScoringSpec
    files : mapping of str to str
        SHA-256 (hexadecimal) of each of the bundle's files.
    precision : {"fp32", "int8"}
        What the weights are stored and multiplied in.
    outputs : OutputNames
    """

    format: int
    name: str
    source: str
    licence: str
    front_end: FrontEndSpec
    dim: int
    pooling: Pooling
    text: TextSpec
    scoring: ScoringSpec
    files: Mapping[str, str]
    precision: Precision = "fp32"
    outputs: OutputNames = OutputNames()


def canonical_json(document: object) -> str:
    """Write JSON in the one way that is hashed: sorted keys, no spaces, plain ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def model_version(document: object) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(document).encode("ascii")).hexdigest()[:16]


def parse_contract(text: str, where: str) -> tuple[Contract, str]:
    """Read and check ``contract.json``.

    Parameters
    ----------
    text : str
        The file's text.
    where : str
        Names the bundle in errors.

    Returns
    -------
    contract : Contract
    canonical : str
        The canonical JSON, which `model_version` hashes.

    Raises
    ------
    BundleError
        No JSON, an unknown format, a field missing, unknown or of the wrong type.
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where}: contract.json is no JSON ({error})") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise BundleError(f"{where}: expected a contract of format {FORMAT}, got {found!r}")
    contract = read_fields(Contract, document, f"{where}: contract.json")
    _check_ranges(contract, where)
    return contract, canonical_json(document)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _check_ranges(contract: Contract, where: str) -> None:
    for rule, holds in (_front_end_rules(contract.front_end) | _model_rules(contract)).items():
        if not holds:
            raise BundleError(f"{where}: contract.json: {rule}")


def _model_rules(contract: Contract) -> dict[str, bool]:
    return {
        "name must not be empty": bool(contract.name.strip()),
        "dim must be positive": contract.dim > 0,
        "text.max_tokens must be positive": contract.text.max_tokens > 0,
        "text.prompt_template must hold {}": "{}" in contract.text.prompt_template,
        "scoring.top_k must be positive": contract.scoring.top_k > 0,
        "files must name audio.onnx": "audio.onnx" in contract.files,
        "files must be file names, not paths": all(
            PurePath(file).name == file for file in contract.files
        ),
    }


def _front_end_rules(front: FrontEndSpec) -> dict[str, bool]:
    mel = front.mel
    rules = {
        "front_end.sample_rate must be positive": front.sample_rate > 0,
        "front_end.window_s must be positive": front.window_s > 0,
        f"front_end.resampler must be one of {RESAMPLERS}": front.resampler in RESAMPLERS,
    }
    if mel is None:
        return rules
    has_sizes = min(mel.n_fft, mel.hop, mel.n_mels) > 0
    has_band = 0 <= mel.fmin < mel.fmax <= front.sample_rate / 2
    return rules | {
        "front_end.mel: n_fft, hop and n_mels must be positive": has_sizes,
        "front_end.mel: 0 <= fmin < fmax <= sample_rate / 2 must hold": has_band,
        "front_end.mel.log_floor must be positive": mel.log_floor > 0,
    }
