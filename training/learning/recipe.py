"""What decides the result of a training run, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AudioShape:
    """Sizes of the audio tower: channels of the stem and the stages, embedding dimension."""

    channels: tuple[int, ...] = (24, 48, 96, 192)
    dim: int = 256
    n_mels: int = 96
    hidden: int = 384


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's result besides its data.

    Attributes
    ----------
    steps, batch : int
    short_share : float
        Share of the steps, from the start, that see only `short_frames` frames: most one-shots
        are over by then, and a step costs half.
    rate : float
        Peak learning rate, reached after a tenth of the steps, then falling as a cosine.
    averaging : float
        Decay of the running average of the weights, which is what is kept.
    """

    seed: int = 0
    steps: int = 1200
    batch: int = 192
    short_frames: int = 48
    short_share: float = 0.75
    rate: float = 2e-3
    weight_decay: float = 0.05
    averaging: float = 0.99
    among_sounds: float = 0.2
    against_names: float = 0.5
    shape: AudioShape = field(default_factory=AudioShape)


@dataclass(frozen=True)
class WordsRecipe:
    """How the text head learns what it doesn't know, after both towers were trained.

    Attributes
    ----------
    steps, batch : int
    windows : int
        Training windows whose embeddings are computed once and drawn from.
    strangers : int
        Random words a step that no sound must be near to.
    nearest : float
        Words whose static vector is nearer than this cosine to any class's wording are left out.
    """

    steps: int = 600
    batch: int = 384
    windows: int = 16_000
    strangers: int = 192
    nearest: float = 0.45
    rate: float = 1e-3
    weight_decay: float = 0.05
