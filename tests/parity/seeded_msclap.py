"""Microsoft's own model with seeded random weights, as its checkpoint holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.support.gpt2_tokenizer import write_gpt2_tokenizer
from tests.support.seeded_weights import draw_weight

SETTINGS = {
    "audioenc_name": "HTSAT",
    "sample_rate": 44_100,
    "window_size": 1024,
    "hop_size": 320,
    "mel_bins": 64,
    "fmin": 50,
    "fmax": 8_000,
    "classes_num": 527,
    "out_emb": 768,
    "text_model": "gpt2",
    "transformer_embed_dim": 768,
    "d_proj": 1024,
}


def write_seeded_msclap(folder: Path, bank: Any = None) -> tuple[Path, Path]:
    """Write a checkpoint and a tokenizer, and return their paths.

    Parameters
    ----------
    folder : Path
    bank : tensor, optional
        Another filter bank than the package's.
    """
    import msclap.models.clap as reference
    import torch
    from transformers import GPT2Config, GPT2Model

    from sqlclap_export.msclap import from_pretrained

    tokenizer = folder / "tokenizer.json"
    torch.manual_seed(0)
    words = GPT2Model(GPT2Config(vocab_size=write_gpt2_tokenizer(tokenizer)))
    with from_pretrained(reference.__name__, "AutoModel", words):
        model = reference.CLAP(**SETTINGS)
    tower = model.audio_encoder.base.htsat
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("wte.weight", "wpe.weight")):
                parameter.normal_(0, 0.3)
            elif "caption_encoder" in name and parameter.dim() == 2:  # kept as (inputs, outputs)
                parameter.normal_(0, parameter.shape[0] ** -0.5)
            else:
                draw_weight(name, parameter)
        tower.bn0.running_mean.normal_(-35, 10)
        tower.bn0.running_var.uniform_(200, 500)
        if bank is not None:
            tower.logmel_extractor.melW.copy_(bank)
        _centre(model)
    path = folder / "CLAP_weights_2023.pth"
    torch.save({"model": model.state_dict()}, path)
    return path, tokenizer


def _centre(model: Any) -> None:
    """Take what all inputs have in common out of the projections: they have no biases for it."""
    import torch

    from sqlclap.models.sanity import probe_sounds

    model.eval()
    sounds = np.stack([np.resize(sound, 308_700) for sound in probe_sounds(44_100)])
    pooled = model.audio_encoder.base(torch.from_numpy(sounds))["embedding"]
    _leave_out(model.audio_encoder.projection.linear1, pooled.mean(dim=0))
    ids = torch.randint(1, 250, (8, 12))
    states = model.caption_encoder.base(input_ids=ids)[0][:, -1]
    _leave_out(model.caption_encoder.projection.linear1, states.mean(dim=0))


def _leave_out(layer: Any, direction: Any) -> None:
    unit = direction / direction.norm()
    layer.weight.sub_((layer.weight @ unit)[:, None] * unit[None])
