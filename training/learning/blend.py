"""A run's weights averaged with the first edition's, which it went on from.

What a model learns anew makes it better at sounds like the new ones and worse at others; halfway
between the two sets of weights it keeps most of both ("robust fine-tuning", Wortsman et al. 2022).
"""

from __future__ import annotations

import numpy as np
import torch

from training.learning.augment import augment
from training.learning.data import TrainingSet
from training.learning.first_edition import first_windows, go_on_from_first
from training.learning.network import TwoTowers
from training.learning.recipe import Recipe

_BATCHES, _BATCH = 16, 176


def blend_with_first(
    model: TwoTowers, recipe: Recipe, data: TrainingSet, share: float
) -> TwoTowers:
    """Return towers whose weights lie between the first edition's and a finished run's.

    Parameters
    ----------
    model : TwoTowers
        Of the run.
    recipe : Recipe
        The run's.
    data : TrainingSet
        What statistics of the layers are taken on anew.
    share : float
        Of the first edition.
    """
    first = TwoTowers(recipe.shape, data.captions.vectors.shape[1])
    go_on_from_first(first, first_windows(data.mels, data.weights), recipe.first_temperature)
    before, after = first.state_dict(), model.state_dict()
    mixed = {
        name: torch.lerp(value, before[name], share) if value.dtype.is_floating_point else value
        for name, value in after.items()
    }
    first.load_state_dict(mixed)
    _take_statistics(first, data)
    return first.eval()


def _take_statistics(model: TwoTowers, data: TrainingSet) -> None:
    """Take the means and variances of normalised layers anew, on augmented training windows."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    for layer in model.audio.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the mean of all batches
    model.audio.train()
    with torch.inference_mode():
        for _ in range(_BATCHES):
            rows = rng.choice(len(data.weights), _BATCH, replace=False, p=data.weights)
            model.audio(augment(torch.from_numpy(data.mels[rows].astype(np.float32))))
