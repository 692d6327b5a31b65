"""After training: the text head meets words that mean none of the sounds, and is tuned again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.learning import losses
from training.learning.blend import blend_with_first
from training.learning.data import Batch, TrainingSet, draw_names, make_batch
from training.learning.network import TwoTowers, embed_audio
from training.learning.recipe import WordsRecipe
from training.learning.train import averaged_towers, save_towers
from training.out_of_distribution import stranger_ids, stranger_vectors


@dataclass
class Material:
    """What the tuning draws from: embedded windows, their rows, and strangers' vectors."""

    data: TrainingSet
    rows: np.ndarray
    sounds: Tensor
    strangers: Tensor
    rng: np.random.Generator


def gather(model: TwoTowers, data: TrainingSet, recipe: WordsRecipe, seed: int) -> Material:
    """Embed a sample of the training windows with the finished audio tower."""
    rng = np.random.default_rng([seed, 1])
    count = min(recipe.windows, len(data.weights))
    rows = rng.choice(len(data.weights), count, replace=False, p=data.weights)
    sounds = embed_audio(model.audio, data.mels[rows])
    strangers = torch.from_numpy(stranger_vectors(stranger_ids(recipe.nearest)))
    return Material(data, rows, sounds, strangers, rng)


def draw_strangers(material: Material, count: int) -> Tensor:
    """Draw single strange words, and pairs of them, as static vectors."""
    first, second = (
        material.strangers[material.rng.integers(0, len(material.strangers), count)]
        for _ in range(2)
    )
    pairs = losses.unit(first + second)
    return torch.where(torch.from_numpy(material.rng.random((count, 1)) < 0.5), first, pairs)


def loss_of(model: TwoTowers, material: Material, recipe: WordsRecipe) -> Tensor:
    """Return the loss of one batch: captions, class names, and strangers as negatives."""
    places = material.rng.integers(0, len(material.rows), recipe.batch)
    batch: Batch = make_batch(material.data, material.rows[places], material.rng)
    sounds, scale = material.sounds[places], model.scale().detach()
    positive = batch.positive_class & losses.attributes_fit(batch.asked, batch.has)
    logits = sounds @ losses.unit(model.text(batch.texts)).T * scale
    far = losses.unit(model.text(draw_strangers(material, recipe.strangers)))
    strange = sounds @ far.T * scale
    never = torch.zeros(strange.shape, dtype=torch.bool)
    names = losses.unit(model.text(draw_names(material.data, material.rng)))
    against_names = torch.cat([sounds @ names.T * scale, strange], dim=1)
    return 0.5 * (
        losses.multi_positive(logits.T, positive.T)
        + losses.multi_positive(
            torch.cat([logits, strange], dim=1), torch.cat([positive, never], dim=1)
        )
        + functional.cross_entropy(against_names, batch.labels)
    )


def _go_back(text: torch.nn.Module, before: dict[str, Tensor], share: float) -> None:
    """Put the head's weights between those from before and the tuned ones.

    Tuned to the end, it knows what is strange at the cost of what isn't; on the way it has both.
    """
    after = text.state_dict()
    text.load_state_dict({name: torch.lerp(after[name], before[name], share) for name in after})


def tune_words(runs: tuple[Path, ...], data: TrainingSet, recipe: WordsRecipe, folder: Path) -> str:
    """Tune the text head of a finished run, or of the mean of several, and store both towers.

    Parameters
    ----------
    runs : tuple of Path
        Folders of the runs whose weights are averaged.
    data : TrainingSet
    recipe : WordsRecipe
    folder : Path
        Where the towers go.
    """
    torch.set_num_threads(1)
    model, trained = averaged_towers(*runs)
    model = blend_with_first(model, trained, data, recipe.first_share)
    torch.manual_seed(trained.seed)
    material = gather(model, data, recipe, trained.seed)
    before = {name: value.clone() for name, value in model.text.state_dict().items()}
    parameters = list(model.text.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=recipe.weight_decay)
    model.text.train()
    for step in range(recipe.steps):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * (1 - step / recipe.steps)
        loss = loss_of(model, material, recipe)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _go_back(model.text, before, recipe.untuned)
    save_towers(model.eval(), trained, folder)
    return f"{len(material.strangers)} strangers, loss {loss.item():.3f}"
