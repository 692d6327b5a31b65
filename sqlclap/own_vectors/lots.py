"""Rows of a file of vectors, looked at lot by lot: which can be stored, and why others can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from sqlclap.db.vectors import UNIT_ALREADY, usable_rows
from sqlclap.quantities import printable

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array
    from sqlclap.own_vectors.declared import Lengths
    from sqlclap.own_vectors.rows import VectorRows
    from sqlclap.own_vectors.store import Key, Match

LONGEST_ID = 4_096


@dataclass
class FailedRow:
    """A row that was not taken in: its number in the file from 1, its id, and why."""

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True)
class Lot:
    """Rows, the places and ids of those that can be stored, and why others can't.

    Attributes
    ----------
    rows : VectorRows
    places : sequence of int
    keys : sequence of Key
    failed : mapping of int to str
    renamed : sequence of FailedRow
        Rows of lots before that failed, whose ids are those of rows that can be stored: a failure
        of that name is forgotten when its row comes in, so they are kept anew under another.
    """

    rows: VectorRows
    places: Sequence[int]
    keys: Sequence[Key]
    failed: Mapping[int, str]
    renamed: Sequence[FailedRow] = ()

    @property
    def vectors(self) -> Float32Array:
        """Those of the rows that can be stored."""
        vectors = self.rows.vectors
        whole = len(self.places) == len(vectors)
        return vectors if whole else vectors[np.asarray(self.places, dtype=np.int64)]

    def told(self, without_sound: Mapping[int, str]) -> list[FailedRow]:
        """Return the rows that are not taken in; also those whose sound isn't there."""
        failed = {**self.failed, **{self.places[one]: why for one, why in without_sound.items()}}
        return [
            FailedRow(self.rows.first + place, shown_id(self.rows.ids[place]), failed[place])
            for place in sorted(failed)
        ]


def as_id(given: object) -> int | None:
    """Read a sample id of a library; None for what is none."""
    try:
        number = int(given) if isinstance(given, str | int) else 0
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None


class LotReader:
    """Tells rows that can be stored from others, over all lots of a file.

    Parameters
    ----------
    match : {"name", "path", "sample"}
        What ids are.
    read_id : callable
        Reads a sample id; None for what is none.
    """

    def __init__(self, match: Match, read_id: Callable[[object], int | None] = as_id) -> None:
        self._match, self._read_id = match, read_id
        self._rows_by_key: dict[Key, int] = {}
        self._failures: dict[str, FailedRow] = {}

    def lot(self, rows: VectorRows) -> Lot:
        """Look at some rows."""
        failed = dict(rows.wrong)
        for place in np.flatnonzero(~usable_rows(rows.vectors)).tolist():
            failed.setdefault(place, _why_unusable(rows.vectors[place]))
        keys = self._all_keys(rows) if not failed else None
        places: Sequence[int] = range(len(rows.ids))
        if keys is None:
            found = {place: self._key(rows, place, failed) for place in places}
            kept = {place: key for place, key in found.items() if key is not None}
            places, keys = [*kept], [*kept.values()]
        names = map(shown_id, keys) if self._failures else ()
        renamed = [self._failures.pop(one) for one in names if one in self._failures]
        return Lot(rows, places, keys, failed, renamed)

    def kept_as(self, failed: FailedRow) -> str:
        """Return under which name a failure is kept, each under one of its own.

        An id that another row has, or another failure, is that one's.
        """
        name = failed.id or f"row {failed.row}"
        first = self._rows_by_key.get(self._named(failed.id)) if failed.id else None
        if first not in (None, failed.row):
            name = f"{name} (row {failed.row})"
        while self._failures.get(name, failed).row != failed.row:
            name = f"{name} (row {failed.row})"
        self._failures[name] = failed
        return name

    def _all_keys(self, rows: VectorRows) -> list[Key] | None:
        """Return a lot's ids where all are texts, and none is wrong; None: look at each."""
        ids = rows.ids
        if self._match == "sample" or not all(type(one) is str and one for one in ids):
            return None
        texts = cast("list[str]", ids)
        joined = "".join(texts)
        if not joined.isascii() or "\0" in joined or max(map(len, texts)) > LONGEST_ID:
            return None
        numbered = dict(zip(texts, range(rows.first, rows.first + len(texts)), strict=True))
        if len(numbered) < len(texts) or not self._rows_by_key.keys().isdisjoint(numbered):
            return None
        self._rows_by_key.update(numbered)
        return [*texts]

    def _key(self, rows: VectorRows, place: int, failed: dict[int, str]) -> Key | None:
        """Return a row's id, or note why it can't be used."""
        given = rows.ids[place]
        reason = self._why_no_id(given)
        key = None if reason else self._named(given)
        if key is not None:
            first = self._rows_by_key.get(key)
            reason = None if first is None else f"the id is that of row {first:,}, too"
        if reason:
            failed[place] = reason
            return None
        if key is None or place in failed:
            return None
        self._rows_by_key[key] = rows.first + place
        return key

    def _why_no_id(self, given: object) -> str | None:
        if given is None or given == "":
            return "it has no id"
        if isinstance(given, bool) or not isinstance(given, str | int):
            return f"expected an id of text or an integer, got {type(given).__name__}"
        if self._match == "sample":
            is_id = self._read_id(given) is not None
            return None if is_id else f"expected a sample id, got {given!r}"
        text = str(given)
        if len(text) > LONGEST_ID or "\0" in text:
            return f"expected an id of at most {LONGEST_ID:,} characters without a NUL"
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return "its id is no text"
        return None

    def _named(self, given: object) -> Key:
        if self._match == "sample":
            return self._read_id(given) or 0
        return str(given)


def scaled(vectors: Float32Array, lengths: Lengths) -> Float32Array:
    """Return vectors of length 1 where the model wants that."""
    if lengths == "kept" or not len(vectors):
        return vectors
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    off: BoolArray = np.abs(squares - 1) >= UNIT_ALREADY  # others keep every bit
    if off.any():
        vectors = vectors.copy()
        vectors[off] = (vectors[off] / np.sqrt(squares[off])[:, None]).astype(np.float32)
    return vectors


def _why_unusable(vector: Float32Array) -> str:
    if not np.isfinite(vector).all():
        return "it holds what is no finite number (NaN or infinity)"
    return "it has no direction: its numbers are zero, or too small or too large to compare"


def shown_id(given: object) -> str | None:
    """Return an id as failures name it; None for none."""
    return None if given is None or given == "" else printable(str(given))[:200]
