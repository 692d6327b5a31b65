"""Weights for a CLAP that nobody trained."""

from __future__ import annotations

from typing import Any


def draw_weight(name: str, parameter: Any) -> None:
    """Draw a tensor from torch's seeded generator, unless it is a scale or a fixed transform."""
    if "logit_scale" in name or "extractor" in name:
        return
    if "relative_position_bias_table" in name:
        parameter.normal_(0, 0.5)
    elif name.endswith("bias"):
        parameter.normal_(0, 0.05)
    elif parameter.dim() == 1:
        parameter.normal_(1, 0.1)
    elif "embeddings" not in name:
        parameter.normal_(0, parameter[0].numel() ** -0.5)


def draw_fusion_statistics(patches: Any) -> None:
    """Draw what the batch norms of a fused checkpoint's patches hold; others have none."""
    for name, buffer in patches.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
