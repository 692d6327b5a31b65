"""A table-valued function for apsw, with arguments that may come from a join.

https://sqlite.org/vtab.html#table_valued_functions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlclap.sqlfunctions.arguments import LEFT_OUT

if TYPE_CHECKING:
    import apsw

Rows = Iterator[tuple[Any, ...]]


class TableFunction:
    """A virtual-table module for one table-valued function.

    Parameters
    ----------
    columns, parameters : tuple of str
        Names; parameters are hidden columns.
    rows : callable
        Gives the rows for as many arguments as there are parameters; `LEFT_OUT` stands for those
        that were left out.
    """

    def __init__(
        self, columns: tuple[str, ...], parameters: tuple[str, ...], rows: Callable[..., Rows]
    ) -> None:
        self.columns = columns
        self.parameters = parameters
        self.rows = rows

    def connect(self, *_: object) -> tuple[str, object]:
        """Describe the table to SQLite."""
        hidden = [f"{name} HIDDEN" for name in self.parameters]
        schema = f"CREATE TABLE made_up ({', '.join([*self.columns, *hidden])})"
        return schema, as_apsw(_Table(self))

    def choose(self, index: apsw.IndexInfo) -> bool:
        """Choose the arguments that a plan provides; reject a plan that lacks a required one.

        In a join, an argument that comes from another table is there only once that table's row
        is: SQLite then has to put the other table first.
        """
        taken: list[int] = []
        for number in range(index.nConstraint):
            parameter = index.get_aConstraint_iColumn(number) - len(self.columns)
            if parameter < 0:
                continue
            is_equal = index.get_aConstraint_op(number) == _EQUAL
            if not index.get_aConstraint_usable(number) or not is_equal or parameter in taken:
                return False
            taken.append(parameter)
            index.set_aConstraintUsage_argvIndex(number, len(taken))
            index.set_aConstraintUsage_omit(number, True)
        index.idxStr = ",".join(map(str, taken))
        index.estimatedCost, index.estimatedRows = 1000.0, 10
        return True

    def start(self, taken: str, arguments: tuple[Any, ...]) -> Rows:
        """Return the rows for the arguments that a plan gives."""
        given: list[Any] = [LEFT_OUT] * len(self.parameters)
        for parameter, argument in zip(filter(None, taken.split(",")), arguments, strict=True):
            given[int(parameter)] = argument
        return self.rows(*given)


_EQUAL = 2  # SQLITE_INDEX_CONSTRAINT_EQ


class _Table:
    """One use of the function in a statement (a virtual table)."""

    def __init__(self, function: TableFunction) -> None:
        self._function = function

    def best_index_object(self, index: apsw.IndexInfo) -> bool:
        return self._function.choose(index)

    def open(self) -> object:
        return as_apsw(_Cursor(self._function))

    def disconnect(self) -> None:
        """Nothing is held."""

    destroy = disconnect


class _Cursor:
    """A cursor over the rows."""

    def __init__(self, function: TableFunction) -> None:
        self._function = function
        self._rows: Rows = iter(())
        self._arguments: tuple[Any, ...] = ()
        self._row: tuple[Any, ...] | None = None
        self._number = 0

    def filter(self, _: int, taken: str, arguments: tuple[Any, ...]) -> None:
        self._rows, self._number = self._function.start(taken, arguments), -1
        self.next()

    def next(self) -> None:
        self._row = next(self._rows, None)
        self._number += 1

    def eof(self) -> bool:
        return self._row is None

    def rowid(self) -> int:
        return self._number

    def column(self, number: int) -> Any:
        if number < 0:
            return self._number
        row = self._row or ()
        return row[number] if number < len(row) else None

    def close(self) -> None:
        self._rows = iter(())


def as_apsw(made: object) -> object:
    """Add apsw's method names as aliases: BestIndexObject for ``best_index_object``."""
    return _ApswNames(made)


class _ApswNames:
    def __init__(self, made: object) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        words = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)
        return getattr(self._made, words.lstrip("_"))
