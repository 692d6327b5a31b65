"""Decides where the sound of each row lies: a file, or a piece that is still to be made."""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlclap.addresses import is_address
from sqlclap.attach.attachment import Attachment
from sqlclap.attach.user_rows import Key, UserRow, UserTable

LONGEST_NAME = 80
MISSING = "no such file"
NO_KEY = "its key is NULL or a BLOB: a number or text tells rows apart"


@dataclass(frozen=True)
class Span:
    """A stretch of a recording, as a row has it; an end of infinity is the recording's."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Piece:
    """A sound that is no file of its own, and becomes one beside the library.

    Attributes
    ----------
    key : int, float or str
    origin : str or bytes
        Path of the recording, its address, or the sound's bytes.
    span : Span or None
    stem : str
        Its path below the folder of pieces, without suffix: another one for other content.
    """

    key: Key
    origin: str
    span: Span | None
    stem: str


@dataclass(frozen=True)
class PlacedRow:
    """A row and where its sound lies.

    Attributes
    ----------
    key : int, float or str
    path : str or None
        Below the attachment's root, as Python has it; None where there is no file, or a piece.
    piece : Piece or None
    problem : str or None
        Why it has no sound.
    span : Span or None
    """

    key: Key
    path: str | None = None
    piece: Piece | None = None
    problem: str | None = None
    span: Span | None = None


@dataclass
class Placed:
    """All rows of a table with their places.

    Attributes
    ----------
    rows : dict of key to PlacedRow
    left_out : list of str
        Rows that can't be told apart, and why.
    """

    rows: dict[Key, PlacedRow] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def place_rows(attachment: Attachment, user: UserTable) -> Placed:
    """Return where the sounds of a table's rows lie; files are looked at, not opened."""
    placed, keyless = Placed(), 0
    place = _Places(attachment, user)
    for row in user.rows():
        if row.key is None:
            keyless += 1
        elif row.key in placed.rows:
            placed.left_out.append(f"{row.key}: several rows have this key; the first counts")
        else:
            placed.rows[row.key] = place.of(row.key, row)
    if keyless:
        placed.left_out.append(f"{keyless:,} rows: {NO_KEY}")
    return placed


class _Places:
    """Places of the rows of one table."""

    def __init__(self, attachment: Attachment, user: UserTable) -> None:
        self._attachment = attachment
        self._user = user
        self._root = str(attachment.root)
        self._prefix = self._root.rstrip(os.sep) + os.sep
        self._looked_at: dict[str, tuple[str | None, str]] = {}

    def of(self, key: Key, row: UserRow) -> PlacedRow:
        """Return the place of a row."""
        try:
            span = row_span(row)
            if self._attachment.table.blob is not None:
                return self._of_blob(key, span)
            return self._of_text(key, row.place, span)
        except ValueError as error:
            return PlacedRow(key, problem=str(error))

    def _of_blob(self, key: Key, span: Span | None) -> PlacedRow:
        blob = self._user.blob(key)
        if not isinstance(blob, bytes) or not blob:
            column = self._attachment.table.blob
            raise ValueError(f"{column} is {'NULL' if blob is None else 'no BLOB'}")
        return self._piece(key, "", hashlib.sha256(blob).hexdigest(), span)

    def _of_text(self, key: Key, place: bytes | str | None, span: Span | None) -> PlacedRow:
        column = self._attachment.table.path
        if not isinstance(place, bytes):
            raise ValueError(f"{column} is {'NULL' if place is None else place}")
        text = os.fsdecode(place)
        if not text.strip():
            raise ValueError(f"{column} is empty")
        if is_address(text):
            if not self._attachment.table.urls:
                raise ValueError("an address: attach the table with --urls to fetch such")
            return self._piece(key, text, text, span)
        path, stamp = self._file(text)
        if path is None:
            raise ValueError(stamp)
        if stamp == MISSING and span is None:  # known sounds stay, as missing
            return PlacedRow(key, path=path, problem=stamp)
        if stamp == MISSING:
            raise ValueError(stamp)
        if span is not None:
            return self._piece(key, self._prefix + path, f"{path}\0{stamp}", span)
        return PlacedRow(key, path=path)

    def _piece(self, key: Key, origin: str, content: str, span: Span | None) -> PlacedRow:
        what = f"{content}\0{span}".encode("utf-8", "surrogateescape")
        digest = hashlib.sha256(what).hexdigest()[:16]
        folder = f"{self._attachment.attachment_id}/{digest[:2]}"
        stem = f"{folder}/{key_name(key)}-{digest}"
        return PlacedRow(key, piece=Piece(key, origin, span, stem), span=span)

    def _file(self, text: str) -> tuple[str | None, str]:
        """Return a file's path below the root and its stamp, or None and what is wrong."""
        if text not in self._looked_at:
            self._looked_at[text] = self._look_at(text)
        return self._looked_at[text]

    def _look_at(self, text: str) -> tuple[str | None, str]:
        # As text: many times faster than Path, and there may be a million rows.
        full = os.path.normpath(os.path.join(self._root, text))  # noqa: PTH118
        if not full.startswith(self._prefix):
            return None, f"lies outside of {self._root}: attach the table with another --root"
        try:
            details = os.stat(full)  # noqa: PTH116 one of many
        except ValueError:
            return None, "no file is called that: it has a NUL"
        except (FileNotFoundError, NotADirectoryError):
            return full.removeprefix(self._prefix), MISSING
        except OSError as error:
            return None, f"can't be looked at: {error.strerror}"
        if not stat.S_ISREG(details.st_mode):
            return None, "is a folder or a device, no file"
        return full.removeprefix(self._prefix), f"{details.st_mtime_ns}:{details.st_size}"


def row_span(row: UserRow) -> Span | None:
    """Return the span that a row is, or None for all of its recording.

    Raises
    ------
    ValueError
        Its start and end are no span.
    """
    if row.start is None and row.end is None:
        return None
    try:
        span = Span(float(row.start or 0.0), math.inf if row.end is None else float(row.end))
    except ValueError as error:
        raise ValueError("its start and end are no numbers") from error
    if not 0 <= span.start_s < span.end_s or math.isinf(span.start_s):
        raise ValueError(f"its start and end are no span: {span.start_s:g} to {span.end_s:g} s")
    return span


def key_name(key: Key) -> str:
    """Return a key as a part of a file's name, that one knows it by; it need not be the only one.

    >>> key_name(12), key_name("a b/c")
    ('12', 'a%20b%2Fc')
    """
    return quote(str(key).encode("utf-8", "surrogateescape"), safe="")[:LONGEST_NAME]


def pieces_of(rows: Iterable[PlacedRow]) -> list[Piece]:
    """Return the pieces among rows."""
    return [row.piece for row in rows if row.piece is not None]


def as_path(folder: Path, piece: Piece, suffix: str) -> Path:
    """Return where a piece lies, or is to lie."""
    return folder / f"{piece.stem}{suffix}"
