"""Writes tags into sounds' files, as metadata that other programs read."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement, write_transaction
from sqlclap.durable import draft_of
from sqlclap.errors import TransferError
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.tags import Tag


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
    """Record a file's new content hash; what was said of the former content holds for it, too."""
    status = file.stat()
    new = {
        "sample_id": sample_id,
        "content_hash": content_hash(file),
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
    }
    with write_transaction(connection):
        for name in _FILE_STEPS:
            connection.execute(statement(name), new)
