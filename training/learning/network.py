"""The two towers: a small residual CNN over log-mel, and a head over static text vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.learning.recipe import AudioShape

_DB_CENTRE, _DB_SCALE = -10.0, 30.0


class Residual(nn.Module):
    """Two 3x3 convolutions at half the resolution, and a pooled 1x1 shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, 2, bias=False)
        self.shortcut_norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs, t, f) to (batch, outputs, t / 2, f / 2)."""
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y)) + self.shortcut_norm(self.shortcut(x))
        return functional.relu(y)


class AudioTower(nn.Module):
    """Log-mel in dB to an embedding (not normalised)."""

    def __init__(self, shape: AudioShape) -> None:
        super().__init__()
        stem, *_ = shape.channels
        self.stem = nn.Conv2d(1, stem, 5, 2, 2, bias=False)
        # Convolutions don't know where they are; a kick and a conga differ by where.
        self.place = nn.Parameter(torch.zeros(1, stem, 1, (shape.n_mels + 1) // 2))
        self.stem_norm = nn.BatchNorm2d(stem)
        pairs = zip(shape.channels, shape.channels[1:], strict=False)
        self.stages = nn.Sequential(*[Residual(a, b) for a, b in pairs])
        rows = (shape.n_mels + 15) // 16
        top = shape.channels[-1]
        self.squeeze = nn.Conv1d(2 * top, 64, 1)
        self.hidden = nn.Linear(2 * top + 64 * rows, shape.hidden)
        self.hidden_norm = nn.BatchNorm1d(shape.hidden)
        self.out = nn.Sequential(nn.GELU(), nn.Dropout(0.2), nn.Linear(shape.hidden, shape.dim))

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, frames, n_mels) in dB to (batch, dim)."""
        x = ((features - _DB_CENTRE) / _DB_SCALE).unsqueeze(1)
        x = self.stem(x.contiguous(memory_format=torch.channels_last))
        x = self.stages(functional.relu(self.stem_norm(x + self.place)))
        spectrum = torch.cat([x.amax(dim=2), x.mean(dim=2)], dim=1)  # over time; keeps pitch
        overall = torch.cat([x.mean(dim=3).amax(dim=2), x.mean(dim=(2, 3))], dim=1)
        rows = functional.relu(self.squeeze(spectrum)).flatten(1)
        return self.out(self.hidden_norm(self.hidden(torch.cat([overall, rows], dim=1))))


class TextHead(nn.Module):
    """Static text vector to an embedding (not normalised): linear plus a half-weight MLP."""

    def __init__(self, inputs: int, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, dim)
        self.mlp = nn.Sequential(
            nn.Linear(inputs, 512), nn.GELU(), nn.Dropout(0.2), nn.Linear(512, dim)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs) to (batch, dim)."""
        return self.linear(x) + 0.5 * self.mlp(x)


class TwoTowers(nn.Module):
    """Both towers and the temperature that their cosines are divided by."""

    def __init__(self, shape: AudioShape, text_inputs: int) -> None:
        super().__init__()
        self.audio = AudioTower(shape).to(memory_format=torch.channels_last)
        self.text = TextHead(text_inputs, shape.dim)
        self.log_scale = nn.Parameter(torch.tensor(2.64))

    def scale(self) -> Tensor:
        """Return what cosines are multiplied by in the contrastive loss."""
        return self.log_scale.exp().clamp(max=60)


def embed_audio(tower: nn.Module, mels, batch: int = 128, half: bool = False) -> Tensor:
    """Return unit embeddings of windows (an array of shape (n, frames, n_mels)).

    With `half` the tower computes in bfloat16, as trainings do: for many windows at a time.
    """
    tower.eval()
    parts = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        for start in range(0, len(mels), batch):
            features = torch.from_numpy(mels[start : start + batch].astype("float32"))
            parts.append(functional.normalize(tower(features).float(), dim=-1))
    return torch.cat(parts)


def embed_text(head: nn.Module, vectors) -> Tensor:
    """Return unit embeddings of static text vectors (an array of shape (n, inputs))."""
    head.eval()
    with torch.inference_mode():
        return functional.normalize(head(torch.from_numpy(vectors)), dim=-1)
