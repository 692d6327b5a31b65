"""Draws a map as a PNG or SVG picture, with cluster names that don't overlap."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.durable import draft_of
from sqlclap.errors import LayoutError, LayoutValueError, MissingExtraError, NoMapError
from sqlclap.map.theme import COLORMAPS, THEMES, Colormap, Theme, blend, categorical_colormap
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

ANGLES = 16
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
    """A text and the position at which it should stand.

    Attributes
    ----------
    x, y : float
        Centre of the text, in pixels.
    width, height : float
        Of the text with its margins, in pixels.
    """

    x: float
    y: float
    width: float
    height: float

    def box(self, dx: float, dy: float) -> Rectangle:
        """Return the text's rectangle when it is shifted by some pixels."""
        x, y = self.x + dx, self.y + dy
        return Rectangle(
            x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2
        )


def place_text(
    requests: Iterable[TextRequest], frame: Rectangle
) -> list[tuple[float, float] | None]:
    """Shift texts as little as possible so that none overlaps another or leaves the frame.

    Parameters
    ----------
    requests : iterable of TextRequest
        The most important first: earlier ones stay nearer to their positions.
    frame : Rectangle

    Returns
    -------
    list of (float, float) or None
        Shift of each text in pixels (x, y); None where there is no room for it.
    """
    placed: list[Rectangle] = []
    offsets: list[tuple[float, float] | None] = []
    for request in requests:
        for offset in _offsets(request):
            box = request.box(*offset)
            if box.within(frame) and not any(box.overlaps(other) for other in placed):
                placed.append(box)
                offsets.append(offset)
                break
        else:
            offsets.append(None)
    return offsets


def _offsets(request: TextRequest) -> Iterator[tuple[float, float]]:
    yield 0.0, 0.0
    for ring in range(1, RINGS + 1):
        for direction in range(ANGLES):
            angle = 2 * math.pi * (direction + 0.5 * (ring % 2)) / ANGLES
            reach = 0.55 * ring * request.height
            yield 1.6 * reach * math.cos(angle), reach * math.sin(angle)


INCHES = (16.0, 9.0)
DPI = 120  # 1920 by 1080 pixels
MARGIN = 0.045
TOTAL_POINT_AREA = 12_000.0  # area of all points together, in square typographic points
MAX_POINT_AREA, MIN_POINT_AREA = 60.0, 0.6
MIN_FONT_SIZE, MAX_FONT_SIZE = 9.0, 15.0
MAX_VECTOR_POINTS = 5_000  # above this, an SVG holds the points as an image


@dataclass(frozen=True)
class Picture:
    """A map with its clusters, ready to be drawn.

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

        clusters, sizes = np.unique(self.clusters[self.clusters >= 0], return_counts=True)
        return [int(clusters[i]) for i in np.lexsort((clusters, -sizes))]

    def centre(self, cluster: int) -> Float32Array:
        """Return the position of the member that lies nearest to the members' median."""

        members = self.positions[self.clusters == cluster]
        distances = np.linalg.norm(members - np.median(members, axis=0), axis=1)
        nearest: Float32Array = members[int(distances.argmin())]
        return nearest


def read_drawing(database: Database, model: StoredModel) -> Picture:
    """Read the map in force.

    Raises
    ------
    NoMapError
        There is none.
    """

    rows = database.execute(statement("map/map_points_drawn"), (model.model_id,)).fetchall()
    if not rows:
        raise NoMapError(
            f"{database.filename} has no map yet: draw one with `sqlclap map "
            f"{typed(database.filename)}`"
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
    colormap = COLORMAPS[theme]
    figure, axes = _new_figure(colormap)
    _set_limits(axes, picture.positions)
    colours = _cluster_colours(picture, colormap)
    _draw_points(axes, picture, colours, colormap)
    _draw_names(axes, picture, colours, colormap)
    _draw_caption(figure, picture, colormap)
    _save(figure, path, kind)


def check_drawing(path: Path) -> str:
    """Return the format of a picture ("png" or "svg") and check that its file can be written.

    Raises
    ------
    LayoutError
        The file can't be written; see `draw_map` for the cases.
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
        reason = "can't be written to" if folder.is_dir() else "is no folder"
        raise LayoutError(f"can't write {path}: {folder} {reason}")
    return kind


def _new_figure(colormap: Colormap) -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"pictures need {error.name}, which is not installed: pip install 'sqlclap[map]'"
        ) from error
    figure = Figure(figsize=INCHES, dpi=DPI, facecolor=colormap.background)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _set_limits(axes: Any, positions: Float32Array) -> None:
    """Show all points, as wide as high."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    centre = (low + high) / 2
    half_width, half_height = (high - low) * (1 + 4 * MARGIN) / 2
    ratio = INCHES[0] / INCHES[1]
    half_height = max(float(half_height), float(half_width) / ratio, 1e-3)
    axes.set_xlim(centre[0] - half_height * ratio, centre[0] + half_height * ratio)
    axes.set_ylim(centre[1] - half_height, centre[1] + half_height)


def _cluster_colours(picture: Picture, colormap: Colormap) -> dict[int, str]:
    order = picture.by_size()
    if not order:
        return {}
    centres = np.array([picture.centre(cluster) for cluster in order])
    return dict(zip(order, categorical_colormap(centres, colormap), strict=True))


def _draw_points(axes: Any, picture: Picture, colours: dict[int, str], colormap: Colormap) -> None:
    count = len(picture.positions)
    area = float(np.clip(TOTAL_POINT_AREA / count, MIN_POINT_AREA, MAX_POINT_AREA))
    as_image = count > MAX_VECTOR_POINTS
    style = {"linewidths": 0, "rasterized": as_image}
    without_cluster = {-1: colormap.noise if colours else colormap.clusters[1]}
    for cluster, colour in (without_cluster | colours).items():
        x, y = picture.positions[picture.clusters == cluster].T
        if cluster >= 0:
            axes.scatter(x, y, s=area * 14, c=colour, alpha=colormap.halo_alpha, zorder=1, **style)
        alpha = 0.55 if cluster < 0 and colours else 0.85
        axes.scatter(x, y, s=area, c=colour, alpha=alpha, zorder=2 + (cluster >= 0), **style)


def _draw_names(axes: Any, picture: Picture, colours: dict[int, str], colormap: Colormap) -> None:
    """Write the clusters' names where they don't overlap, the largest clusters' first."""

    named = [cluster for cluster in picture.by_size() if cluster in picture.names]
    if not named:
        return
    figure = axes.figure
    renderer = figure.canvas.get_renderer()
    sizes = np.array([(picture.clusters == cluster).sum() for cluster in named], dtype=float)
    weights = np.sqrt(sizes / sizes.max())
    points = MIN_FONT_SIZE + (MAX_FONT_SIZE - MIN_FONT_SIZE) * weights
    texts, requests = [], []
    for cluster, size in zip(named, points, strict=True):
        colour = blend(colormap.text, colours[cluster])
        x, y = axes.transData.transform(picture.centre(cluster))
        text = _add_text(figure, picture.names[cluster], (float(size), colour), colormap)
        extent = text.get_window_extent(renderer)
        texts.append(text)
        requests.append(TextRequest(x, y, extent.width + 8, extent.height + 6))
    edge = MARGIN / 4 * INCHES[0] * DPI
    frame = Rectangle(edge, edge, INCHES[0] * DPI - edge, INCHES[1] * DPI - edge)
    for text, request, offset in zip(texts, requests, place_text(requests, frame), strict=True):
        if offset is None:
            text.remove()
            continue
        text.set_position((request.x + offset[0], request.y + offset[1]))
        if abs(offset[1]) > request.height or abs(offset[0]) > request.width / 2:
            _draw_leader_line(figure, request, offset, colormap)


def _add_text(figure: Any, name: str, style: tuple[float, str], colormap: Colormap) -> Any:
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import IdentityTransform

    size, colour = style
    halo = [withStroke(linewidth=3.5, foreground=colormap.background, alpha=0.85)]
    return figure.text(
        0,
        0,
        name.replace("$", r"\$"),
        fontsize=size,
        color=colour,
        weight="bold" if size > MIN_FONT_SIZE + 3 else "normal",
        ha="center",
        va="center",
        transform=IdentityTransform(),
        path_effects=halo,
        zorder=10,
    )


def _draw_leader_line(
    figure: Any, request: TextRequest, offset: tuple[float, float], colormap: Colormap
) -> None:
    """Connect a name that had to be shifted with its cluster."""
    from matplotlib.lines import Line2D
    from matplotlib.transforms import IdentityTransform

    line = Line2D(
        [request.x, request.x + offset[0]],
        [request.y, request.y + offset[1]],
        color=colormap.caption,
        linewidth=0.8,
        alpha=0.7,
        transform=IdentityTransform(),
        zorder=5,
    )
    figure.add_artist(line)


def _draw_caption(figure: Any, picture: Picture, colormap: Colormap) -> None:
    clusters = len(picture.by_size())
    parts = [f"{len(picture.positions):,} sounds"]
    if clusters:
        parts.append(f"{clusters:,} clusters")
        parts.append(f"{(picture.clusters < 0).mean():.0%} in none")
    figure.text(
        0.012,
        0.02,
        "  ·  ".join(parts),
        fontsize=10,
        color=colormap.caption,
        ha="left",
        va="bottom",
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
