"""Contrastive losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def multi_positive(logits: Tensor, positive: Tensor) -> Tensor:
    """Cross-entropy of each row against all of its positives, evenly weighted.

    Parameters
    ----------
    logits : Tensor [shape=(n, m)]
    positive : Tensor [shape=(n, m), dtype=bool]
        Rows without a positive don't count.
    """
    rows = positive.any(dim=1)
    if not rows.any():
        return logits.sum() * 0
    target = positive[rows].float()
    target = target / target.sum(dim=1, keepdim=True)
    return -(target * functional.log_softmax(logits[rows], dim=1)).sum(dim=1).mean()


def between_towers(audio: Tensor, text: Tensor, positive: Tensor, scale: Tensor) -> Tensor:
    """Multi-positive InfoNCE, sound to text and text to sound."""
    logits = audio @ text.T * scale
    return 0.5 * (multi_positive(logits, positive) + multi_positive(logits.T, positive.T))


def among_sounds(audio: Tensor, labels: Tensor, scale: float = 10.0) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020) among the sounds of a batch."""
    logits = audio @ audio.T * scale
    logits.fill_diagonal_(-1e4)
    same = labels[:, None] == labels[None]
    same.fill_diagonal_(False)
    return multi_positive(logits, same)


def against_names(audio: Tensor, names: Tensor, labels: Tensor, scale: Tensor) -> Tensor:
    """Cross-entropy over the names of all classes.

    Parameters
    ----------
    names : Tensor [shape=(classes, dim)]
        Unit text embeddings, one wording a class.
    """
    return functional.cross_entropy(audio @ names.T * scale, labels, label_smoothing=0.05)


def across_octaves(sounds: Tensor, transposed: Tensor, scale: float = 20.0) -> Tensor:
    """Cross-entropy of transposed sounds against all sounds of the batch: each finds its own.

    Parameters
    ----------
    sounds : Tensor [shape=(n, dim)]
        Unit vectors.
    transposed : Tensor [shape=(m, dim)]
        Unit vectors of the first m sounds, transposed.
    """
    return functional.cross_entropy(
        transposed @ sounds.T * scale, torch.arange(len(transposed), device=sounds.device)
    )


def unit(x: Tensor) -> Tensor:
    """Scale rows to length 1."""
    return functional.normalize(x, dim=-1)


def attributes_fit(asked: Tensor, has: Tensor) -> Tensor:
    """Tell which sounds have every attribute that each caption asks for.

    Parameters
    ----------
    asked : Tensor [shape=(captions, attributes)]
    has : Tensor [shape=(sounds, attributes)]

    Returns
    -------
    Tensor [shape=(sounds, captions), dtype=bool]
    """
    missing = (1 - has.float()) @ asked.float().T
    return missing < torch.tensor(0.5)
