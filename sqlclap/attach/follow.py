"""Brings a library's knowledge of attached tables up to date with their rows.

All rows are compared each time: what triggers of the other database would miss (a restored backup,
``INSERT OR REPLACE``, a table that was rebuilt) is noticed, and nothing need be added there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.attach.attachment import Attachment, list_attachments, pieces_folder
from sqlclap.attach.pieces import PieceMaker, remove_unused
from sqlclap.attach.placing import PlacedRow, pieces_of, place_rows
from sqlclap.attach.seen import stamp_of
from sqlclap.attach.user_rows import open_table
from sqlclap.db.sources import add_source, list_sources, path_columns
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import AttachError
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class FailedRow:
    """A row that has no sound, and why."""

    key: int | float | str
    reason: str


@dataclass
class FollowReport:
    """What became of a table's rows since they were last looked at.

    Attributes
    ----------
    database, table : str
    rows : int
        That there are now.
    added, changed, removed : int
    with_problem : int
        Rows that have no sound.
    problems : dict of str to int
        Why not, and how many rows; of what could be said of many, one row's words.
    left_out : list of str
        Rows that can't be told apart, and why.
    failed : list of FailedRow
        Those of the rows without a sound whose reason is new.
    """

    database: str
    table: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    with_problem: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    failed: list[FailedRow] = field(default_factory=list)


def follow_tables(
    database: Database, listener: ProgressListener | None = None
) -> list[FollowReport]:
    """Look at the rows of all attached tables, and make what sounds of them are no files.

    Parameters
    ----------
    database : Database
        Of the library, open for writing, outside of a transaction.
    listener : ProgressListener, optional

    Raises
    ------
    AttachError
        A table can't be read; those before it are brought up to date.
    LibraryError
        A database isn't there.
    """
    attachments = list_attachments(database)
    told = listener or NullProgress()
    return [_Follow(database, attachment, told).run() for attachment in attachments]


def preview(attachment: Attachment) -> FollowReport:
    """Return what attaching a table would find, without making or storing anything."""
    report = FollowReport(str(attachment.table.database), attachment.table.table)
    with open_table(attachment.table) as user:
        placed = place_rows(attachment, user)
    report.rows, report.left_out = len(placed.rows), placed.left_out
    count_problems(report, placed.rows.values())
    return report


def count_problems(report: FollowReport, rows: Iterable[PlacedRow]) -> None:
    """Count the rows without a sound, by what is wrong with them."""
    for row in rows:
        if row.problem is not None:
            report.with_problem += 1
            report.problems[row.problem] = report.problems.get(row.problem, 0) + 1


class _Follow:
    """One look at one table."""

    def __init__(
        self, database: Database, attachment: Attachment, listener: ProgressListener
    ) -> None:
        self._database = database
        self._attachment = attachment
        self._listener = listener
        self._folder = pieces_folder(Path(database.filename))
        table = attachment.table
        self._report = FollowReport(str(table.database), table.table)

    def run(self) -> FollowReport:
        table = self._attachment.table
        check_root(self._attachment.root)
        seen = stamp_of(table.database)  # before: what is written meanwhile is looked at again
        with open_table(table) as user:
            placed = place_rows(self._attachment, user)
            maker = PieceMaker(self._folder, self._listener)
            rows = [*maker.make(placed, user, table)]
        self._report.rows, self._report.left_out = len(rows), placed.left_out
        count_problems(self._report, rows)
        has_pieces = bool(pieces_of(rows))
        with write_transaction(self._database):
            pieces_id = self._pieces_source() if has_pieces else None
            self._database.execute(statement("attach/new_rows_create"))
            self._database.executemany(statement("attach/new_row"), self._columns(rows, pieces_id))
            self._apply()
            number = self._attachment.attachment_id
            self._database.execute(statement("attach/seen_put"), (number, seen))
            used = self._used()
        remove_unused(self._folder / str(self._attachment.attachment_id), used)
        return self._report

    def _columns(
        self, rows: Iterable[PlacedRow], pieces_id: int | None
    ) -> Iterator[tuple[Any, ...]]:
        own = self._attachment.source_id
        for row in rows:
            source = own if row.piece is None else pieces_id
            path, raw = (None, None) if row.path is None else path_columns(row.path)
            start, end = (None, None) if row.span is None else (row.span.start_s, row.span.end_s)
            end = None if end is not None and math.isinf(end) else end
            yield row.key, source if path else None, path, raw, start, end, row.problem

    def _apply(self) -> None:
        number = (self._attachment.attachment_id,)
        run = self._database.execute
        problems = run(statement("attach/new_problems"), number)
        self._report.failed = [FailedRow(*row) for row in problems]
        self._report.changed = int(run(statement("attach/rows_changed_count"), number).get)
        run(statement("attach/rows_remove"), number)
        self._report.removed = self._database.changes()
        before = int(run(statement("attach/rows_count"), number).get)
        run(statement("attach/rows_put"), number)
        self._report.added = int(run(statement("attach/rows_count"), number).get) - before
        run("DROP TABLE temp.attached_new")

    def _pieces_source(self) -> int:
        """Return the source of the pieces' folder, which moves with the library."""
        folder = str(self._folder)
        known = {source.root: source.source_id for source in list_sources(self._database)}
        query = "SELECT max(pieces_id) FROM attachments"
        number = self._database.execute(query).get
        if number is not None and known.get(folder) != number:
            self._database.execute(
                "UPDATE sources SET root = ? WHERE source_id = ?", (folder, number)
            )
        if number is None:
            number = known.get(folder) or add_source(self._database, folder, "files").source_id
        self._database.execute(
            "UPDATE attachments SET pieces_id = ? WHERE attachment_id = ?",
            (number, self._attachment.attachment_id),
        )
        return int(number)

    def _used(self) -> set[str]:
        rows = self._database.execute(
            statement("attach/pieces_used"), (self._attachment.attachment_id,)
        )
        prefix = f"{self._attachment.attachment_id}/"
        return {str(path).removeprefix(prefix) for (path,) in rows}


def check_root(root: Path) -> None:
    """Refuse to look where nothing is: an unplugged disk must not look like deleted files.

    Raises
    ------
    AttachError
    """
    if not root.is_dir():
        raise AttachError(
            f"{root} is not there; is its disk plugged in? If it was moved, `sqlclap relocate` "
            "tells the library where to"
        )


def forget_unnamed(database: Database) -> int:
    """Remove the sounds that rows named and none does any more; return how many those were.

    What people said of them waits, as of any sound that was removed. In a write transaction.
    """
    if not list_attachments(database):
        return 0
    database.execute(statement("attach/unnamed_failures_remove"))
    database.execute(statement("attach/unnamed_remove"))
    return database.changes()


def check_not_attached(database: Database, source_id: int) -> None:
    """Refuse to take away a source that an attached table needs.

    Raises
    ------
    AttachError
    """
    query = "SELECT table_name FROM attachments WHERE ? IN (source_id, pieces_id)"
    table = database.execute(query, (source_id,)).fetchone()
    if table is not None:
        raise AttachError(
            f"the rows of {table[0]} name its files: "
            f"`sqlclap detach {typed(database.filename)} --table {typed(table[0])}` takes them away"
        )


def check_not_followed(database: Database, source_id: int, path: str) -> None:
    """Refuse a file that is named by itself below a folder whose files rows name.

    Raises
    ------
    AttachError
        No row names it: it would go again with the next ingest.
    """
    bindings = {"source_id": source_id, "path": path}
    table = database.execute(statement("attach/followed_by"), bindings).fetchone()
    if table is not None:
        raise AttachError(
            f"{path} lies where the rows of {table[0]} say which files are taken in: add a row "
            "there, or take it into a library of its own"
        )


def check_folder_free(database: Database, source_id: int, below: str) -> None:
    """Refuse a folder whose files rows name: as a source of its own it would hold them twice.

    Raises
    ------
    AttachError
    """
    bindings = {"source_id": source_id, "path": below}
    table = database.execute(statement("attach/followed_below"), bindings).fetchone()
    if table is not None:
        raise AttachError(
            f"the rows of {table[0]} say which files of this folder are taken in, and "
            f"`sqlclap ingest {typed(database.filename)}` without a folder does so: add rows "
            "there, or take the folder into a library of its own"
        )
