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
    transposed : int
        Sounds of a batch that are also seen an octave or so away, and have to find themselves.
    across_octaves : float
        Weight of that loss.
    first_temperature : float
        The factor on cosines of the first edition, whose weights the run goes on from; 0 starts
        from nothing.
    half : bool
        The audio tower computes in bfloat16, which recent processors do several times as fast;
        weights stay in float32.
    """

    seed: int = 0
    steps: int = 500
    batch: int = 176
    short_frames: int = 48
    short_share: float = 0.85
    rate: float = 1.2e-3
    weight_decay: float = 0.05
    averaging: float = 0.99
    among_sounds: float = 0.2
    against_names: float = 0.5
    transposed: int = 48
    across_octaves: float = 0.3
    first_temperature: float = 19.947
    half: bool = True
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
    first_share : float
        Share of the first edition's weights in the towers that are tuned.
    untuned : float
        Share of the text head's weights from before tuning in the head that is kept.
    """

    steps: int = 600
    batch: int = 384
    windows: int = 16_000
    strangers: int = 192
    nearest: float = 0.45
    first_share: float = 0.15
    untuned: float = 0.5
    rate: float = 1e-3
    weight_decay: float = 0.05


@dataclass(frozen=True)
class SpeedsRecipe:
    """How the audio tower learns to say at once what it says of a sound at several speeds.

    Attributes
    ----------
    windows : int
        Training windows that are drawn for it.
    octaves : tuple of float
        What each octave counts in the mean, from two down to two up.
    steps, batch : int
        Each step has `batch` windows at three speeds.
    relations : float
        Weight of how far the cosines within a batch are off.
    own : float
        Weight of a cross-entropy by which an octave up has to find its own sound in the batch.
    augmented : float
        Share of the windows that are augmented.
    """

    seed: int = 0
    windows: int = 7_000
    octaves: tuple[float, ...] = (0.3, 0.6, 1.0, 0.6, 0.3)
    steps: int = 600
    batch: int = 58
    rate: float = 6e-4
    weight_decay: float = 0.01
    relations: float = 20.0
    own: float = 0.0
    augmented: float = 0.25
    half: bool = True
