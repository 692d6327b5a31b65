"""Token orders of a shifted-window transformer, as index arrays.

Tokens of a square grid are kept window by window, so that cutting into windows, rolling and
merging patches are one look-up each, with indices that are constants of the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Int64Array

MASKED = -100.0  # what the reference adds to scores between tokens that only the roll brought near


@dataclass(frozen=True)
class WindowGrid:
    """A square grid of tokens, cut into square windows.

    Attributes
    ----------
    side : int
        Tokens a side.
    window : int
        Tokens a side of a window; divides `side`.
    """

    side: int
    window: int

    @property
    def windows(self) -> int:
        """Number of windows."""
        return (self.side // self.window) ** 2

    def row_major(self, shift: int = 0) -> Int64Array:
        """Give the row-major number of each token in window order, the grid rolled by `shift`."""
        import numpy as np

        step = (np.arange(self.side) + shift) % self.side
        grid = step[:, None] * self.side + step[None, :]
        cut = self.side // self.window
        parts = grid.reshape(cut, self.window, cut, self.window)
        return parts.transpose(0, 2, 1, 3).reshape(-1)

    def to_shifted(self, shift: int) -> Int64Array:
        """Give, for each place in shifted window order, its place in plain window order."""
        import numpy as np

        return np.argsort(self.row_major())[self.row_major(shift)]

    def merging(self) -> Int64Array:
        """Give the plain places of the four tokens that become one of the next, halved grid.

        Returns
        -------
        np.ndarray [shape=(side * side,), dtype=int64]
            Four a token, in the order (row, column) 00, 10, 01, 11; tokens in window order.
        """
        import numpy as np

        half = WindowGrid(self.side // 2, min(self.window, self.side // 2))
        row, column = np.divmod(half.row_major(), half.side)
        four = [
            (2 * row + down) * self.side + 2 * column + right
            for right in range(2)
            for down in range(2)
        ]
        places: Int64Array = np.argsort(self.row_major())[np.stack(four, axis=1).reshape(-1)]
        return places

    def mask(self, shift: int) -> npt.NDArray[np.float32]:
        """Give what is added to scores in shifted order, shape (windows, tokens, tokens)."""
        import numpy as np

        step = np.arange(self.side)
        region = (step >= self.side - self.window).astype(int) + (step >= self.side - shift)
        regions = (region[:, None] * 3 + region[None, :]).reshape(-1)[self.row_major()]
        parts = regions.reshape(self.windows, -1)
        apart = parts[:, :, None] != parts[:, None, :]
        return np.where(apart, np.float32(MASKED), np.float32(0.0))


def relative_index(window: int) -> Int64Array:
    """Give, for each pair of a window's tokens, the row of the relative position table.

    Returns
    -------
    np.ndarray [shape=(window**2, window**2), dtype=int64]
    """
    import numpy as np

    row, column = np.divmod(np.arange(window * window), window)
    down = row[:, None] - row[None, :] + window - 1
    right = column[:, None] - column[None, :] + window - 1
    index: Int64Array = down * (2 * window - 1) + right
    return index
