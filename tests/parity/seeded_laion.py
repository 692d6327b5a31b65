"""LAION's own model with seeded random weights, as its training would write it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.parity.local_hub import write_local_hub
from tests.support.seeded_weights import draw_fusion_statistics, draw_weight


def import_laion_clap(home: Path) -> Any:
    """Import the reference with a cache of its own instead of a network."""
    os.environ |= {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled"}
    write_local_hub(home)
    before, sys.argv = sys.argv, sys.argv[:1]  # it reads the command line while it is imported
    import laion_clap

    sys.argv = before
    return laion_clap


def write_seeded_laion(
    laion_clap: Any, path: Path, common: float = 1.0, fused: bool = False
) -> Path:
    """Write a checkpoint with the optimizer's bookkeeping, and return its path.

    Parameters
    ----------
    laion_clap : module
    path : Path
    common : float
        How much of the vectors is common to all, beside what differs: with more of it, unlike
        inputs come out less unlike, and int8 stays closer.
    fused : bool
    """
    import torch

    torch.manual_seed(0)
    module = laion_clap.CLAP_Module(enable_fusion=fused, amodel="HTSAT-tiny", device="cpu")
    model = module.model
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            draw_weight(name, parameter)
        model.audio_branch.bn0.running_mean.normal_(-35, 10)
        model.audio_branch.bn0.running_var.uniform_(200, 500)
        draw_fusion_statistics(model.audio_branch.patch_embed)
        _centre(model, common, module.model_cfg["audio_cfg"] if fused else None)
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    state["module.text_branch.embeddings.position_ids"] = torch.arange(514)[None]
    bookkeeping = {"epoch": 15, "name": "seeded", "optimizer": {"lr": np.float64(1e-4)}}
    torch.save(bookkeeping | {"state_dict": state}, path)
    return path


def _centre(model: Any, common: float, fused: dict[str, Any] | None) -> None:
    """Move the projections so that unlike inputs come out unlike."""
    import torch
    from laion_clap.training.data import get_audio_features

    from sqlclap.models.sanity import probe_sounds

    waveforms = [np.resize(sound, 480_000) for sound in probe_sounds(48_000)]
    batch = {"waveform": torch.from_numpy(np.stack(waveforms)), "longer": torch.zeros(5, 1)}
    if fused:
        views = [
            get_audio_features({}, one, 480_000, "fusion", "repeatpad", fused)
            for one in batch["waveform"]
        ]
        batch["mel_fusion"] = torch.stack([one["mel_fusion"] for one in views])
    model.eval()
    pooled = model.audio_branch(batch, mixup_lambda=None, device="cpu")["embedding"]
    _spread(model.audio_projection, pooled, common)
    ids = torch.randint(5, 600, (8, 12))
    _spread(model.text_projection, model.text_branch(ids).pooler_output, common)


def _spread(projection: Any, pooled: Any, common: float) -> None:
    import torch

    first, last = projection[0], projection[2]
    first.weight.div_(pooled.std(dim=0).mean())
    first.bias.copy_(-(first.weight @ pooled.mean(dim=0)))
    made = projection(pooled)
    differing = (made - made.mean(dim=0)).norm(dim=1).mean()
    direction = torch.nn.functional.normalize(torch.randn_like(last.bias), dim=0)
    last.bias.add_(common * differing * direction - made.mean(dim=0))
