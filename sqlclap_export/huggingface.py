"""Checkpoints in Hugging Face's layout, through `transformers`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import CheckpointError
from sqlclap.models.clap import ClapFacts, check_preprocessor
from sqlclap.models.runtime import load_extra
from sqlclap_export.chunks import is_longer, middle_chunks
from sqlclap_export.roberta import RobertaSettings
from sqlclap_export.source import UNUSED, SourceModel
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

RATE = 48_000
LICENCE = "Apache-2.0"


def load_huggingface(folder: Path, name: str, source: str) -> SourceModel:
    """Load a checkpoint's folder: configuration, weights, tokenizer.

    Parameters
    ----------
    folder : Path
        With ``config.json``, ``preprocessor_config.json``, ``tokenizer.json`` and weights.
    name : str
        What the bundle will be called.
    source : str
        Where it came from, as the contract says it.

    Raises
    ------
    CheckpointError
        A file is missing or can't be read, or keys are missing or unexpected.
    RuntimeSetupError
        The ``export`` extra isn't installed.
    """
    config = read_json(folder / "config.json")
    settings = read_json(folder / "preprocessor_config.json")
    fused = check_preprocessor(settings, str(folder), CheckpointError)
    transformers = load_extra("transformers", "export", "exporting")
    load_extra("torch", "export", "exporting")
    load_extra("onnx", "export", "exporting")
    model = _load_model(transformers, folder)
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    text = model.config.text_config
    _check_settings(model.config, folder, fused)
    return SourceModel(
        facts=ClapFacts(
            name=name,
            source=source,
            licence=str(config.get("license", LICENCE)),
            dim=int(model.config.projection_dim),
            max_tokens=_max_tokens(folder, int(text.max_position_embeddings)),
            temperature=float(math.exp(float(model.logit_scale_a.detach()))),
            fused=fused,
        ),
        weights=Weights(weights, str(folder)),
        unused=UNUSED,
        text=_text_settings(text),
        tokenizer=_read(folder / "tokenizer.json"),
        embed_sounds=lambda sounds: _embed_sounds(transformers, model, folder, sounds),
        embed_texts=lambda texts: _embed_texts(transformers, model, folder, texts),
        origin={"exported_with": f"transformers {transformers.__version__}"},
    )


def _text_settings(text: Any) -> RobertaSettings:
    heads, pad_id = int(text.num_attention_heads), int(text.pad_token_id)
    return RobertaSettings(heads, float(text.layer_norm_eps), pad_id)


def _load_model(transformers: Any, folder: Path) -> Any:
    """Load the model and refuse weights that were made up or left out."""
    try:
        model, report = transformers.ClapModel.from_pretrained(
            folder, output_loading_info=True, local_files_only=True
        )
    except Exception as error:  # it raises whatever its readers raise
        raise CheckpointError(f"{folder} can't be loaded by transformers: {error}") from error
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        keys = sorted(str(key) for key in report.get(what, ()))
        keys = [key for key in keys if not any(part in key for part in UNUSED)]
        if keys:
            shown = ", ".join(keys[:4])
            raise CheckpointError(f"{folder}: {what.replace('_', ' ')} in the weights: {shown}")
    return model.eval()


def _check_settings(config: Any, folder: Path, fused: bool) -> None:
    """Refuse what the graph builders take for granted and the weights don't show."""
    expected = {
        "audio_config.hidden_act": (config.audio_config.hidden_act, "gelu"),
        "text_config.hidden_act": (config.text_config.hidden_act, "gelu"),
        "projection_hidden_act": (config.projection_hidden_act, "relu"),
        "audio_config.window_size": (config.audio_config.window_size, 8),
        "audio_config.spec_size": (config.audio_config.spec_size, 256),
        "audio_config.layer_norm_eps": (config.audio_config.layer_norm_eps, 1e-5),
        "audio_config.enable_fusion": (config.audio_config.enable_fusion, fused),
        "audio_config.fusion_type": (config.audio_config.fusion_type, None),
    }
    for name, (found, wanted) in expected.items():
        if found != wanted:
            raise CheckpointError(f"{folder}: expected {name} {wanted!r}, got {found!r}")


def _max_tokens(folder: Path, positions: int) -> int:
    """Return the longest text that the tokenizer's settings and the positions allow."""
    file = folder / "tokenizer_config.json"
    stated = read_json(file).get("model_max_length") if file.is_file() else None
    room = positions - 2  # RoBERTa counts positions from the one after the padding's
    return min(room, int(stated)) if stated else room


def _embed_sounds(
    transformers: Any, model: Any, folder: Path, sounds: Sequence[Float32Array]
) -> Float32Array:
    import numpy as np
    import torch

    extractor = transformers.ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
    made = []
    for sound in sounds:
        with middle_chunks():
            inputs = extractor(sound, sampling_rate=RATE, return_tensors="pt")
        features = inputs["input_features"]
        # The extractor calls one of the sounds given longer where none is.
        longer = torch.tensor([[is_longer(sound, features)]])
        with torch.inference_mode():
            heard = model.get_audio_features(input_features=features, is_longer=longer)
        made.append(_numpy(heard))
    return np.concatenate(made)


def _embed_texts(transformers: Any, model: Any, folder: Path, texts: Sequence[str]) -> Float32Array:
    import torch

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    inputs = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        return _numpy(
            model.get_text_features(inputs["input_ids"], attention_mask=inputs["attention_mask"])
        )


def _numpy(features: Any) -> Float32Array:
    """Return features as an array; newer versions wrap them in an output object."""
    made: Float32Array = getattr(features, "pooler_output", features).numpy()
    return made


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    CheckpointError
        The file is missing or holds something else.
    """
    try:
        document = json.loads(_read(path))
    except ValueError as error:
        raise CheckpointError(f"{path} is no JSON ({error})") from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path}: expected an object, got {type(document).__name__}")
    return document


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path.parent}: can't read {path.name}: {error.strerror}") from error
