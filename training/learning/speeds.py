"""Last of all: the audio tower learns to say at once what it says of a sound at several speeds.

To a tower, a sound an octave up is another sound. The mean of what it says of a sound at a quarter
of its speed, at half, as it is, at twice and at four times is nearly the same for the sound and for
that octave, because most of what is averaged is. Such means would take five times as long. So the
finished tower is the teacher, the means are the targets, and a copy of it learns to give them
("self-distillation"): a sound's octaves then lie near it, and what was learnt before is kept, as
nothing else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.corpus.speeds import Heard, load_speeds
from training.evaluation.metrics import pool
from training.learning import losses
from training.learning.augment import augment
from training.learning.network import embed_audio
from training.learning.recipe import SpeedsRecipe
from training.learning.train import (
    finished_towers,
    move_average,
    save_towers,
    share_of_rate,
)

TAUGHT_AT = (1.0, 2.0, 0.5)
"""Speeds at which the copy hears what it learns from."""
_AVERAGING = 0.99
_LOG_EVERY = 100


@dataclass(frozen=True)
class Lesson:
    """What the copy hears at each speed, and what it is to say.

    Attributes
    ----------
    mels : dict of float to np.ndarray [shape=(n, frames, n_mels), dtype=float16]
    targets : dict of float to Tensor [shape=(n, dim)]
        Unit vectors.
    """

    mels: dict[float, np.ndarray]
    targets: dict[float, Tensor]


def prepare(teacher: torch.nn.Module, heard: dict[float, Heard], recipe: SpeedsRecipe) -> Lesson:
    """Embed the windows at all speeds, and average over the octaves around each.

    Parameters
    ----------
    teacher : nn.Module
        The finished audio tower.
    heard : dict of float to Heard
    recipe : SpeedsRecipe
    """
    count = 1 + int(heard[1.0].owner.max())
    said = {
        speed: pool(_embed(teacher, one, recipe), one.owner, one.seconds, count)
        for speed, one in heard.items()
    }
    targets = {
        speed: losses.unit(torch.from_numpy(_mean_around(said, speed, recipe.octaves)))
        for speed in TAUGHT_AT
    }
    return Lesson({speed: heard[speed].first_of_each() for speed in TAUGHT_AT}, targets)


def _embed(teacher: torch.nn.Module, heard: Heard, recipe: SpeedsRecipe) -> np.ndarray:
    return embed_audio(teacher, heard.mels, half=recipe.half).numpy()


def _mean_around(
    said: dict[float, np.ndarray], speed: float, octaves: tuple[float, ...]
) -> np.ndarray:
    reach = len(octaves) // 2
    parts = [
        weight * said[speed * 2.0**octave]
        for octave, weight in zip(range(-reach, reach + 1), octaves, strict=True)
    ]
    return np.asarray(sum(parts), np.float32)


def _draw(lesson: Lesson, recipe: SpeedsRecipe, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Draw windows, each at every speed; some of them are augmented."""
    rows = rng.choice(len(lesson.mels[1.0]), recipe.batch, replace=False)
    mels = [torch.from_numpy(lesson.mels[speed][rows].astype(np.float32)) for speed in TAUGHT_AT]
    x = torch.cat(mels)
    some = torch.rand(len(x)) < recipe.augmented
    x[some] = augment(x[some])
    return x, torch.cat([lesson.targets[speed][torch.from_numpy(rows)] for speed in TAUGHT_AT])


def _loss(given: Tensor, wanted: Tensor, recipe: SpeedsRecipe) -> Tensor:
    """One less the cosine to the target, how far cosines within the batch are off, and octaves."""
    as_it_is, up, _ = given.split(recipe.batch)
    within = ((given @ given.T - wanted @ wanted.T) ** 2).mean()
    found = losses.across_octaves(as_it_is, up)
    return 1 - (given * wanted).sum(dim=1).mean() + recipe.relations * within + recipe.own * found


def _learn(tower: torch.nn.Module, lesson: Lesson, recipe: SpeedsRecipe) -> float:
    """Teach the tower, leave it with the running average of its weights; return the last loss."""
    rng = np.random.default_rng(recipe.seed)
    average = {name: value.clone() for name, value in tower.state_dict().items()}
    weights = tower.parameters()
    optimizer = torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=recipe.weight_decay)
    tower.train()
    for layer in tower.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.eval()  # the targets are what is wanted, to the digit
    loss = 0.0
    for step in range(recipe.steps):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * share_of_rate(step / recipe.steps)
        loss = _take_step(tower, optimizer, _draw(lesson, recipe, rng), recipe)
        move_average(average, tower, step, _AVERAGING)
        if (step + 1) % _LOG_EVERY == 0:
            print(f"step {step + 1} loss {loss:.3f}", flush=True)
    tower.load_state_dict(average)
    return loss


def _take_step(
    tower: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    drawn: tuple[Tensor, Tensor],
    recipe: SpeedsRecipe,
) -> float:
    x, wanted = drawn
    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
        given = tower(x)
    loss = _loss(losses.unit(given.float()), wanted, recipe)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(tower.parameters(), 5.0)
    optimizer.step()
    return float(loss.item())


def learn_speeds(before: Path, folder: Path, recipe: SpeedsRecipe) -> str:
    """Teach the audio tower, and store both towers.

    Parameters
    ----------
    before : Path
        Folder of the finished towers.
    folder : Path
        Where they go.
    recipe : SpeedsRecipe
    """
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    model, trained = finished_towers(before)
    lesson = prepare(model.audio, load_speeds(), recipe)
    loss = _learn(model.audio, lesson, recipe)
    save_towers(model.eval(), trained, folder)
    return f"{len(lesson.mels[1.0])} windows, loss {loss:.3f}"
