"""Makes files of what is not one yet: BLOBs, downloads, spans of recordings.

A piece's name holds a digest of what it is made of, so that one that is there is right: work that
was stopped goes on where it was, and a row that changes gets another piece.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.attach.placing import Piece, Placed, PlacedRow, as_path, pieces_of
from sqlclap.audio.clips import LONGEST_S, Clip, write_clips
from sqlclap.errors import AudioError, StorageError
from sqlclap.storage.fetching import download
from sqlclap.storage.systems import file_system
from sqlclap.thread_pool import ThreadPool

if TYPE_CHECKING:
    from sqlclap.attach.attachment import AttachedTable
    from sqlclap.attach.user_rows import UserTable
    from sqlclap.progress import ProgressListener

AT_ONCE = 8  # downloads
DRAFT = ".part"

_STARTS = (
    (b"RIFF", ".wav"), (b"RF64", ".wav"), (b"fLaC", ".flac"), (b"OggS", ".ogg"), (b"FORM", ".aiff"),
    (b"ID3", ".mp3"), (b"\xff\xfb", ".mp3"), (b"\xff\xf3", ".mp3"), (b"caff", ".caf"),
    (b".snd", ".au"),
)  # fmt: skip


class PieceMaker:
    """Makes the pieces of one table's rows.

    Parameters
    ----------
    folder : Path
        Of all pieces of the library.
    listener : ProgressListener
        Is told of the stages ``reading BLOBs``, ``fetching`` and ``cutting spans``.
    """

    def __init__(self, folder: Path, listener: ProgressListener) -> None:
        self._folder = folder
        self._listener = listener
        self._there: dict[str, str] = {}
        self._problems: dict[Any, str] = {}

    def make(self, placed: Placed, user: UserTable, table: AttachedTable) -> Iterator[PlacedRow]:
        """Make what is lacking, and yield all rows with the paths of their pieces."""
        self._there = {}
        for file in self._folder.glob("*/*/*"):
            name = file.relative_to(self._folder).as_posix()
            if not name.endswith(DRAFT):
                self._there[name.rpartition(".")[0]] = name
        pieces = pieces_of(placed.rows.values())
        left = [piece for piece in pieces if piece.stem not in self._there]
        if table.blob is not None:
            self._make_each("reading BLOBs", left, lambda piece: self._from_blob(piece, user))
        else:
            fetched = [piece for piece in left if "://" in piece.origin]
            self._fetch(fetched)
            self._cut([piece for piece in left if "://" not in piece.origin])
        for row in placed.rows.values():
            yield self._with_piece(row)

    def _with_piece(self, row: PlacedRow) -> PlacedRow:
        if row.piece is None:
            return row
        if row.key in self._problems:
            return replace(row, piece=None, problem=self._problems[row.key])
        return replace(row, path=self._there.get(row.piece.stem))

    def _make_each(self, stage: str, left: list[Piece], make: Any) -> None:
        if left:
            self._listener.started(stage, len(left))
        for piece in left:
            try:
                make(piece)
            except (OSError, AudioError) as error:
                self._fail([piece], error)
            self._listener.advanced(1)

    def _fail(self, pieces: list[Piece], error: Exception) -> None:
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        for piece in pieces:
            self._problems[piece.key] = " ".join(str(told).split()) or type(error).__name__

    def _from_blob(self, piece: Piece, user: UserTable) -> None:
        blob = user.blob(piece.key)
        if not isinstance(blob, bytes):  # changed a moment ago: the next ingest sees it
            raise AudioError("its row has changed meanwhile")
        draft = self._draft(piece)
        draft.write_bytes(blob)
        self._finish(piece, draft, suffix_of(blob[:16]))

    def _fetch(self, left: list[Piece]) -> None:
        if not left:
            return
        with suppress(StorageError):
            file_system(left[0].origin)  # what is not installed is told once
        self._listener.started("fetching", len(left))
        with ThreadPool(AT_ONCE) as pool:
            for piece, error in zip(left, pool.map(self._fetched, left), strict=True):
                if error is not None:
                    self._fail([piece], error)
                self._listener.advanced(1)

    def _fetched(self, piece: Piece) -> Exception | None:
        draft = self._draft(piece)
        try:
            download(piece.origin, draft)
            with draft.open("rb") as file:
                suffix = suffix_of(file.read(16))
            self._finish(piece, draft, suffix)
        except Exception as error:  # of whichever file system fsspec has for it
            draft.unlink(missing_ok=True)
            return error
        return None

    def _cut(self, left: list[Piece]) -> None:
        by_file: defaultdict[str, list[Piece]] = defaultdict(list)
        for piece in left:
            by_file[piece.origin].append(piece)
        if left:
            self._listener.started("cutting spans", len(left))
        for name, pieces in by_file.items():
            self._cut_from(Path(name), pieces)
            self._listener.advanced(len(pieces))

    def _cut_from(self, recording: Path, pieces: list[Piece]) -> None:
        clips = {self._clip(piece): piece for piece in pieces}
        try:
            written = write_clips(recording, list(clips))
        except (AudioError, OSError) as error:
            self._fail(pieces, error)
            written = []
        else:
            late = [clips[clip] for clip in clips.keys() - {*written}]
            self._fail(late, AudioError("begins behind the end of its recording"))
        for clip, piece in clips.items():
            if clip in written:
                self._put(piece, clip.file, ".wav")
            else:
                clip.file.unlink(missing_ok=True)

    def _clip(self, piece: Piece) -> Clip:
        start, end = _ends(piece)
        draft = self._draft(piece)
        draft.unlink(missing_ok=True)  # of a run that was killed
        return Clip(start, min(end, LONGEST_S), draft)

    def _draft(self, piece: Piece) -> Path:
        draft = as_path(self._folder, piece, DRAFT)
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft

    def _finish(self, piece: Piece, draft: Path, suffix: str) -> None:
        """Keep what was fetched, or was in a BLOB; or the span of it that the row is."""
        if piece.span is None:
            self._put(piece, draft, suffix)
            return
        whole = draft.with_name(draft.name + DRAFT)
        draft.replace(whole)
        try:
            self._cut_from(whole, [piece])
        finally:
            whole.unlink(missing_ok=True)

    def _put(self, piece: Piece, draft: Path, suffix: str) -> None:
        draft.replace(as_path(self._folder, piece, suffix))
        self._there[piece.stem] = f"{piece.stem}{suffix}"


def _ends(piece: Piece) -> tuple[float, float]:
    return (0.0, math.inf) if piece.span is None else (piece.span.start_s, piece.span.end_s)


def suffix_of(start: bytes) -> str:
    """Return the suffix of a sound's file by its first bytes.

    >>> suffix_of(b"fLaC..."), suffix_of(b"....ftypM4A "), suffix_of(b"?")
    ('.flac', '.m4a', '.bin')
    """
    if start[4:8] == b"ftyp":
        return ".m4a"
    return next((suffix for sign, suffix in _STARTS if start.startswith(sign)), ".bin")


def remove_unused(folder: Path, used: set[str]) -> int:
    """Remove the pieces below a table's folder that no row has, and return how many those were."""
    files = [*folder.glob("*/*")]
    gone = [file for file in files if file.relative_to(folder).as_posix() not in used]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)
