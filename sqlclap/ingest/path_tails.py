"""Which of several alike files belongs to which sample: by how much of their paths' ends agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath
from typing import TypeVar

Old = TypeVar("Old")
New = TypeVar("New")


def common_tail(one: PurePath, other: PurePath) -> int:
    """Count the parts, from the last, in which two paths agree.

    >>> from pathlib import Path
    >>> common_tail(Path("/old/drums/kick.wav"), Path("/new/disk/drums/kick.wav"))
    2
    """
    count = 0
    for mine, theirs in zip(reversed(one.parts), reversed(other.parts), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def paired(
    olds: Sequence[tuple[PurePath, Old]], news: Sequence[tuple[PurePath, New]]
) -> list[tuple[Old, New]]:
    """Pair each of some paths with one of others: those first that agree in the longest tails.

    Where tails are as long, what comes first is paired with what comes first. The work grows with
    the number of paths, not with that of pairs: thousands of files may be alike.

    >>> from pathlib import Path
    >>> olds = [(Path("/a/x/kick.wav"), 1), (Path("/a/y/kick.wav"), 2)]
    >>> paired(olds, [(Path("/b/y/kick.wav"), "new y"), (Path("/b/z.wav"), "new z")])
    [(2, 'new y'), (1, 'new z')]
    """
    left, free = dict(enumerate(olds)), dict(enumerate(news))
    pairs = []
    depth = max((len(path.parts) for path, _ in [*olds, *news]), default=0)
    while left and free and depth >= 0:
        places = defaultdict[tuple[str, ...], list[int]](list)
        for number, (path, _) in free.items():
            places[_tail(path, depth)].append(number)
        taken = {tail: iter(numbers) for tail, numbers in places.items()}
        for number, (path, old) in [*left.items()]:
            new = next(taken.get(_tail(path, depth), iter(())), None)
            if new is not None:
                pairs.append((old, free.pop(new)[1]))
                del left[number]
        depth -= 1
    return pairs


class NearestPaths:
    """Finds the path whose tail agrees most with that of another; of several, the first.

    Parameters
    ----------
    paths : sequence of PurePath
        One at least.
    """

    def __init__(self, paths: Sequence[PurePath]) -> None:
        self._first: dict[tuple[str, ...], int] = {}
        for number, path in enumerate(paths):
            for depth in range(len(path.parts) + 1):
                self._first.setdefault(_tail(path, depth), number)

    def place(self, path: PurePath) -> int:
        """Return its place among them."""
        depth = len(path.parts)
        while (tail := _tail(path, depth)) not in self._first:
            depth -= 1
        return self._first[tail]


def _tail(path: PurePath, depth: int) -> tuple[str, ...]:
    return path.parts[-depth:] if depth else ()
