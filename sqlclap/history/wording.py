"""What was done, in words, as the rows that were changed tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlclap.db.row_changes import RowChange
from sqlclap.quantities import show_count

if TYPE_CHECKING:
    from sqlclap.db.database import Database

_NOUNS = {
    "labels": "label",
    "sample_collections": "collection",
    "tags": "tag",
    "tag_runs": "tag run",
    "anchors": "example",
    "votes": "answer",
    "calibrations": "cut-off",
    "cluster_names": "cluster",
    "favourites": "favourite",
    "sample_ratings": "rating",
    "sample_notes": "note",
    "collection_samples": "sound",
}
"""Tables that are told of, and what one of their rows is called; the first says what was done."""
DRAWN = frozenset({"reviews"})
"""Tables whose rows follow from other changes, and go when these are undone."""
_NAMED = ("labels", "sample_collections", "cluster_names")
_OWNERS = {
    "label_id": "SELECT name FROM labels WHERE label_id = ?",
    "collection_id": "SELECT name FROM sample_collections WHERE collection_id = ?",
    "sample_id": "SELECT path FROM samples WHERE sample_id = ?",
}


def is_worth_telling(rows: Sequence[RowChange]) -> bool:
    """Whether anything was changed that people say: what a review drew is not."""
    return any(row.table in _NOUNS for row in rows)


def tell(database: Database, rows: Sequence[RowChange]) -> str:
    """Say what was done, such as "3 examples added: kick"."""
    tables = {row.table for row in rows}
    # Who makes a label of sounds, or a collection, thinks of what is in it.
    made = {row.table for row in rows if row.table in _NAMED and row.before is None}
    order = [table for table in _NOUNS if table in tables and table not in made]
    table = next(iter([*order, *made]))
    of_table = [row for row in rows if row.table == table]
    what = f"{_amount(table, of_table)} {_verb(of_table)}"
    name = _name(database, of_table)
    return f"{what}: {name}" if name else what


def _amount(table: str, rows: Sequence[RowChange]) -> str:
    if len(rows) == 1:
        return _NOUNS[table].capitalize()
    return show_count(len(rows), _NOUNS[table])


def _verb(rows: Sequence[RowChange]) -> str:
    kinds = {(row.before is None, row.after is None) for row in rows}
    if kinds == {(True, False)}:
        return "added"
    return "removed" if kinds == {(False, True)} else "changed"


def _name(database: Database, rows: Sequence[RowChange]) -> str:
    """Return whose the rows are: a label, a collection, or the one sound that they speak of."""
    row = rows[0]
    if row.table in _NAMED:
        return str(row.value("name"))
    for column, query in _OWNERS.items():
        if column in row.columns and (column != "sample_id" or len(rows) == 1):
            found = database.execute(query, (row.value(column),)).fetchone()
            name = str(found[0]) if found else ""
            return name.rpartition("/")[2] if column == "sample_id" else name
    return ""
