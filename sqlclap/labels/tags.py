"""Tags of samples: reading them, and writing them into files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlclap.attach.row_keys import NO_ROW, row_names
from sqlclap.db.samples import Audible, RowKey
from sqlclap.db.set_membership import set_file_of
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement, write_transaction
from sqlclap.durable import draft_of
from sqlclap.errors import TransferError, UnknownRunError
from sqlclap.labels.scoring import Confidence
from sqlclap.labels.store import find_label
from sqlclap.records import Row
from sqlclap.sqlite_files import no_database

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


FIELD = "SQLCLAP_LABEL"


@dataclass
class FilesReport:
    """The result of writing tags to files.

    Attributes
    ----------
    written : int
    failed : list of (Path, str)
        Files that were not changed, with the reason.
    """

    written: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)


def write_tags(connection: Database, tags: Iterable[Tag]) -> FilesReport:
    """Write samples' labels into their files.

    WAV, AIFF and MP3 get an ID3 ``TXXX`` frame, FLAC, Ogg and Opus a comment, M4A a free-form
    atom; all are called ``SQLCLAP_LABEL``. What else the file holds stays.

    Raises
    ------
    TransferError
        The ``tags`` extra is not installed.
    """
    try:
        import mutagen
    except ImportError as error:
        raise TransferError(
            "writing tags into files needs an extra: pip install 'sqlclap[tags]'"
        ) from error
    report = FilesReport()
    whole = [tag for tag in tags if tag.start_s is None]  # a file's metadata speaks of all of it
    by_sample = sorted(whole, key=lambda tag: tag.sample_id)
    for sample_id, group in groupby(by_sample, key=lambda tag: tag.sample_id):
        file_tags = list(group)
        names = sorted({tag.label for tag in file_tags})
        try:
            _rewrite(file_tags[0].file, names)
            tell_library(connection, sample_id, file_tags[0].file)
        except (OSError, mutagen.MutagenError, TransferError) as error:
            report.failed.append((file_tags[0].file, str(error)))
        else:
            report.written += 1
    return report


def _rewrite(file: Path, names: Sequence[str]) -> None:
    with draft_of(file) as draft:
        shutil.copy2(file, draft)
        _put(draft, names)


def _put(file: Path, names: Sequence[str]) -> None:
    import mutagen
    from mutagen import id3, mp4

    frames: Any = id3  # mutagen has no types
    audio: Any = mutagen.File(file)
    if audio is None:
        raise TransferError("this kind of file has no metadata that could be written")
    if audio.tags is None:
        audio.add_tags()
    if isinstance(audio.tags, id3.ID3):
        held: Any = audio.tags
        held.delall(f"TXXX:{FIELD}")
        held.add(frames.TXXX(encoding=3, desc=FIELD, text=list(names)))
    elif isinstance(audio.tags, mp4.MP4Tags):
        audio.tags[f"----:com.sqlclap:{FIELD}"] = [name.encode("utf-8") for name in names]
    else:
        audio.tags[FIELD] = list(names)
    audio.save()


_FILE_STEPS = (
    "labels/file_anchors", "labels/file_votes", "labels/file_span_vectors", "labels/file_sample",
)  # fmt: skip


def tell_library(connection: Database, sample_id: int, file: Path) -> None:
    """Keep that a sample's file has another content now, which was said of the former one, too."""
    status = file.stat()
    with no_database(file).open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    new = {
        "sample_id": sample_id,
        "content_hash": digest,
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
    }
    with write_transaction(connection):
        for name in _FILE_STEPS:
            connection.execute(statement(name), new)
