"""Microsoft's CLAP of 2023, through `msclap` in an environment of its own.

Its audio tower takes 7 s of sound at 44.1 kHz, repeated and cut, and a filter bank that was laid
out for another rate: the package hands its settings to a tower that has its own. So the bank is
told by the checkpoint's own matrix.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlclap.audio.mel import mel_filters
from sqlclap.audio.spec import MelSpec
from sqlclap.errors import CheckpointError
from sqlclap.models.clap import ClapFacts, clap_front_end
from sqlclap.models.runtime import load_extra
from sqlclap_export.chunks import replaced
from sqlclap_export.gpt2 import Gpt2Settings
from sqlclap_export.laion import read_state, rename
from sqlclap_export.source import UNUSED, SourceModel
from sqlclap_export.weights import Weights

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

LICENCE = "MS-PL"
RATE = 44_100
WINDOW_S = 7.0
HOP = 320
LONGEST_TEXT = 77
PROMPT_TEMPLATE = "this is the sound of {} <|endoftext|>"
_AUDIO = "audio_encoder.base.htsat."
_MEL = f"{_AUDIO}logmel_extractor.melW"
# What the reference's tower was built for, and what the package's settings say: rate and limits.
_BANKS = ((32_000, 50.0, 14_000.0), (RATE, 50.0, 8_000.0), (RATE, 50.0, 14_000.0))
_PREFIXES = (
    (_AUDIO, "audio_branch."),
    ("audio_encoder.projection.", "audio_projection."),
    ("caption_encoder.base.", "text_model."),
    ("caption_encoder.projection.", "text_projection."),
)
# Heads for classes, the spectrogram, and masks that GPT-2 makes itself.
_UNUSED = (
    "tscam_conv.",
    "htsat.head.",
    "spectrogram_extractor.",
    "logmel_extractor.",
    "attn_mask",
    ".attn.bias",
    ".attn.masked_bias",
)


def is_msclap(state: Mapping[str, Any]) -> bool:
    """Whether a checkpoint's tensors are Microsoft's CLAP's, of 2023."""
    return _MEL in state and "caption_encoder.base.wte.weight" in state


def load_msclap(path: Path, tokenizer: Path, name: str) -> SourceModel:
    """Load a ``.pth`` checkpoint into `msclap`'s own model.

    Parameters
    ----------
    path : Path
    tokenizer : Path
        GPT-2's ``tokenizer.json``.
    name : str
        What the bundle will be called.

    Raises
    ------
    CheckpointError
        The file can't be read, or is another one.
    RuntimeSetupError
        The ``msclap`` extra isn't installed.
    """
    torch, *_ = (
        load_extra(module, "msclap", "Microsoft's CLAP") for module in ("torch", "onnx", "msclap")
    )
    state = read_state(torch, path, "model")
    if not is_msclap(state):
        raise CheckpointError(f"{path} is no checkpoint of Microsoft's CLAP of 2023")
    front_end = _front_end(state, path)
    wrapper = _open_reference(path, tokenizer, state)
    _refuse_unlike(wrapper.clap, state, path)
    tensors = _named(state)
    return SourceModel(
        facts=_facts(name, path, state, front_end),
        weights=Weights(tensors, str(path)),
        unused=UNUSED,
        text=Gpt2Settings(longest=LONGEST_TEXT),
        tokenizer=wrapper.tokenizer.backend_tokenizer.to_str().encode(),
        embed_sounds=lambda sounds: embed_sounds(wrapper, sounds),
        embed_texts=lambda texts: _embed_texts(wrapper, texts),
        origin={"checkpoint": path.name},
        frames=1 + round(WINDOW_S * RATE) // HOP,
    )


def _facts(name: str, path: Path, state: Mapping[str, Any], front_end: dict[str, Any]) -> ClapFacts:
    return ClapFacts(
        name=name,
        source=path.name,
        licence=LICENCE,
        dim=int(state["audio_encoder.projection.linear2.weight"].shape[0]),
        max_tokens=LONGEST_TEXT,
        temperature=math.exp(float(state["logit_scale"])),
        prompt_template=PROMPT_TEMPLATE,
        front_end=front_end,
    )


def _front_end(state: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Make the contract's part; its filter bank is the one that the checkpoint holds."""
    import numpy as np

    front_end = clap_front_end(int16_round_trip=False, fused=False)
    theirs = state[_MEL].float().numpy()
    for rate, fmin, fmax in _BANKS:
        bank = {"hop": HOP, "fmin": fmin, "fmax": fmax}
        mel = front_end["mel"] | bank | ({} if rate == RATE else {"bank_rate": rate})
        ours = mel_filters(MelSpec(**mel), RATE)
        if ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-3, atol=1e-6):
            sizes = {"sample_rate": RATE, "window_s": WINDOW_S, "padding": "repeat-cut"}
            return front_end | sizes | {"mel": mel}
    raise CheckpointError(f"{path} holds a filter bank that sqlclap doesn't know")


def _open_reference(path: Path, tokenizer: Path, state: Mapping[str, Any]) -> Any:
    """Open the reference with GPT-2 of the checkpoint and the tokenizer given, fetching nothing."""
    import msclap
    import transformers

    words = state["caption_encoder.base.wte.weight"].shape
    places = state["caption_encoder.base.wpe.weight"].shape[0]
    config = transformers.GPT2Config(vocab_size=words[0], n_embd=words[1], n_positions=places)
    end = "<|endoftext|>"
    fast = transformers.GPT2TokenizerFast(
        tokenizer_file=str(tokenizer), bos_token=end, eos_token=end, unk_token=end
    )
    model = transformers.GPT2Model(config)
    with (
        from_pretrained("msclap.models.clap", "AutoModel", model),
        from_pretrained("msclap.CLAPWrapper", "AutoTokenizer", fast),
    ):
        return msclap.CLAP(model_fp=str(path), version="2023", use_cuda=False)


@contextmanager
def from_pretrained(module: str, name: str, made: Any) -> Iterator[None]:
    """Let a class of transformers, as a module has it, give what is there instead of fetching."""
    stand_in = SimpleNamespace(from_pretrained=lambda *_: made)
    with replaced(sys.modules[module], name, stand_in):
        yield


def _refuse_unlike(model: Any, state: Mapping[str, Any], path: Path) -> None:
    """Refuse weights that are missing or left over, which the reference passes over."""
    known = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    for what, keys in (
        ("missing", set(known) - set(state)),
        ("unexpected", set(state) - set(known)),
    ):
        wrong = sorted(key for key in keys if not any(part in key for part in (*UNUSED, *_UNUSED)))
        if wrong:
            raise CheckpointError(f"{path}: {what} weights: {', '.join(wrong[:4])}")


def _named(state: Mapping[str, Any]) -> dict[str, Float32Array]:
    """Give the tensors Hugging Face's names, without those that no embedding passes through."""
    tensors: dict[str, Float32Array] = {}
    for key, value in state.items():
        if any(part in key for part in _UNUSED):
            continue
        new = key
        for old, prefix in _PREFIXES:
            if new.startswith(old):
                new = prefix + new.removeprefix(old)
        tensors[new] = value.float().numpy()
    return rename(tensors)


def embed_sounds(wrapper: Any, sounds: Sequence[Float32Array]) -> Float32Array:
    """Embed mono sounds at 44.1 kHz by the reference's own way from samples to vectors."""
    import torch

    def read(sound: Float32Array, resample: bool = True) -> tuple[Any, int]:
        return torch.from_numpy(sound)[None], RATE

    with replaced(wrapper, "read_audio", read):
        made: Float32Array = wrapper.get_audio_embeddings(list(sounds), resample=True).numpy()
    return made


def _embed_texts(wrapper: Any, texts: Sequence[str]) -> Float32Array:
    """Embed prompts; the reference puts the mark of the end behind them itself."""
    end = PROMPT_TEMPLATE.split("{}")[1]
    made: Float32Array = wrapper.get_text_embeddings(
        [one.removesuffix(end) for one in texts]
    ).numpy()
    return made
