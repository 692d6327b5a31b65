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
