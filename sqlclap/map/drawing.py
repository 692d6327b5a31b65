"""A map as a picture: PNG or SVG, with names that don't overlap."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.durable import draft_of
from sqlclap.errors import LayoutError, LayoutValueError, MissingExtraError, NoMapError
from sqlclap.map.theme import PALETTES, THEMES, Colormap, Theme, categorical_colormap, tinted

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

DIRECTIONS = 16
RINGS = 14


@dataclass(frozen=True)
class Rectangle:
    """A rectangle, in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Rectangle) -> bool:
        """Whether both share some area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: Rectangle) -> bool:
        """Whether it lies inside another."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )


@dataclass(frozen=True)
class TextRequest:
    """A name that wants to be at a place.

    Attributes
    ----------
    x, y : float
        The place, in pixels.
    width, height : float
        Of the lettering, margins included.
    """

    x: float
    y: float
    width: float
    height: float

    def box(self, dx: float, dy: float) -> Rectangle:
        """Return the lettering's rectangle when it is moved by some pixels."""
        x, y = self.x + dx, self.y + dy
        return Rectangle(
            x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2
        )


def place_text(wishes: Iterable[TextRequest], frame: Rectangle) -> list[tuple[float, float] | None]:
    """Move names as little as it takes for none to overlap another or leave the frame.

    Parameters
    ----------
    wishes : iterable of TextRequest
        The most important first: earlier ones stay nearer to where they want to be.
    frame : Rectangle

    Returns
    -------
    list of (float, float) or None
        By how many pixels each is moved; None where there is no room.
    """
    taken: list[Rectangle] = []
    moves: list[tuple[float, float] | None] = []
    for wish in wishes:
        for move in _moves(wish):
            box = wish.box(*move)
            if box.within(frame) and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                moves.append(move)
                break
        else:
            moves.append(None)
    return moves


def _moves(wish: TextRequest) -> Iterator[tuple[float, float]]:
    yield 0.0, 0.0
    for ring in range(1, RINGS + 1):
        for turn in range(DIRECTIONS):
            angle = 2 * math.pi * (turn + 0.5 * (ring % 2)) / DIRECTIONS
            reach = 0.55 * ring * wish.height
            yield 1.6 * reach * math.cos(angle), reach * math.sin(angle)


INCHES = (16.0, 9.0)
DPI = 120  # 1920 by 1080 pixels
MARGIN = 0.045
POINT_AREA = 12_000.0  # square points that all dots take together
LARGEST_DOT, SMALLEST_DOT = 60.0, 0.6
SMALLEST_LETTERS, LARGEST_LETTERS = 9.0, 15.0
DRAWN_AS_SHAPES = 5_000  # more dots go into an SVG as an image


@dataclass(frozen=True)
class Picture:
    """What is drawn.

    Attributes
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    clusters : np.ndarray [shape=(n,), dtype=int64]
        -1 where a sound belongs to none.
    names : dict of int to str
    """

    positions: Float32Array
    clusters: Int64Array
    names: dict[int, str]

    def by_size(self) -> list[int]:
        """Return the clusters, largest first."""
        import numpy as np

        found, sizes = np.unique(self.clusters[self.clusters >= 0], return_counts=True)
        return [int(found[i]) for i in np.lexsort((found, -sizes))]

    def middle(self, cluster: int) -> Float32Array:
        """Return the member that lies nearest to the members' median: never beside the cluster."""
        import numpy as np

        members = self.positions[self.clusters == cluster]
        apart = np.linalg.norm(members - np.median(members, axis=0), axis=1)
        nearest: Float32Array = members[int(apart.argmin())]
        return nearest


def read_drawing(database: Database, model: StoredModel) -> Picture:
    """Read the map in force.

    Raises
    ------
    NoMapError
        There is none.
    """
    import numpy as np

    rows = database.execute(statement("map/map_points_drawn"), (model.model_id,)).fetchall()
    if not rows:
        raise NoMapError(
            f"{database.filename} has no map yet: draw one with `sqlclap map {database.filename}`"
        )
    positions = np.array([(x, y) for _, x, y, *_ in rows], dtype=np.float32)
    clusters = np.array([-1 if row[3] is None else row[3] for row in rows], dtype=np.int64)
    names = {int(row[3]): str(row[4]) for row in rows if row[3] is not None and row[4]}
    return Picture(positions, clusters, names)


def draw_map(picture: Picture, path: Path, theme: Theme = "dark") -> None:
    """Write a map to a ``.png`` or ``.svg`` file.

    Raises
    ------
    LayoutValueError
        The file's name ends otherwise, or there is no such theme.
    MissingExtraError
        What draws pictures is not installed.
    LayoutError
        The file can't be written.
    """
    kind = check_drawing(path)
    if theme not in THEMES:
        raise LayoutValueError(f"expected a theme of {', '.join(THEMES)}, got {theme!r}")
    palette = PALETTES[theme]
    figure, axes = _canvas(palette)
    _frame(axes, picture.positions)
    colours = _colours(picture, palette)
    _dots(axes, picture, colours, palette)
    _letters(axes, picture, colours, palette)
    _small_print(figure, picture, palette)
    _save(figure, path, kind)


def check_drawing(path: Path) -> str:
    """Return what kind of picture a file is to be, before the work that it is to show.

    Raises
    ------
    LayoutError
        It could not be written; see `draw_map`.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise LayoutValueError(f"expected a file name that ends in .png or .svg, got {path.name}")
    if find_spec("matplotlib") is None:
        raise MissingExtraError(
            "pictures need matplotlib, which is not installed: pip install 'sqlclap[map]'"
        )
    folder = path.absolute().parent
    if not os.access(folder, os.W_OK):
        what = "can't be written to" if folder.is_dir() else "is no folder"
        raise LayoutError(f"can't write {path}: {folder} {what}")
    return kind


def _canvas(palette: Colormap) -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"pictures need {error.name}, which is not installed: pip install 'sqlclap[map]'"
        ) from error
    figure = Figure(figsize=INCHES, dpi=DPI, facecolor=palette.ground)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _frame(axes: Any, positions: Float32Array) -> None:
    """Show all points, as wide as high."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    middle = (low + high) / 2
    wide, tall = (high - low) * (1 + 4 * MARGIN) / 2
    ratio = INCHES[0] / INCHES[1]
    tall = max(float(tall), float(wide) / ratio, 1e-3)
    axes.set_xlim(middle[0] - tall * ratio, middle[0] + tall * ratio)
    axes.set_ylim(middle[1] - tall, middle[1] + tall)


def _colours(picture: Picture, palette: Colormap) -> dict[int, str]:
    import numpy as np

    order = picture.by_size()
    if not order:
        return {}
    middles = np.array([picture.middle(cluster) for cluster in order])
    return dict(zip(order, categorical_colormap(middles, palette), strict=True))


def _dots(axes: Any, picture: Picture, colours: dict[int, str], palette: Colormap) -> None:
    import numpy as np

    count = len(picture.positions)
    area = float(np.clip(POINT_AREA / count, SMALLEST_DOT, LARGEST_DOT))
    as_image = count > DRAWN_AS_SHAPES
    dot = {"linewidths": 0, "rasterized": as_image}
    bare = {-1: palette.noise if colours else palette.clusters[1]}
    for cluster, colour in (bare | colours).items():
        x, y = picture.positions[picture.clusters == cluster].T
        if cluster >= 0:
            axes.scatter(x, y, s=area * 14, c=colour, alpha=palette.glow, zorder=1, **dot)
        faint = 0.55 if cluster < 0 and colours else 0.85
        axes.scatter(x, y, s=area, c=colour, alpha=faint, zorder=2 + (cluster >= 0), **dot)


def _letters(axes: Any, picture: Picture, colours: dict[int, str], palette: Colormap) -> None:
    """Write the clusters' names where they don't overlap, the largest clusters' first."""
    import numpy as np

    named = [cluster for cluster in picture.by_size() if cluster in picture.names]
    if not named:
        return
    figure = axes.figure
    renderer = figure.canvas.get_renderer()
    sizes = np.array([(picture.clusters == cluster).sum() for cluster in named], dtype=float)
    ease = np.sqrt(sizes / sizes.max())
    points = SMALLEST_LETTERS + (LARGEST_LETTERS - SMALLEST_LETTERS) * ease
    texts, wishes = [], []
    for cluster, size in zip(named, points, strict=True):
        ink = tinted(palette.ink, colours[cluster])
        x, y = axes.transData.transform(picture.middle(cluster))
        text = _text(figure, picture.names[cluster], (float(size), ink), palette)
        extent = text.get_window_extent(renderer)
        texts.append(text)
        wishes.append(TextRequest(x, y, extent.width + 8, extent.height + 6))
    edge = MARGIN / 4 * INCHES[0] * DPI
    frame = Rectangle(edge, edge, INCHES[0] * DPI - edge, INCHES[1] * DPI - edge)
    for text, wish, move in zip(texts, wishes, place_text(wishes, frame), strict=True):
        if move is None:
            text.remove()
            continue
        text.set_position((wish.x + move[0], wish.y + move[1]))
        if abs(move[1]) > wish.height or abs(move[0]) > wish.width / 2:
            _leader(figure, wish, move, palette)


def _text(figure: Any, name: str, look: tuple[float, str], palette: Colormap) -> Any:
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import IdentityTransform

    size, ink = look
    halo = [withStroke(linewidth=3.5, foreground=palette.ground, alpha=0.85)]
    return figure.text(
        0,
        0,
        name.replace("$", r"\$"),
        fontsize=size,
        color=ink,
        weight="bold" if size > SMALLEST_LETTERS + 3 else "normal",
        ha="center",
        va="center",
        transform=IdentityTransform(),
        path_effects=halo,
        zorder=10,
    )


def _leader(figure: Any, wish: TextRequest, move: tuple[float, float], palette: Colormap) -> None:
    """Tie a name that had to move away to its cluster."""
    from matplotlib.lines import Line2D
    from matplotlib.transforms import IdentityTransform

    line = Line2D(
        [wish.x, wish.x + move[0]],
        [wish.y, wish.y + move[1]],
        color=palette.quiet,
        linewidth=0.8,
        alpha=0.7,
        transform=IdentityTransform(),
        zorder=5,
    )
    figure.add_artist(line)


def _small_print(figure: Any, picture: Picture, palette: Colormap) -> None:
    clusters = len(picture.by_size())
    parts = [f"{len(picture.positions):,} sounds"]
    if clusters:
        parts.append(f"{clusters:,} clusters")
        parts.append(f"{(picture.clusters < 0).mean():.0%} in none")
    figure.text(
        0.012, 0.02, "  ·  ".join(parts), fontsize=10, color=palette.quiet, ha="left", va="bottom"
    )


def _save(figure: Any, path: Path, kind: str) -> None:
    import matplotlib as mpl

    # The same map gives the same file.
    metadata = {"Date": None, "Creator": "sqlclap"} if kind == "svg" else {"Software": "sqlclap"}
    try:
        with mpl.rc_context({"svg.hashsalt": "sqlclap"}), draft_of(path) as draft:
            figure.savefig(draft, format=kind, facecolor=figure.get_facecolor(), metadata=metadata)
    except OSError as error:
        raise LayoutError(f"can't write {path}: {error.strerror or error}") from error
