"""Training windows with labels, captions and sampling weights, held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.caption_stage import Captions, class_names, embed_texts, usable
from training.features import FeatureTable
from training.sampling import sampling_weights
from training.taxonomy.classes import CLASSES


@dataclass
class TrainingSet:
    """What a training step draws from.

    Attributes
    ----------
    mels : np.ndarray [shape=(n, frames, n_mels), dtype=float16]
    labels : Tensor [shape=(n,)]
        Class numbers.
    sound : np.ndarray [shape=(n,)]
        Row of the captions' arrays.
    weights : np.ndarray [shape=(n,)]
        Sampling probabilities.
    captions : Captions
    wordings : list of Tensor
        Static vectors of each class's name and synonyms.
    """

    mels: np.ndarray
    labels: Tensor
    sound: np.ndarray
    weights: np.ndarray
    captions: Captions
    wordings: list[Tensor]


@dataclass(frozen=True)
class Batch:
    """One step's sounds and captions."""

    mels: Tensor
    labels: Tensor
    texts: Tensor
    positive_class: Tensor
    asked: Tensor
    has: Tensor


def make_training_set(table: FeatureTable, captions: Captions) -> TrainingSet:
    """Choose the usable windows and prepare them."""
    names = class_names()
    number = {name: i for i, name in enumerate(names)}
    keep = np.array([usable(table.infos[clip]) for clip in table.clip])
    clips = table.clip[keep]
    infos = [table.infos[clip] for clip in clips]
    keys = [(info["label"], info["source"]) for info in infos]
    wordings = [torch.from_numpy(embed_texts(list(CLASSES[name].wordings))) for name in names]
    return TrainingSet(
        mels=table.mels[keep],
        labels=torch.tensor([number[label] for label, _ in keys]),
        sound=clips,
        weights=sampling_weights(keys, table.index[keep]),
        captions=captions,
        wordings=wordings,
    )


def draw(data: TrainingSet, size: int, rng: np.random.Generator) -> Batch:
    """Draw a batch of different windows, each with one of its captions."""
    rows = rng.choice(len(data.weights), size, replace=False, p=data.weights)
    return make_batch(data, rows, rng)


def make_batch(data: TrainingSet, rows: np.ndarray, rng: np.random.Generator) -> Batch:
    """Put windows together with one caption each."""
    sounds = data.sound[rows]
    text = data.captions.ids[sounds, rng.integers(0, data.captions.ids.shape[1], len(rows))]
    labels = data.labels[torch.from_numpy(rows)]
    return Batch(
        mels=torch.from_numpy(data.mels[rows].astype(np.float32)),
        labels=labels,
        texts=torch.from_numpy(data.captions.vectors[text]),
        positive_class=torch.from_numpy(data.captions.classes[text])[:, labels].T,
        asked=torch.from_numpy(data.captions.attributes[text]),
        has=torch.from_numpy(data.captions.has[sounds]),
    )


def draw_names(data: TrainingSet, rng: np.random.Generator) -> Tensor:
    """Draw one wording of every class; shape (classes, inputs)."""
    return torch.stack([words[rng.integers(len(words))] for words in data.wordings])
