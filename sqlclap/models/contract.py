"""A model's contract: everything that determines its vectors, and its version."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeVar

from sqlclap.audio.spec import FrontEndSpec, WindowRange
from sqlclap.errors import BundleError
from sqlclap.quantities import brief

Record = TypeVar("Record")


def read_fields(kind: type[Record], data: object, where: str) -> Record:
    """Build a dataclass from a JSON object.

    Parameters
    ----------
    kind : type
        A dataclass of int, float, str, bool, Literal, Optional, Mapping[str, str] or dataclasses.
    data : object
        What `json.loads` gave.
    where : str
        Names the place in errors, such as "mini: contract.json".

    Raises
    ------
    BundleError
        A field is missing, unknown, or of another type than the dataclass says.
    """
    if not isinstance(data, dict):
        raise BundleError(f"{where}: expected an object, got {type(data).__name__}")
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise BundleError(f"{where}: unknown field {unknown[0]!r}")
    hints = typing.get_type_hints(kind)
    values = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _read_value(hints[name], data[name], f"{where}: {name}")
        elif field.default is dataclasses.MISSING:
            raise BundleError(f"{where}: field {name!r} is missing")
    return kind(**values)


def _read_value(hint: Any, value: object, where: str) -> object:
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read_fields(hint, value, where)
    if origin in (types.UnionType, typing.Union):  # the latter of a Literal and None
        inner = next(choice for choice in choices if choice is not types.NoneType)
        return None if value is None else _read_value(inner, value, where)
    if origin is typing.Literal:
        return _expect(value in choices, value, where, f"one of {list(choices)}")
    if origin is Mapping:
        texts = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        return _expect(texts, value, where, "an object of strings")
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return _expect(number, value, where, "a number")
    exact = type(value) is hint
    return _expect(exact, value, where, hint.__name__)


def _expect(holds: bool, value: object, where: str, expected: str) -> object:
    if not holds:
        raise BundleError(f"{where}: expected {expected}, got {brief(value, 80)}")
    return value


FORMAT = 1
RESAMPLERS = ("QQ", "LQ", "MQ", "HQ", "VHQ")
# Limits that no real model reaches: a contract beyond them is damaged or malicious.
HIGHEST_RATE = 768_000
LONGEST_WINDOW_S = 600
LARGEST_FFT = 1 << 17
LARGEST_DIM = 1 << 14
MOST_TOKENS = 1 << 14
MOST_ANCHORS = 10_000
LONGEST_NAME = 200
UNMEASURED = {"mean": 0.0, "std": 1.0, "weak_below": -1.0}
"""A background that nobody has measured: nothing is called weak."""
TEXT_FILES = ("text.onnx", "tokenizer.json")
Pooling = Literal["mean-unit-windows-by-seconds", "fused-views"]
Precision = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True)
class TextSpec:
    """How words become tokens.

    Attributes
    ----------
    max_tokens : int
        Longer texts are cut.
    prompt_template : str
        Template for queries; ``{}`` stands for the query.
    """

    max_tokens: int
    prompt_template: str


@dataclass(frozen=True)
class Background:
    """Scores of the best match of queries that mean nothing to the model.

    Attributes
    ----------
    mean, std : float
        Mean and standard deviation of the best cosine over unknown concepts.
    weak_below : float
        A best match below this cosine is no better than chance.
    """

    mean: float
    std: float
    weak_below: float


@dataclass(frozen=True)
class Backgrounds:
    """Background scores of text against sound (None without words), and of sound against sound."""

    text: Background | None
    audio: Background


@dataclass(frozen=True)
class ScoringSpec:
    """Defaults for labels until they are calibrated, and the model's own scales.

    Attributes
    ----------
    threshold, gap : float
        Cosine similarity, and margin to the best rival.
    top_k : int
        K of a label's score, the mean of its top K similarities.
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
    """The contents of ``contract.json``; `docs/bundles.md` explains each field.

    Attributes
    ----------
    format : int
        Version of this layout.
    name, source, licence : str
    front_end : FrontEndSpec
    dim : int
        Length of a vector.
    pooling : {"mean-unit-windows-by-seconds", "fused-views"}
        How windows make a sample's vector; or the graph makes it of the views of a long sound.
    text : TextSpec or None
        None for a model without words: it has no text tower.
    scoring : ScoringSpec
    files : mapping of str to str
        SHA-256 (hexadecimal) of each of the bundle's files.
    precision : {"fp32", "fp16", "int8"}
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
    text: TextSpec | None
    scoring: ScoringSpec
    files: Mapping[str, str]
    precision: Precision = "fp32"
    outputs: OutputNames = OutputNames()

    @property
    def has_words(self) -> bool:
        """Whether the model maps words, too, to vectors."""
        return self.text is not None


def canonical_json(document: object) -> str:
    """Return canonical JSON, as it is hashed: sorted keys, no spaces, ASCII only."""
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
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()  # 1e999, surrogates
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where}: contract.json is no JSON ({error})") from error
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise BundleError(f"{where}: expected a contract of format {FORMAT}, got {_shown(version)}")
    contract = read_fields(Contract, document, f"{where}: contract.json")
    _check_ranges(contract, where)
    return contract, canonical_json(document)


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, int | str | None) else type(value).__name__


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _check_ranges(contract: Contract, where: str) -> None:
    rules = _front_end_rules(contract.front_end) | _model_rules(contract) | _text_rules(contract)
    rules |= _fusion_rules(contract)
    for rule, holds in rules.items():
        if not holds:
            raise BundleError(f"{where}: contract.json: {rule}")


def _model_rules(contract: Contract) -> dict[str, bool]:
    return {
        "name must be 1 to 200 printable characters": (
            bool(contract.name.strip())
            and contract.name.isprintable()
            and len(contract.name) <= LONGEST_NAME
        ),
        f"dim must be from 1 to {LARGEST_DIM}": 0 < contract.dim <= LARGEST_DIM,
        f"scoring.top_k must be from 1 to {MOST_ANCHORS}": 0
        < contract.scoring.top_k
        <= MOST_ANCHORS,
        "scoring.threshold must be from -1 to 1": -1 <= contract.scoring.threshold <= 1,
        "scoring.gap must be from 0 to 2": 0 <= contract.scoring.gap <= 2,
        "scoring.temperature must be above 0": contract.scoring.temperature > 0,
        "files must name audio.onnx": "audio.onnx" in contract.files,
        "files must be file names, not paths": all(
            PurePath(file).name == file for file in contract.files
        ),
    }


def _holds(lengths: WindowRange, front: FrontEndSpec) -> bool:
    """Whether a range is one, and the window's length lies in it."""
    shortest, longest = lengths.shortest_s, lengths.longest_s
    in_order = shortest <= front.window_s <= longest <= LONGEST_WINDOW_S
    return in_order and shortest * front.sample_rate >= 1


def _text_rules(contract: Contract) -> dict[str, bool]:
    text, named = contract.text, {*TEXT_FILES} & {*contract.files}
    stated = (named, contract.scoring.background.text, contract.outputs.text)
    if text is None:
        rule = (
            "text is null: files must name no text.onnx and no tokenizer.json, "
            "scoring.background.text and outputs.text must be null"
        )
        return {rule: not any(stated)}
    return {
        f"text.max_tokens must be from 1 to {MOST_TOKENS}": 0 < text.max_tokens <= MOST_TOKENS,
        "text.prompt_template must hold {}": "{}" in text.prompt_template,
        "scoring.background.text must not be null where text isn't": (
            contract.scoring.background.text is not None
        ),
    }


def _fusion_rules(contract: Contract) -> dict[str, bool]:
    front, mel = contract.front_end, contract.front_end.mel
    fused = front.fusion is not None
    pooled = (contract.pooling == "fused-views") == fused
    reflects = mel is not None and mel.pad_mode == "reflect" and 2 * mel.hop <= mel.n_fft
    plain = front.loudness == "none" and front.offset != "removed" and front.window_range is None
    return {
        "pooling must be fused-views where front_end.fusion is set, and only there": pooled,
        "front_end.fusion needs a mel that reflects at its ends, hop half of n_fft at most": (
            not fused or reflects
        ),
        "front_end.fusion needs loudness none, an offset that isn't removed from each window, and "
        "no window_range": not fused or plain,
    }


def _front_end_rules(front: FrontEndSpec) -> dict[str, bool]:
    mel = front.mel
    rules = {
        f"front_end.sample_rate must be from 1 to {HIGHEST_RATE} Hz": (
            0 < front.sample_rate <= HIGHEST_RATE
        ),
        f"front_end.window_s must hold a sample, and {LONGEST_WINDOW_S} s at most": (
            front.window_s <= LONGEST_WINDOW_S and front.window_s * front.sample_rate >= 1
        ),
        f"front_end.resampler must be one of {RESAMPLERS}": front.resampler in RESAMPLERS,
        "front_end.hop_s must hold a sample, and window_s at most": (
            front.hop_s is None
            or (front.hop_s <= front.window_s and 1 <= front.hop_samples <= front.window_samples)
        ),
        f"front_end.window_range must hold window_s, and {LONGEST_WINDOW_S} s at most": (
            front.window_range is None or _holds(front.window_range, front)
        ),
    }
    if mel is None:
        return rules
    sizes = (mel.n_fft, mel.hop, mel.n_mels)
    has_sizes = min(sizes) > 0 and max(sizes) <= LARGEST_FFT
    rate = front.sample_rate if mel.bank_rate is None else mel.bank_rate
    has_band = 0 <= mel.fmin < mel.fmax <= rate / 2 and 0 < rate <= HIGHEST_RATE
    return rules | {
        f"front_end.mel: n_fft, hop and n_mels must be from 1 to {LARGEST_FFT}": has_sizes,
        "front_end.mel: 0 <= fmin < fmax <= sample_rate / 2 (or bank_rate / 2) must hold": has_band,
        "front_end.mel.log_floor must be positive": mel.log_floor > 0,
    }
