"""Augmentation of log-mel batches (in dB): cheap stand-ins for time, tone, noise and room."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

FLOOR_DB = -60.0


def _which(batch: int, probability: float) -> Tensor:
    return torch.rand(batch, 1, 1) < probability


def shift_time(x: Tensor, largest: int = 8) -> Tensor:
    """Delay the whole batch's items by a few frames, in four groups of equal delay."""
    parts = []
    for part in x.chunk(4):
        frames = int(torch.randint(0, largest + 1, ())) if torch.rand(()) < 0.5 else 0
        parts.append(functional.pad(part, (0, 0, frames, 0), value=FLOOR_DB)[:, : x.shape[1]])
    return torch.cat(parts)


def shift_pitch(x: Tensor, largest: int = 3) -> Tensor:
    """Move the spectrum up or down by mel bands, in four groups of equal shift."""
    parts = []
    for part in x.chunk(4):
        bands = int(torch.randint(-largest, largest + 1, ())) if torch.rand(()) < 0.5 else 0
        moved = torch.roll(part, bands, dims=2)
        if bands > 0:
            moved[:, :, :bands] = part[:, :, :1]
        elif bands < 0:
            moved[:, :, bands:] = FLOOR_DB
        parts.append(moved)
    return torch.cat(parts)


def equalise(x: Tensor) -> Tensor:
    """Add a smooth random curve over frequency and a change of level."""
    knots = torch.randn(x.shape[0], 1, 6) * 4 * _which(x.shape[0], 0.7)
    curve = functional.interpolate(knots, size=x.shape[2], mode="linear", align_corners=True)
    return x + curve + torch.randn(x.shape[0], 1, 1) * 2


def add_noise(x: Tensor) -> Tensor:
    """Add noise of a random level and tilt to some items."""
    level = torch.empty(x.shape[0], 1, 1).uniform_(-60, -8)
    level = torch.where(_which(x.shape[0], 0.35), level, torch.tensor(-200.0))
    tilt = torch.linspace(-1, 1, x.shape[2]) * torch.randn(x.shape[0], 1, 1) * 6
    noise = level + tilt + torch.randn_like(x) * 3
    # log-sum of powers, within 3 dB at the crossing: the larger wins by far elsewhere
    return torch.maximum(x, noise) + 3.0 * torch.exp(-(x - noise).abs() / 4)


def reverberate(x: Tensor) -> Tensor:
    """Let some items decay no faster than a random rate, below a random wet level."""
    rate = torch.empty(x.shape[0], 1, 1).uniform_(0.6, 4.0)
    wet = torch.empty(x.shape[0], 1, 1).uniform_(8, 35)
    time = torch.arange(x.shape[1]).view(1, -1, 1)
    tail = torch.cummax(x + rate * time, dim=1).values - rate * time - wet
    return torch.where(_which(x.shape[0], 0.2), torch.maximum(x, tail), x)


def damp(x: Tensor) -> Tensor:
    """Let some items decay faster."""
    rate = torch.empty(x.shape[0], 1, 1).uniform_(0.1, 1.5) * _which(x.shape[0], 0.2)
    return x - rate * torch.arange(x.shape[1]).view(1, -1, 1)


def mask(x: Tensor) -> Tensor:
    """Blank a band and a moment (SpecAugment), in four groups."""
    parts = []
    for part in (chunk.clone() for chunk in x.chunk(4)):
        if torch.rand(()) < 0.4:
            width, first = int(torch.randint(2, 12, ())), int(torch.randint(0, x.shape[2] - 12, ()))
            part[:, :, first : first + width] = FLOOR_DB
        if torch.rand(()) < 0.4:
            width, first = int(torch.randint(2, 10, ())), int(torch.randint(4, x.shape[1] - 10, ()))
            part[:, first : first + width] = FLOOR_DB
        parts.append(part)
    return torch.cat(parts)


def augment(x: Tensor) -> Tensor:
    """Augment a shuffled batch of log-mel spectrograms, shape (batch, frames, n_mels), in dB."""
    for step in (shift_time, shift_pitch, equalise, damp, reverberate, add_noise, mask):
        x = step(x)
    return x.clamp_(min=FLOOR_DB)
