"""Fixtures of labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.label_scene import LabelScene

MakeScene = Callable[[np.ndarray], LabelScene]


@pytest.fixture
def make_scene(tmp_path: Path) -> Iterator[MakeScene]:
    """Make libraries of chosen vectors; they are closed at the end."""
    made: list[LabelScene] = []

    def make(vectors: np.ndarray) -> LabelScene:
        made.append(LabelScene(tmp_path / f"scene-{len(made)}.db", vectors))
        return made[-1]

    yield make
    for scene in made:
        scene.file.close()
