"""An HTSAT of true form and little width, with random weights."""

from __future__ import annotations

import numpy as np

from sqlclap_export.htsat import ENCODER

WIDTH = 8
DEPTHS = (2, 2, 2, 1)
DIM = 12
HEADS = 2


class _Drawing:
    """Weights drawn one after the other."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.weights: dict[str, np.ndarray] = {}

    def draw(self, name: str, *shape: int, around: float = 0.0) -> None:
        scale = 0.1 if len(shape) == 1 else np.prod(shape[1:]) ** -0.5
        drawn = around + scale * self._rng.standard_normal(shape)
        self.weights[name] = drawn.astype(np.float32)

    def linear(self, name: str, inputs: int, outputs: int) -> None:
        self.draw(f"{name}.weight", outputs, inputs)
        self.draw(f"{name}.bias", outputs)

    def norm(self, name: str, width: int) -> None:
        self.draw(f"{name}.weight", width, around=1.0)
        self.draw(f"{name}.bias", width)

    def block(self, name: str, width: int) -> None:
        self.norm(f"{name}.layernorm_before", width)
        self.norm(f"{name}.layernorm_after", width)
        for part in ("query", "key", "value"):
            self.linear(f"{name}.attention.self.{part}", width, width)
        self.draw(f"{name}.attention.self.relative_position_bias_table", 225, HEADS)
        self.linear(f"{name}.attention.output.dense", width, width)
        self.linear(f"{name}.intermediate.dense", width, 4 * width)
        self.linear(f"{name}.output.dense", 4 * width, width)


def audio_weights(seed: int = 0) -> dict[str, np.ndarray]:
    """Return weights by Hugging Face's names."""
    drawing = _Drawing(seed)
    drawing.norm(f"{ENCODER}batch_norm", 64)
    drawing.draw(f"{ENCODER}batch_norm.running_mean", 64, around=-35.0)
    drawing.draw(f"{ENCODER}batch_norm.running_var", 64, around=300.0)
    drawing.draw(f"{ENCODER}patch_embed.proj.weight", WIDTH, 1, 4, 4)
    drawing.draw(f"{ENCODER}patch_embed.proj.bias", WIDTH)
    drawing.norm(f"{ENCODER}patch_embed.norm", WIDTH)
    width = WIDTH
    for stage, depth in enumerate(DEPTHS):
        for block in range(depth):
            drawing.block(f"{ENCODER}layers.{stage}.blocks.{block}", width)
        if stage + 1 < len(DEPTHS):
            merge = f"{ENCODER}layers.{stage}.downsample"
            drawing.norm(f"{merge}.norm", 4 * width)
            drawing.draw(f"{merge}.reduction.weight", 2 * width, 4 * width)
            width *= 2
    drawing.norm(f"{ENCODER}norm", width)
    drawing.linear("audio_projection.linear1", width, DIM)
    drawing.linear("audio_projection.linear2", DIM, DIM)
    return drawing.weights


def fusion_weights(seed: int = 9) -> dict[str, np.ndarray]:
    """Return what a fused checkpoint has besides."""
    drawing, patches = _Drawing(seed), f"{ENCODER}patch_embed"
    drawing.draw(f"{patches}.mel_conv2d.weight", WIDTH, 1, 4, 12)
    drawing.draw(f"{patches}.mel_conv2d.bias", WIDTH)
    inner = WIDTH // 4
    for part, first in (("local_att", 0), ("global_att", 1)):
        for number, inputs, outputs in ((first, WIDTH, inner), (first + 3, inner, WIDTH)):
            name = f"{patches}.fusion_model.{part}"
            drawing.draw(f"{name}.{number}.weight", outputs, inputs, 1, 1)
            drawing.draw(f"{name}.{number}.bias", outputs)
            drawing.norm(f"{name}.{number + 1}", outputs)
            drawing.draw(f"{name}.{number + 1}.running_mean", outputs)
            drawing.draw(f"{name}.{number + 1}.running_var", outputs, around=1.0)
    return drawing.weights
