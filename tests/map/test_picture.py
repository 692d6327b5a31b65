"""The map as a picture: names that don't overlap, both themes, files that repeat."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import LayoutError, LayoutValueError
from sqlclap.map.drawing import Picture, Rectangle, TextRequest, draw_map, place_text
from sqlclap.map.theme import COLORMAPS, Theme, blend, categorical_colormap


@pytest.fixture(scope="module")
def picture() -> Picture:
    rng = np.random.default_rng(0)
    clusters = rng.integers(-1, 8, 300)
    middles = rng.uniform(-5, 5, (9, 2))
    positions = (middles[clusters] + 0.3 * rng.standard_normal((300, 2))).astype(np.float32)
    return Picture(positions, clusters, {number: f"name ${number}" for number in range(8)})


def test_names_never_overlap_nor_leave_the_frame() -> None:
    rng = np.random.default_rng(1)
    frame = Rectangle(0, 0, 1000, 500)
    wishes = [
        TextRequest(*rng.uniform((0, 0), (1000, 500)), *rng.uniform((40, 12), (160, 26)))
        for _ in range(60)
    ]
    boxes = [
        wish.box(*move)
        for wish, move in zip(wishes, place_text(wishes, frame), strict=True)
        if move is not None
    ]
    assert len(boxes) > 30
    assert all(box.within(frame) for box in boxes)
    pairs = [(a, b) for at, a in enumerate(boxes) for b in boxes[:at]]
    assert not any(a.overlaps(b) for a, b in pairs)


@pytest.mark.parametrize(("theme", "ground"), [("dark", 13), ("light", 252)])
def test_both_themes_are_drawn(tmp_path: Path, picture: Picture, theme: Theme, ground: int) -> None:
    from matplotlib.image import imread

    draw_map(picture, tmp_path / "map.png", theme)
    image = imread(tmp_path / "map.png")
    assert image.shape[:2] == (1080, 1920)
    assert round(255 * float(image[0, 0, 0])) == ground
    assert float(image[..., :3].std()) > 0.01


def test_the_same_map_gives_the_same_drawing(tmp_path: Path, picture: Picture) -> None:
    for name in ("one.svg", "two.svg"):
        draw_map(picture, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.svg").read_text().lstrip().startswith("<?xml")


def test_a_single_sound_without_clusters_is_drawn(tmp_path: Path) -> None:
    alone = Picture(np.zeros((1, 2), np.float32), np.array([-1]), {})
    draw_map(alone, tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 1000


def test_other_files_and_themes_are_refused(tmp_path: Path, picture: Picture) -> None:
    with pytest.raises(LayoutValueError, match=r"\.png or \.svg"):
        draw_map(picture, tmp_path / "map.gif")
    with pytest.raises(LayoutValueError, match="dark, light"):
        draw_map(picture, tmp_path / "map.png", "pink")  # type: ignore[arg-type]  # no theme
    with pytest.raises(LayoutError, match="can't write"):
        draw_map(picture, tmp_path / "nowhere" / "map.png")


def test_neighbours_get_unlike_colours() -> None:
    middles = np.array([[x, 0] for x in range(24)], np.float32)
    colours = categorical_colormap(middles, COLORMAPS["dark"])
    assert all(a != b for a, b in pairwise(colours))
    assert blend("#ffffff", "#000000", 0.5) == "#808080"
