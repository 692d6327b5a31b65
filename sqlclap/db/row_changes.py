"""The rows that a piece of work changes, and putting them back.

While rows are recorded, temporary triggers hand each row that is inserted, updated or deleted to
this process, whoever changes it: a statement, or a trigger of the library. A row is known by all
its values, so that it is only put back where it still is what it was changed to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.sqlite_errors import is_constraint
from sqlclap.errors import ChangedSinceError

if TYPE_CHECKING:
    from sqlclap.db.database import Database

PEOPLES_TABLES = (
    "labels", "anchors", "reviews", "votes", "tag_runs", "tags", "calibrations", "cluster_names",
    "favourites", "sample_ratings", "sample_notes", "sample_collections", "collection_samples",
)  # fmt: skip
"""Tables that hold what people say of sounds."""

MOST_ROWS = 500_000
"""More rows that a piece of work changes are not recorded: they would fill the memory."""

_KEPT_BY_THE_WAY = frozenset({"updated_at"})
"""Columns that tell when, and whose change alone is none."""
_FUNCTION = "sqlclap_row_changed"
_IMAGES = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

Image = tuple[Any, ...]


@dataclass(frozen=True)
class RowChange:
    """A row that was inserted, updated or deleted.

    Attributes
    ----------
    table : str
    columns : tuple of str
    before, after : tuple or None
        Its values, by column; None where there was no such row.
    """

    table: str
    columns: tuple[str, ...]
    before: Image | None
    after: Image | None

    @property
    def inverse(self) -> RowChange:
        """The change that takes this one back."""
        return RowChange(self.table, self.columns, self.after, self.before)

    def value(self, column: str) -> Any:
        """Return a value of the row as it is now, or was last."""
        image = self.before if self.after is None else self.after
        return None if image is None else image[self.columns.index(column)]

    @property
    def essence(self) -> tuple[str, Image | None, Image | None]:
        """What makes two changes the same: all but the columns that tell when."""
        return (self.table, self._essential(self.before), self._essential(self.after))

    def _essential(self, image: Image | None) -> Image | None:
        if image is None:
            return None
        pairs = zip(self.columns, image, strict=True)
        return tuple(value for column, value in pairs if column not in _KEPT_BY_THE_WAY)


class _Listener:
    """What a connection's triggers call; SQLite holds it as long as the connection."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def __call__(self, *values: Any) -> None:
        if len(self.heard) <= MOST_ROWS:  # one more tells that there are too many
            self.heard.append(values)


_LISTENERS: WeakKeyDictionary[Database, _Listener] = WeakKeyDictionary()


@contextmanager
def recorded_rows(database: Database) -> Iterator[list[RowChange]]:
    """Record which rows of `PEOPLES_TABLES` are changed within; they are told at its end.

    Where rows are changed more than `MOST_ROWS` times, none are told.
    """
    changes: list[RowChange] = []
    listener = _listener_of(database)
    listener.heard.clear()
    columns = {table: _columns(database, table) for table in PEOPLES_TABLES}
    triggers = [*_triggers(columns)]
    try:
        for _, text in triggers:
            database.execute(text)
        yield changes
    finally:
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER IF EXISTS temp.{name}")
        if len(listener.heard) <= MOST_ROWS:
            changes.extend(_net(_as_change(values, columns) for values in listener.heard))
        listener.heard.clear()


def _listener_of(database: Database) -> _Listener:
    listener = _LISTENERS.get(database)
    if listener is None:
        listener = _LISTENERS[database] = _Listener()
        database.create_scalar_function(_FUNCTION, listener)
    return listener


def _columns(database: Database, table: str) -> tuple[str, ...]:
    query = "SELECT name FROM pragma_table_info(?)"
    return tuple(str(name) for (name,) in database.execute(query, (table,)))


def _triggers(columns: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for table, names in columns.items():
        for event, images in _IMAGES.items() if names else ():
            name = f"sqlclap_{table}_{event.lower()}"
            values = [f"{image}.{_quoted(column)}" for image in images for column in names]
            call = f"SELECT {_FUNCTION}('{table}', '{event}', {', '.join(values)})"
            head = f"CREATE TEMP TRIGGER IF NOT EXISTS {name} AFTER {event} ON main.{table}"
            yield name, f"{head} BEGIN {call}; END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _as_change(values: tuple[Any, ...], columns: dict[str, tuple[str, ...]]) -> RowChange:
    table, event, *images = values
    names = columns[table]
    first, second = tuple(images[: len(names)]), tuple(images[len(names) :])
    before = None if event == "INSERT" else first
    after = {"INSERT": first, "UPDATE": second, "DELETE": None}[event]
    return RowChange(table, names, before, after)


def _net(changes: Iterable[RowChange]) -> Iterator[RowChange]:
    """Make one of the changes that a row went through, and leave out those that changed nothing."""
    kept: list[RowChange] = []
    last: dict[tuple[str, Image | None], int] = {}
    for change in changes:
        place = last.pop((change.table, change.before), None) if change.before else None
        if place is None:
            place = len(kept)
            kept.append(change)
        else:
            kept[place] = RowChange(change.table, change.columns, kept[place].before, change.after)
        if change.after is not None:
            last[change.table, change.after] = place
    return (one for one in kept if one.essence[1] != one.essence[2])


def put_back(
    connection: Database, changes: Sequence[RowChange], by_the_way: Container[str] = ()
) -> list[RowChange]:
    """Take changes back, the last one first; in a write transaction.

    Parameters
    ----------
    connection : Database
    changes : sequence of RowChange
    by_the_way : container of str
        Tables whose rows may go along: they hold nothing that anybody has said.

    Returns
    -------
    list of RowChange
        What this changed: given to this function, it does it all again.

    Raises
    ------
    ChangedSinceError
        A row is not what it was changed to, or more would be lost than was changed.
    """
    wanted = [change.inverse for change in reversed(changes)]
    with recorded_rows(connection) as done:
        for change in wanted:
            _apply(connection, change)
    did, meant = (Counter(one.essence for one in rows) for rows in (done, wanted))
    more = did - meant
    if meant - did or any(table not in by_the_way for table, _, _ in more):
        raise ChangedSinceError("more has been said in between that would be lost")
    return [*(one for one in done if one.essence in more), *wanted]


_STATEMENTS = {
    "insert": "INSERT INTO {table} ({columns}) VALUES ({places})",
    "update": "UPDATE {table} SET ({columns}) = ({places}) WHERE {known}",
    "delete": "DELETE FROM {table} WHERE {known}",
}


def _apply(connection: Database, change: RowChange) -> None:
    columns = [_quoted(name) for name in change.columns]
    known = [name for name in change.columns if name not in _KEPT_BY_THE_WAY]
    kind = "insert" if change.before is None else "update" if change.after else "delete"
    text = _STATEMENTS[kind].format(
        table=change.table,
        columns=", ".join(columns),
        places=", ".join("?" for _ in columns),
        known=" AND ".join(f"{_quoted(name)} IS ?" for name in known),
    )
    was = change.essence[1] or ()
    try:
        connection.execute(text, ((*(change.after or ()), *was)))
    except Exception as error:
        if not is_constraint(error):
            raise
        raise ChangedSinceError(f"{_told(change.table)} have changed in between") from error
    if connection.changes() != 1:
        raise ChangedSinceError(f"{_told(change.table)} have changed in between")


def _told(table: str) -> str:
    return table.removeprefix("sample_").replace("_", " ")
