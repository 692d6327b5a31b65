"""Reads the metadata of a library's files, and stores it with its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlclap.audio.chunks import MetadataChunk, metadata_chunks
from sqlclap.audio.encoded import Encoded, PassingAudio
from sqlclap.db.samples import sample_by_id
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement, write_transaction
from sqlclap.metadata.apple import aiff_entries, caf_entries
from sqlclap.metadata.entries import ORIGINS, Entry, believed
from sqlclap.metadata.names import name_entries
from sqlclap.metadata.riff import wav_entries
from sqlclap.metadata.tags import tag_entries
from sqlclap.metadata.words import split_words
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.records import Row

if TYPE_CHECKING:
    from sqlclap.db.database import Database

AT_ONCE = 500
"""Files looked at between two transactions: other writers get their turn."""

STAGE = "reading metadata"
MOST_CHUNK_BYTES = 1 << 18
LONGEST_TEXT = 20_000
"""Characters of all of a sound's texts that can be searched."""


@dataclass(frozen=True)
class FileMetadata:
    """What a file and its name say.

    Attributes
    ----------
    entries : list of Entry
    note : str or None
        What could not be read, and why.
    """

    entries: list[Entry]
    note: str | None


class MetadataEntry(Row):
    """One thing that is said of a sound, and what said so."""

    field: str
    value: str | float
    origin: str
    said_by: str
    is_best: bool


def file_metadata(source: Path | PassingAudio, name: str | None = None) -> FileMetadata:
    """Read what a file and its name say; the file is only read.

    Parameters
    ----------
    source : Path or PassingAudio
    name : str, optional
        Of the file, where it isn't the source's own.

    Raises
    ------
    OSError
        The file can't be read.
    """
    with Encoded(source) as encoded:
        form, chunks = metadata_chunks(encoded, MOST_CHUNK_BYTES)
    found: list[Entry] = []
    notes: list[str] = []
    for what, read in _readers(source, form, chunks):
        try:
            found += read()
        except OSError:
            raise
        except Exception as error:  # a damaged tag must not end an ingest
            notes.append(f"{what}: {type(error).__name__}: {error}"[:300])
    found += name_entries(PurePosixPath(name or source.name).stem)
    return FileMetadata(believed(found), "; ".join(notes) or None)


def _readers(
    source: Path | PassingAudio, form: str, chunks: list[MetadataChunk]
) -> Iterator[tuple[str, Callable[[], Iterable[Entry]]]]:
    if not form:
        yield "tags", lambda: tag_entries(source)
        return
    if form == "aiff":
        yield "chunks", lambda: aiff_entries(chunks)
    elif form == "caf":
        yield "chunks", lambda: caf_entries(chunks)
    else:
        yield "chunks", lambda: wav_entries(form, chunks)
    for chunk in chunks:
        if chunk.name.upper() == b"ID3 " and chunk.body[:3] == b"ID3":
            body = chunk.body
            yield "ID3 chunk", lambda body=body: tag_entries(body)  # type: ignore[misc]


def read_metadata(database: Database, listener: ProgressListener | None = None) -> int:
    """Read the metadata of all files that lack it; return how many were read.

    What a batch read stays, whatever happens then; files that can't be read now are left to the
    next time. Where there are any, the listener is told of the stage "reading metadata".
    """
    listener = listener or NullProgress()
    waiting = count_unread(database)
    if waiting:
        listener.started(STAGE, waiting)
    count = 0
    for page in _pages(database):
        read = [one for one in map(_read, page) if one is not None]
        with write_transaction(database):
            for one in read:
                _keep(database, *one)
        listener.advanced(len(page))
        count += len(read)
    return count


def keep_metadata(database: Database, sample_id: int, path: str, read: FileMetadata) -> None:
    """Store what a file says that isn't here any more; in a write transaction."""
    _keep(database, *_as_rows(sample_id, path, read))


def _keep(
    database: Database, sample_id: int, description: dict[str, Any], rows: list[tuple[Any, ...]]
) -> None:
    database.execute(statement("metadata/forget"), (sample_id,))
    database.execute(statement("metadata/description_insert"), description)
    if database.changes():  # not where another program removed the sample meanwhile
        database.executemany(statement("metadata/entry_insert"), rows)


def count_unread(database: Database) -> int:
    """Return of how many sounds the metadata isn't read yet."""
    return int(database.execute(statement("metadata/unread_count")).get)


def metadata_of(database: Database, sample_id: int) -> list[MetadataEntry]:
    """Return all that is said of a sound, the most trusted of each field first.

    Raises
    ------
    UnknownSoundError
        There is no such sample.
    """
    sample_by_id(database, sample_id)
    rows = database.execute(statement("metadata/entries"), (sample_id,)).fetchall()
    return [MetadataEntry.of((*row[:-1], bool(row[-1]))) for row in rows]


def _pages(database: Database) -> Iterator[list[tuple[Any, ...]]]:
    after = 0
    while True:
        bindings = {"after": after, "most": AT_ONCE}
        page = database.execute(statement("metadata/unread"), bindings).fetchall()
        if not page:
            return
        yield page
        after = int(page[-1][0])


def _read(row: tuple[Any, ...]) -> tuple[int, dict[str, Any], list[tuple[Any, ...]]] | None:
    sample_id, root, path, path_bytes = row
    try:
        read = file_metadata(file_path(root, path, path_bytes))
    except OSError:
        return None
    return _as_rows(sample_id, path, read)


def _as_rows(
    sample_id: int, path: str, read: FileMetadata
) -> tuple[int, dict[str, Any], list[tuple[Any, ...]]]:
    trusted = sorted(read.entries, key=lambda one: ORIGINS.index(one.origin))
    best: dict[str, Any] = {}
    for entry in trusted:
        best.setdefault(entry.field, entry.value)
    said = [str(one.value) for one in trusted if isinstance(one.value, str)]
    description = _words(PurePosixPath(path), said) | {
        "sample_id": sample_id,
        "category": best.get("category"),
        "subcategory": best.get("subcategory"),
        "tempo": best.get("tempo"),
        "musical_key": best.get("key"),
        "note": read.note,
    }
    rows = [
        (sample_id, one.field, one.value, one.origin, one.said_by, ORIGINS.index(one.origin))
        for one in trusted
    ]
    return int(sample_id), description, rows


def _words(path: PurePosixPath, said: list[str]) -> dict[str, str]:
    texts = "\n".join(map(split_words, dict.fromkeys(said)))
    return {
        "name": split_words(path.stem),
        "folder": split_words(str(path.parent)),
        "said": texts[:LONGEST_TEXT],
    }
