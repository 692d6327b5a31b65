"""One training run: resumable, seeded, averaged, on one core."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from sqlclap.durable import draft_of
from training.learning import losses
from training.learning.augment import augment
from training.learning.data import TrainingSet, draw, draw_names
from training.learning.first_edition import first_windows, go_on_from_first
from training.learning.network import TwoTowers
from training.learning.octaves import draw_transposed
from training.learning.recipe import AudioShape, Recipe

_LOG_EVERY = 50


class Run:
    """The state of a training run, and how it is stored."""

    def __init__(self, recipe: Recipe, text_inputs: int, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.step = recipe, folder, 0
        self.model = TwoTowers(recipe.shape, text_inputs)
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.rng = np.random.default_rng(recipe.seed)
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        free = [p for p in self.model.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": recipe.weight_decay},
            {"params": free, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate)

    @property
    def path(self) -> Path:
        """Where the checkpoint lies."""
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "recipe": asdict(self.recipe),
            "step": self.step,
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "numpy": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
        }
        with draft_of(self.path) as draft:
            torch.save(state, draft)

    def begin(self, data: TrainingSet) -> None:
        """Take the first edition's weights, if the recipe says so."""
        if self.recipe.first_temperature:
            windows = first_windows(data.mels, data.weights)
            go_on_from_first(self.model, windows, self.recipe.first_temperature)
            self.average = {k: v.clone() for k, v in self.model.state_dict().items()}

    def resume(self) -> bool:
        """Continue from a checkpoint of the same recipe; return whether there was one."""
        if not self.path.exists():
            return False
        state = torch.load(self.path, weights_only=False)
        if json.dumps(state["recipe"]) != json.dumps(asdict(self.recipe)):
            return False
        self.step, self.average = state["step"], state["average"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rng.bit_generator.state = state["numpy"]
        torch.set_rng_state(state["torch"])
        return True

    def learning_rate(self) -> float:
        """Return the rate of the current step."""
        return self.recipe.rate * share_of_rate(self.step / self.recipe.steps)

    def average_weights(self) -> None:
        """Move the running average towards the current weights."""
        move_average(self.average, self.model, self.step, self.recipe.averaging)


def share_of_rate(done: float) -> float:
    """Return the share of the peak learning rate after a share of the steps."""
    if done < 0.1:
        return 0.05 + 0.95 * done / 0.1
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def move_average(
    average: dict[str, torch.Tensor], model: torch.nn.Module, step: int, averaging: float
) -> None:
    """Move a running average of weights towards a model's; early ones count less."""
    decay = min(averaging, (1 + step) / (10 + step))
    for name, value in model.state_dict().items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1 - decay)
        else:
            average[name].copy_(value)


def loss_of(run: Run, data: TrainingSet) -> torch.Tensor:
    """Return the loss of one freshly drawn batch."""
    recipe, model = run.recipe, run.model
    batch = draw(data, recipe.batch, run.rng)
    mels, moved = batch.mels, draw_transposed(batch.mels[: recipe.transposed])
    if run.step < recipe.short_share * recipe.steps:
        mels, moved = mels[:, : recipe.short_frames], moved[:, : recipe.short_frames]
    heard = torch.cat([augment(mels), moved])  # one pass: one statistics
    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
        both = model.audio(heard)
    both = losses.unit(both.float())
    sounds, moved = both[: len(mels)], both[len(mels) :]
    texts = losses.unit(model.text(batch.texts))
    names = losses.unit(model.text(draw_names(data, run.rng)))
    positive = batch.positive_class & losses.attributes_fit(batch.asked, batch.has)
    loss = losses.between_towers(sounds, texts, positive, model.scale())
    loss = loss + recipe.across_octaves * losses.across_octaves(sounds, moved)
    loss = loss + recipe.among_sounds * losses.among_sounds(sounds, batch.labels)
    return loss + recipe.against_names * losses.against_names(
        sounds, names, batch.labels, model.scale()
    )


def train(recipe: Recipe, data: TrainingSet, folder: Path, save_every: int = 100) -> Run:
    """Train to the recipe's last step, from the checkpoint in `folder` when there is one."""
    torch.set_num_threads(1)
    run = Run(recipe, data.captions.vectors.shape[1], folder)
    if not run.resume():
        run.begin(data)
    run.model.train()
    started, first = time.monotonic(), run.step
    while run.step < recipe.steps:
        for group in run.optimizer.param_groups:
            group["lr"] = run.learning_rate()
        loss = loss_of(run, data)
        run.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.model.parameters(), 5.0)
        run.optimizer.step()
        run.step += 1
        run.average_weights()
        if run.step % _LOG_EVERY == 0:
            pace = (time.monotonic() - started) / (run.step - first)
            print(
                f"seed {recipe.seed} step {run.step} loss {loss.item():.3f} {pace:.2f} s/step",
                flush=True,
            )
        if run.step % save_every == 0 or run.step == recipe.steps:
            run.save()
    return run


def averaged_towers(*folders: Path) -> tuple[TwoTowers, Recipe]:
    """Load the averaged weights of a finished run, as training left them, or the mean of several.

    Runs that go on from the same weights may be averaged ("model soups", Wortsman et al. 2022);
    the statistics of their normalised layers have to be taken anew. The recipe is the first's.
    """
    states = [torch.load(folder / "checkpoint.pt", weights_only=False) for folder in folders]
    means = dict(states[0]["average"])
    for name, value in means.items():
        if value.dtype.is_floating_point:
            means[name] = torch.stack([state["average"][name] for state in states]).mean(dim=0)
    return _towers(means, states[0]["recipe"])


def save_towers(model: TwoTowers, recipe: Recipe, folder: Path) -> None:
    """Store finished towers in a folder, which is made: the mean of all seeds trains in none."""
    folder.mkdir(parents=True, exist_ok=True)
    with draft_of(folder / "towers.pt") as draft:
        torch.save({"towers": model.state_dict(), "recipe": asdict(recipe)}, draft)


def finished_towers(folder: Path) -> tuple[TwoTowers, Recipe]:
    """Load what `save_towers` stored."""
    state = torch.load(folder / "towers.pt", weights_only=False)
    return _towers(state["towers"], state["recipe"])


def _towers(weights: dict, stated: dict) -> tuple[TwoTowers, Recipe]:
    shape = {k: tuple(v) if isinstance(v, list) else v for k, v in stated["shape"].items()}
    recipe = Recipe(**{**stated, "shape": AudioShape(**shape)})
    model = TwoTowers(recipe.shape, weights["text.linear.weight"].shape[1])
    model.load_state_dict(weights)
    return model.eval(), recipe
