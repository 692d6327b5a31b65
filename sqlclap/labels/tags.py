"""Tags of samples, and the runs that wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlclap.arrays import plain_number
from sqlclap.attach.row_keys import NO_ROW, row_names
from sqlclap.db.samples import Audible, RowKey
from sqlclap.db.set_membership import set_file_of
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement
from sqlclap.errors import UnknownRunError
from sqlclap.labels.scoring import Confidence
from sqlclap.labels.store import find_label
from sqlclap.records import Row

if TYPE_CHECKING:
    from sqlclap.db.database import Database

TagConfidence = Confidence | Literal["hand"]


@dataclass(frozen=True)
class Tag(Audible):
    """A label on a sample.

    Attributes
    ----------
    sample_id : int
    file : Path
    path : str
    label : str
    run_id : int
    score, gap : float or None
        Values when the tag was written; a tag by hand may have none.
    confidence : {"high", "medium", "low", "hand"}
        "hand": a person said so.
    created_at : str
        UTC, ISO 8601.
    heard_share : float or None
        As in `Match`.
    start_s, end_s : float or None
        The span of the sound (in seconds from its start); None: all of it.
    row_key, more_rows
        As in `Match`.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "label", "run_id", "score", "gap", "confidence", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "tag"
    sample_id: int
    file: Path
    path: str
    label: str
    run_id: int
    score: float | None
    gap: float | None
    confidence: TagConfidence
    created_at: str
    heard_share: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    row_key: RowKey = None
    more_rows: int = 0


def insert_run(
    connection: Database, label_id: int, model_id: int, params: Mapping[str, Any], tagged: int
) -> int:
    """Record that a run of a label was made, and how; return its id. In a write transaction."""
    row = (label_id, model_id, json.dumps(params), tagged)
    return int(connection.execute(statement("labels/run_insert"), row).get)


def undo_run(connection: Database, run_id: int) -> int:
    """Remove a run's tags; other runs' tags of the same samples stay. In a write transaction.

    Returns
    -------
    int
        How many tags were removed.

    Raises
    ------
    UnknownRunError
        There is no such run, or it has been undone.
    """
    run_id = plain_number(run_id)
    _refuse_part_of_set(connection, run_id)
    undo = statement("labels/run_undo")
    if connection.execute(undo, (run_id,)).fetchone() is None:
        raise UnknownRunError(
            f"no run {run_id} to undo in {connection.filename}: see `sqlclap tags --runs`"
        )
    connection.execute("DELETE FROM tags WHERE run_id = ?", (run_id,))
    return int(connection.changes())


def _refuse_part_of_set(connection: Database, run_id: int) -> None:
    query = "SELECT 1 FROM tag_runs WHERE run_id = ? AND json_extract(params, '$.set_run') > 0"
    if connection.execute(query, (run_id,)).fetchone() and (file := set_file_of(connection)):
        raise UnknownRunError(
            f"run {run_id} of {connection.filename} is a part of a run of the set {file}: "
            "take it back there"
        )


def list_tags(connection: Database, label: str | None = None) -> list[Tag]:
    """Return the tags in force, by path: a sample's last one for each label.

    Parameters
    ----------
    connection : Database
    label : str, optional
        Only this label's.

    Raises
    ------
    UnknownLabelError
    """
    label_id = find_label(connection, label).label_id if label is not None else None
    rows = connection.execute(statement("labels/tags"), (label_id,)).fetchall()
    named = row_names(connection, (row[0] for row in rows))
    return [
        Tag(
            sample_id,
            file_path(root, path, path_bytes),
            path,
            *(*rest, *named.get(sample_id, NO_ROW)),
        )
        for sample_id, root, path, path_bytes, *rest in rows
    ]


class PastRun(Row):
    """A run that wrote tags.

    Attributes
    ----------
    run_id : int
    label : str
    confidence : {"high", "medium", "low", "hand"}
        The least that its tags needed.
    tagged : int
    created_at : str
        UTC, ISO 8601.
    undone_at : str or None
    """

    NOUN: ClassVar[str] = "run"
    run_id: int
    label: str
    confidence: TagConfidence
    tagged: int
    created_at: str
    undone_at: str | None


def list_runs(connection: Database) -> list[PastRun]:
    """Return all runs, undone ones as well, oldest first."""
    return [PastRun.of(row) for row in connection.execute(statement("labels/runs"))]
