"""The true CLAP architecture with seeded random weights, as a Hugging Face checkpoint.

Weights nobody trained give every sound nearly the same vector. Biases and norms are drawn too, so
that no part of the graph is left out of the comparison, and the projections are centred, so that
unlike inputs come out unlike.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from transformers import ClapConfig, ClapModel

from sqlclap.audio.front_end import FrontEnd
from sqlclap.audio.spec import FrontEndSpec, MelSpec
from sqlclap.models.sanity import probe_sounds
from tests.support.clap_settings import PREPROCESSOR
from tests.support.roberta_tokenizer import VOCABULARY, write_roberta_tokenizer
from tests.support.seeded_weights import draw_fusion_statistics, draw_weight

MEL = MelSpec(1024, 480, 64, 50.0, 14_000.0, "slaney", "slaney", 1e-10, "reflect")
COMMON = 1.2
FRONT_END = FrontEndSpec(48_000, "HQ", 10.0, "repeat", "none", 0.0, False, MEL)


FUSED_FRONT_END = replace(FRONT_END, mel=replace(MEL, scale="htk", norm="none"))


def write_seeded_checkpoint(folder: Path, seed: int = 0, **audio: object) -> ClapModel:
    """Write a checkpoint folder (safetensors, configurations, tokenizer) and return its model.

    Parameters
    ----------
    folder : Path
    seed : int
    **audio : object
        Settings of the audio tower other than HTSAT-tiny's.
    """
    torch.manual_seed(seed)
    config = ClapConfig(
        text_config={"vocab_size": VOCABULARY}, audio_config={"projection_dim": 512, **audio}
    )
    model = ClapModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            draw_weight(name, parameter)
        statistics = model.audio_model.audio_encoder.batch_norm
        statistics.running_mean.normal_(-35, 10)
        statistics.running_var.uniform_(200, 500)
        draw_fusion_statistics(model.audio_model.audio_encoder.patch_embed)
        centre_audio(model)
        centre_text(model)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    write_roberta_tokenizer(folder)
    truncation = "fusion" if config.audio_config.enable_fusion else "rand_trunc"
    settings = json.dumps(PREPROCESSOR | {"truncation": truncation})
    (folder / "preprocessor_config.json").write_text(settings, encoding="utf-8")
    return model


def centre_audio(model: ClapModel) -> None:
    """Move the audio projection so that the probes come out unlike."""
    fused = model.config.audio_config.enable_fusion
    front_end = FrontEnd(FUSED_FRONT_END if fused else FRONT_END)
    features = [front_end.features(sound) for sound in probe_sounds(48_000)]
    mels = torch.stack([torch.from_numpy(mel) for mel in features])[:, None]
    longer = {"is_longer": torch.zeros(len(mels), 1)} if fused else {}
    made = model.audio_model(input_features=mels, **longer)
    _centre(model.audio_projection, made.pooler_output)


def centre_text(model: ClapModel) -> None:
    """Move the text projection so that random words come out unlike."""
    ids = torch.randint(5, VOCABULARY, (8, 12))
    ids[:, 0] = 0
    mask = torch.ones_like(ids)
    _centre(model.text_projection, model.text_model(ids, attention_mask=mask).pooler_output)


def _centre(projection: torch.nn.Module, pooled: torch.Tensor) -> None:
    projection.linear1.weight.div_(pooled.std(dim=0).mean())
    projection.linear1.bias.copy_(-(projection.linear1.weight @ pooled.mean(dim=0)))
    # A common part as long as the differing one: trained towers have one, too.
    made = projection(pooled)
    differing = (made - made.mean(dim=0)).norm(dim=1).mean()
    drawn = torch.randn_like(projection.linear2.bias)
    projection.linear2.bias.add_(drawn / drawn.norm() * differing * COMMON - made.mean(dim=0))
