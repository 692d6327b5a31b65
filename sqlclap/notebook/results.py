"""Lists of results that notebooks show as tables and that become data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeVar, overload

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

R = TypeVar("R")


class Tabular(Generic[R]):
    """What is a row a result.

    Data frames need the extra ``notebook``: ``pip install 'sqlclap[notebook]'``. Their columns are
    the results' fields by name and have plain types (text, floats, integers, booleans), also where
    there are no rows; what is not there is a missing value. Paths are text.

    Attributes
    ----------
    kind : type
        Of the rows: a dataclass or a `sqlclap.records.Row`.
    """

    kind: type

    def rows(self) -> Iterator[Any]:
        """Yield the rows of tables and data frames: the results themselves."""
        raise NotImplementedError

    def row_count(self) -> int:
        """Count the rows."""
        raise NotImplementedError

    def remarks(self) -> list[str]:
        """Return remarks that are shown below a table."""
        return []

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas data frame.

        Raises
        ------
        NotInstalledError
            pandas is not installed.
        """
        from sqlclap.notebook.frames import to_pandas

        return to_pandas(self.kind, self.rows())

    def to_polars(self) -> pl.DataFrame:
        """Return a polars data frame.

        Raises
        ------
        NotInstalledError
            polars is not installed.
        """
        from sqlclap.notebook.frames import to_polars

        return to_polars(self.kind, self.rows())

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table.

        Raises
        ------
        NotInstalledError
            pyarrow is not installed.
        """
        from sqlclap.notebook.frames import to_arrow

        return to_arrow(self.kind, self.rows())

    def to_html(self, rows: int = 20, audio_bytes: int = 4_000_000) -> str:
        """Return a table in HTML with a player a row; notebooks show the same.

        Parameters
        ----------
        rows : int
            How many to show.
        audio_bytes : int
            Budget for embedded audio, in bytes. The table itself holds the sounds, five seconds at
            most of each; those beyond it have no player. 0: none has.
        """
        from sqlclap.notebook.html import as_html

        return as_html(self, rows, audio_bytes)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        from sqlclap.notebook.html import as_text

        return as_text(self)


class Results(Tabular[R], list[R]):
    """A list of results, in order; as `Tabular`, it becomes a data frame.

    Parameters
    ----------
    results : iterable
    kind : type
        Of the results.
    model : str, optional
        Name of the model whose vectors were compared.
    """

    def __init__(self, results: Iterable[R], kind: type, model: str | None = None) -> None:
        super().__init__(results)
        self.kind = kind
        self.model = model

    def rows(self) -> Iterator[Any]:
        """Yield the results."""
        return iter(self)

    def row_count(self) -> int:
        """Count the results."""
        return len(self)

    @overload
    def __getitem__(self, which: SupportsIndex, /) -> R: ...

    @overload
    def __getitem__(self, which: slice, /) -> Results[R]: ...

    def __getitem__(self, which: SupportsIndex | slice, /) -> R | Results[R]:
        if isinstance(which, slice):
            return Results(list.__getitem__(self, which), self.kind, self.model)
        return list.__getitem__(self, which)


class PagedResults(Tabular[R], Sequence[R]):
    """Results that are read page by page: no more than a page of them lies in memory.

    Parameters
    ----------
    kind : type
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def rows(self) -> Iterator[Any]:
        """Yield the results."""
        return iter(self)

    def row_count(self) -> int:
        """Count the results."""
        return len(self)
