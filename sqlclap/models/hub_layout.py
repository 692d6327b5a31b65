"""From a repository in transformers.js layout to a bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlclap.errors import DownloadError
from sqlclap.models.clap import ClapFacts, check_preprocessor, clap_contract
from sqlclap.models.hub import Fetched
from sqlclap.models.precision import quantise
from sqlclap.models.publish import Draft
from sqlclap.models.registry import KnownModel

AUDIO = "onnx/audio_model.onnx"
TEXT = "onnx/text_model.onnx"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor_config.json"
CONFIG = "config.json"
# Small files first: a repository of another kind is told before hundreds of megabytes.
FILES = (CONFIG, PREPROCESSOR, TOKENIZER, AUDIO, TEXT)
OPTIONAL = ("tokenizer_config.json",)


def draft_bundle(model: KnownModel, fetched: Fetched, name: str, precision: str) -> Draft:
    """Make a bundle's draft from a repository's files.

    Parameters
    ----------
    model : KnownModel
    fetched : Fetched
        Holds `FILES`.
    name : str
        What the bundle is called.
    precision : {"fp32", "int8"}

    Raises
    ------
    DownloadError
        The settings ask for another front end than CLAP's, or can't be read.
    """
    paths = fetched.paths
    where = fetched.repository
    check_preprocessor(_read_json(paths[PREPROCESSOR]), where, DownloadError)
    config = _read_json(paths[CONFIG])
    audio_config = config.get("audio_config", {})
    if isinstance(audio_config, dict) and audio_config.get("enable_fusion"):
        raise DownloadError(f"{where} is a fused checkpoint; use its unfused sibling")
    source = f"{where}, of {model.of}" if model.of else where
    facts = ClapFacts(name, source, model.licence, dim=int(config.get("projection_dim", 512)))
    facts = replace(facts, max_tokens=_max_tokens(paths), precision=precision)
    audio: bytes | Path = paths[AUDIO]
    if precision == "int8":
        audio = quantise(paths[AUDIO].read_bytes())
    files = {"audio.onnx": audio, "text.onnx": paths[TEXT], TOKENIZER: paths[TOKENIZER]}
    origin = {
        "repository": fetched.repository,
        "revision": fetched.revision,
        "sha256": dict(fetched.sha256),
    }
    return Draft(clap_contract(facts), files, origin)


def _max_tokens(paths: Mapping[str, Path]) -> int:
    """Return the tokenizer's longest text; RoBERTa's when it doesn't say."""
    stated = 512
    if OPTIONAL[0] in paths:
        stated = int(_read_json(paths[OPTIONAL[0]]).get("model_max_length", stated))
    return min(stated, 512)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DownloadError(f"{path.name} can't be read ({error})") from error
    if not isinstance(document, dict):
        raise DownloadError(f"{path.name}: expected an object, got {type(document).__name__}")
    return document
