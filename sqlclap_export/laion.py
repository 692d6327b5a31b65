"""LAION's own ``.pt`` checkpoints, through `laion_clap` in an environment of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import CheckpointError
from sqlclap.models.clap import ClapFacts
from sqlclap.models.runtime import load_extra
from sqlclap_export.chunks import middle_chunks, unsmoothed_resize
from sqlclap_export.roberta import RobertaSettings
from sqlclap_export.source import UNUSED, SourceModel
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

    Tensors = Mapping[str, Float32Array]

LICENCE = "CC0-1.0"
MAX_TOKENS = 77
ARCHITECTURES = {96: "HTSAT-tiny", 128: "HTSAT-base"}
_PATCHES = "audio_branch.patch_embed.proj.weight"
# Heads for classes and training losses, and the spectrogram, which sqlclap makes itself.
_UNUSED = (
    "audio_branch.tscam_conv.",
    "audio_branch.head.",
    "audio_transform.",
    "text_transform.",
    "spectrogram_extractor.",
    "logmel_extractor.",
    "attn_mask",
)
_RENAMES = (
    ("audio_branch.bn0.", "audio_model.audio_encoder.batch_norm."),
    ("audio_branch.", "audio_model.audio_encoder."),
    ("text_branch.", "text_model."),
    ("audio_projection.0.", "audio_projection.linear1."),
    ("audio_projection.2.", "audio_projection.linear2."),
    ("text_projection.0.", "text_projection.linear1."),
    ("text_projection.2.", "text_projection.linear2."),
)
_BLOCK_RENAMES = (
    (".attn.relative", ".attention.self.relative"),
    (".attn.proj.", ".attention.output.dense."),
    (".mlp.fc1.", ".intermediate.dense."),
    (".mlp.fc2.", ".output.dense."),
    (".norm1.", ".layernorm_before."),
    (".norm2.", ".layernorm_after."),
)


def _text_settings(config: Any) -> RobertaSettings:
    return RobertaSettings(
        int(config.num_attention_heads), float(config.layer_norm_eps), int(config.pad_token_id)
    )


def _used_tensors(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checkpoint's tensors as arrays, without heads that no embedding passes through."""
    return {
        key: value.float().numpy()
        for key, value in state.items()
        if not any(part in key for part in _UNUSED)
    }


def load_laion(path: Path, name: str, architecture: str | None = None) -> SourceModel:
    """Load a ``.pt`` checkpoint into `laion_clap`'s own model.

    Parameters
    ----------
    path : Path
    name : str
        What the bundle will be called.
    architecture : str, optional
        "HTSAT-tiny" or "HTSAT-base"; by default as the weights' shapes say.

    Raises
    ------
    CheckpointError
        The file can't be read, or keys are missing or unexpected.
    RuntimeSetupError
        The ``laion`` extra isn't installed.
    """
    torch = load_extra("torch", "laion", "a LAION checkpoint")
    load_extra("onnx", "laion", "a LAION checkpoint")
    state = read_state(torch, path)
    found = audio_architecture(state, path)
    if architecture is not None and architecture != found:
        raise CheckpointError(f"{path} is {found}, expected {architecture}")
    laion_clap = load_extra("laion_clap", "laion", "a LAION checkpoint")
    fused = any("mel_conv2d" in key for key in state)
    if fused:  # which it imports if it is there, and takes for the views of long sounds
        load_extra("torchaudio", "laion", "a fused LAION checkpoint")
    module = laion_clap.CLAP_Module(enable_fusion=fused, amodel=found, device="cpu")
    _load(module.model, state, path)
    tensors = _used_tensors(state)
    return SourceModel(
        facts=_facts(path, name, tensors, fused),
        weights=Weights(rename(tensors), str(path)),
        unused=UNUSED,
        text=_text_settings(module.model.text_branch.config),
        tokenizer=_tokenizer_json(module.tokenize),
        embed_sounds=lambda sounds: _embed_sounds(module, sounds),
        embed_texts=lambda texts: _embed_texts(module, texts),
        origin={"checkpoint": path.name},
    )


def _facts(path: Path, name: str, tensors: Tensors, fused: bool) -> ClapFacts:
    return ClapFacts(
        name=name,
        source=path.name,
        licence=LICENCE,
        max_tokens=MAX_TOKENS,
        temperature=math.exp(float(tensors["logit_scale_a"])),
        int16_round_trip=True,
        fused=fused,
    )


def read_state(torch: Any, path: Path, part: str = "state_dict") -> dict[str, Any]:
    """Read a checkpoint's tensors, executing nothing that it may hold.

    Parameters
    ----------
    torch : module
    path : Path
    part : str
        Where in the file they are, if they aren't all of it.

    Raises
    ------
    CheckpointError
        It can't be read as weights alone, or holds none.
    """
    import numpy as np

    # Training's bookkeeping holds numpy numbers, which are harmless, under old and new names.
    scalar = np.float64(0.0).__reduce__()[0]
    names = [f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")]
    kinds = {type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8")}
    harmless: list[Any] = [np.dtype, *kinds, *((scalar, name) for name in names)]
    try:
        with torch.serialization.safe_globals(harmless):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the file makes its readers raise
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"{path} can't be read as weights alone: {reason}") from error
    state = content.get(part, content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not state:
        raise CheckpointError(f"{path} holds no {part}")
    return {str(key).removeprefix("module."): value for key, value in state.items()}


def audio_architecture(state: Mapping[str, Any], path: Path) -> str:
    """Name the audio tower by its weights.

    Raises
    ------
    CheckpointError
        It is no HTSAT of a known size.
    """
    width = int(state[_PATCHES].shape[0]) if _PATCHES in state else 0
    if width not in ARCHITECTURES:
        raise CheckpointError(f"{path} holds no HTSAT audio tower that sqlclap knows")
    return ARCHITECTURES[width]


def rename(tensors: Tensors) -> dict[str, Float32Array]:
    """Give a LAION checkpoint's tensors Hugging Face's names; query, key and value are split."""
    renamed: dict[str, Float32Array] = {}
    for key, tensor in tensors.items():
        new = key
        for old, replacement in _RENAMES:
            if new.startswith(old):
                new = replacement + new.removeprefix(old)
        if ".blocks." in new:
            for old, replacement in _BLOCK_RENAMES:
                new = new.replace(old, replacement)
        if ".attn.qkv." in new:
            size = len(tensor) // 3
            for number, part in enumerate(("query", "key", "value")):
                piece = new.replace(".attn.qkv.", f".attention.self.{part}.")
                renamed[piece] = tensor[number * size : (number + 1) * size]
        else:
            renamed[new] = tensor
    return renamed


def _load(model: Any, state: Mapping[str, Any], path: Path) -> None:
    """Load every weight; only buffers that the model makes itself may be missing or left."""
    try:
        result = model.load_state_dict(state, strict=False)
    except RuntimeError as error:  # torch tells shapes that differ so
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{path}: weights of another shape: {reason}") from error
    for what, keys in (("missing", result.missing_keys), ("unexpected", result.unexpected_keys)):
        wrong = sorted(key for key in keys if not any(part in key for part in UNUSED))
        if wrong:
            raise CheckpointError(f"{path}: {what} weights: {', '.join(wrong[:4])}")
    model.eval()


def _tokenizer_json(tokenizer: Any) -> bytes:
    """Return the reference's tokenizer as ``tokenizer.json``."""
    from transformers import convert_slow_tokenizer

    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        backend = convert_slow_tokenizer.convert_slow_tokenizer(tokenizer)
    text: str = backend.to_str()
    return text.encode()


def _embed_sounds(module: Any, sounds: Sequence[Float32Array]) -> Float32Array:
    import numpy as np

    with middle_chunks(), unsmoothed_resize():
        made = [module.get_audio_embedding_from_data([one], use_tensor=False) for one in sounds]
    vectors: Float32Array = np.concatenate(made)
    return vectors


def _embed_texts(module: Any, texts: Sequence[str]) -> Float32Array:
    made: Float32Array = module.get_text_embedding(list(texts), use_tensor=False)
    return made
