"""An index as one search sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.ann.graph import Graph, Selection
from sqlclap.ann.meta import IndexMeta
from sqlclap.ann.rows import Rows
from sqlclap.ann.tail import Tail
from sqlclap.ann.widths import Widths, widths_of

if TYPE_CHECKING:
    from sqlclap.ann.rows import Mask


@dataclass(frozen=True)
class IndexView:
    """A generation and what changed since; never altered, so threads can share it.

    Attributes
    ----------
    meta : IndexMeta
    graph : Graph
    rows : Rows
    tail : Tail
    """

    meta: IndexMeta
    graph: Graph
    rows: Rows
    tail: Tail

    @cached_property
    def usable(self) -> Mask | None:
        """Positions that still hold, shape (rows,); None where all do."""
        changed = self.rows.positions(self.tail.changed)
        if not len(changed) and not self.rows.dead_count:
            return None
        mask: Mask = self.rows.dead == 0
        mask[changed] = False
        return mask

    @cached_property
    def usable_selection(self) -> Selection | None:
        """The same, for the graph."""
        return None if self.usable is None else Selection(self.usable)

    @cached_property
    def usable_count(self) -> int:
        """How many positions still hold."""
        return self.rows.count if self.usable is None else int(self.usable.sum())

    @cached_property
    def widths(self) -> Widths:
        """How widely to search."""
        return widths_of(self.meta.params)

    @property
    def count(self) -> int:
        """Vectors that can be found: in the graph and in the tail."""
        return self.usable_count + self.tail.count
