"""Finding room for names on a drawn map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DIRECTIONS = 16
RINGS = 14


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether both share some area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: Box) -> bool:
        """Whether it lies inside another."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )


@dataclass(frozen=True)
class Wish:
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

    def box(self, dx: float, dy: float) -> Box:
        """Return the lettering's rectangle when it is moved by some pixels."""
        x, y = self.x + dx, self.y + dy
        return Box(x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2)


def find_room(wishes: Iterable[Wish], frame: Box) -> list[tuple[float, float] | None]:
    """Move names as little as it takes for none to overlap another or leave the frame.

    Parameters
    ----------
    wishes : iterable of Wish
        The most important first: earlier ones stay nearer to where they want to be.
    frame : Box

    Returns
    -------
    list of (float, float) or None
        By how many pixels each is moved; None where there is no room.
    """
    taken: list[Box] = []
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


def _moves(wish: Wish) -> Iterator[tuple[float, float]]:
    yield 0.0, 0.0
    for ring in range(1, RINGS + 1):
        for turn in range(DIRECTIONS):
            angle = 2 * math.pi * (turn + 0.5 * (ring % 2)) / DIRECTIONS
            reach = 0.55 * ring * wish.height
            yield 1.6 * reach * math.cos(angle), reach * math.sin(angle)
