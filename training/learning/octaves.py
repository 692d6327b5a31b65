"""Sounds an octave up or down, on log-mel: as a sampler plays them, and shifted in pitch alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from sqlclap.audio.mel import hz_to_mel, mel_to_hz
from training.features import FRONT_END
from training.learning.augment import FLOOR_DB


@lru_cache(maxsize=64)
def band_matrix(semitones: int) -> tuple[Tensor, Tensor]:
    """Return the matrix that moves mel bands by semitones, and which bands have no source."""
    mel = FRONT_END.mel
    low, high = hz_to_mel(np.array([mel.fmin, mel.fmax]), mel.scale)
    centres = np.linspace(low, high, mel.n_mels + 2)[1:-1]
    wanted = hz_to_mel(mel_to_hz(centres, mel.scale) / 2 ** (semitones / 12), mel.scale)
    place = torch.from_numpy((wanted - centres[0]) / (centres[1] - centres[0])).float()
    empty = place > mel.n_mels - 1
    place = place.clamp(0, mel.n_mels - 1 - 1e-4)
    below, share = place.long(), place - place.floor()
    matrix = torch.zeros(mel.n_mels, mel.n_mels)
    columns = torch.arange(mel.n_mels)
    matrix[below, columns] += 1 - share
    matrix[below + 1, columns] += share
    return matrix, empty


def _at_speed(x: Tensor, speed: float) -> Tensor:
    place = torch.arange(x.shape[1]) * speed
    low = place.long().clamp(max=x.shape[1] - 2)
    share = (place - low).clamp(0, 1).view(1, -1, 1)
    moved = x[:, low] * (1 - share) + x[:, low + 1] * share
    moved[:, place > x.shape[1] - 1] = FLOOR_DB
    return moved


def transpose(x: Tensor, semitones: int, *, as_tape: bool) -> Tensor:
    """Move sounds by semitones; as a tape does, a higher one is shorter as well.

    Parameters
    ----------
    x : Tensor [shape=(batch, frames, n_mels)]
        Log-mel in dB.
    """
    matrix, empty = band_matrix(semitones)
    moved = x @ matrix
    moved[:, :, empty] = FLOOR_DB
    return _at_speed(moved, 2 ** (semitones / 12)) if as_tape else moved


def draw_transposed(x: Tensor) -> Tensor:
    """Transpose a batch, in four groups, mostly by an octave up or down, as a tape or not."""
    parts = []
    for part in x.chunk(4):
        octave = 12 if torch.rand(()) < 0.6 else -12
        step = octave if torch.rand(()) < 0.7 else int(torch.randint(-12, 13, ()))
        parts.append(transpose(part, step, as_tape=bool(torch.rand(()) < 0.7)))
    return torch.cat(parts)
