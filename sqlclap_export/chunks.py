"""Makes the references' drawing of chunks of long sounds repeatable, to compare with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

FUSED_VIEWS = 4


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give something another attribute for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def middle_chunks() -> Iterator[None]:
    """Let numpy choose the middle of what there is, as `sqlclap.audio.fusion` does.

    transformers and laion_clap both draw the first frame of each chunk by `numpy.random.choice`.
    """
    import numpy as np

    with replaced(np.random, "choice", lambda places: places[len(places) // 2]):
        yield


@contextmanager
def unsmoothed_resize() -> Iterator[None]:
    """Let torchvision resize as it did when LAION's checkpoints were trained.

    From 0.17 on, it smooths tensors before it shrinks them unless told otherwise.
    """
    from torchvision import transforms

    with replaced(transforms, "Resize", partial(transforms.Resize, antialias=False)):
        yield


def is_longer(sound: Float32Array, features: Any, window_samples: int = 480_000) -> bool:
    """Whether a sound has views that differ: transformers' own answer is drawn for short ones."""
    several = features.shape[1] == FUSED_VIEWS
    return several and len(sound) > window_samples and not _are_alike(features[0])


def _are_alike(views: Any) -> bool:
    return all(bool((view == views[0]).all()) for view in views[1:])
