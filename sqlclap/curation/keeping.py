"""Favourites, ratings, notes and recent uses of sounds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsIndex, get_args

from sqlclap.counts import check_count
from sqlclap.db.samples import sample_of
from sqlclap.db.sources import file_path, refuse_without_audio
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import CurationError, QueryError
from sqlclap.notebook.results import Results
from sqlclap.quantities import brief
from sqlclap.search.targets import select_samples, select_spans
from sqlclap.session import LibraryPart
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.samples import Sample
    from sqlclap.db.spans import SampleSpan
    from sqlclap.search.targets import Target

Action = Literal["play", "open", "reveal", "export"]
ACTIONS: tuple[Action, ...] = get_args(Action)
STARS = range(1, 6)


@dataclass(frozen=True)
class KeptSample:
    """A sound, and what people keep of it.

    Attributes
    ----------
    sample_id : int
    path : str
        Below its source's folder.
    file : Path
    duration_s : float or None
        In seconds.
    favourite : bool
    rating : int or None
        Stars, from 1 to 5.
    note : str or None
    collections : sequence of str
        Names of those that it is in.
    last_action : {"play", "open", "reveal", "export"} or None
    last_used_at : str or None
        UTC, ISO 8601.
    status : {"ok", "silent", "missing", "failed"}
    """

    NOUN: ClassVar[str] = "sound"
    sample_id: int
    path: str
    file: Path
    duration_s: float | None
    favourite: bool
    rating: int | None
    note: str | None
    collections: Sequence[str]
    last_action: Action | None
    last_used_at: str | None
    status: str


class Curation(LibraryPart):
    """What is kept of single sounds: favourites, ratings, notes, recent uses.

    Sounds are named as everywhere: by ids, paths in the library, files that it holds, or patterns
    such as ``drums/*``. `UnknownSoundError` or `QueryError` is raised, and nothing changed, where
    one names no sound of the library.

    Parameters
    ----------
    session : Session
    """

    def of(self, sound: Target) -> KeptSample:
        """Return what is kept of one sound; a pattern that names several raises `QueryError`."""
        return the_only(self.of_sounds([sound]), sound)

    def of_sounds(self, sounds: Iterable[Target]) -> Results[KeptSample]:
        """Return what is kept of sounds, in the order in which they are named."""
        return kept_of(self._session.database, select_samples(self._session.database, sounds))

    def of_samples(self, sample_ids: Iterable[int]) -> Results[KeptSample]:
        """Return what is kept of samples, in their order; those that are gone are left out."""
        return kept_of(self._session.database, as_sample_ids(sample_ids))

    def favourites(self) -> Results[KeptSample]:
        """Return the favourites, those made last first."""
        return kept_samples(self._session.database, "curation/favourites")

    def add_favourites(self, sounds: Iterable[Target]) -> int:
        """Make sounds favourites; return how many were none before."""
        return self._change(statement("curation/favourite_add"), sounds)

    def remove_favourites(self, sounds: Iterable[Target]) -> int:
        """Take sounds out of the favourites; return how many were among them."""
        return self._change("DELETE FROM favourites WHERE sample_id = :sample_id", sounds)

    def rate(self, sounds: Iterable[Target], rating: int | None) -> int:
        """Give sounds a rating in stars (1 to 5), or none; return how many changed.

        Raises
        ------
        CurationError
            It is no number of stars.
        """
        if rating is None:
            return self._change("DELETE FROM sample_ratings WHERE sample_id = :sample_id", sounds)
        if rating not in STARS:
            raise CurationError(f"expected a rating from 1 to 5 stars, got {rating}")
        return self._change(statement("curation/rate"), sounds, {"rating": int(rating)})

    def rated(self) -> Results[KeptSample]:
        """Return the sounds that have a rating, the best first."""
        return kept_samples(self._session.database, "curation/rated")

    def note(self, sounds: Iterable[Target], text: str | None) -> int:
        """Write a note on sounds in place of any before, or take it away; return how many changed.

        Raises
        ------
        CurationError
            The text is empty.
        """
        if text is None:
            return self._change("DELETE FROM sample_notes WHERE sample_id = :sample_id", sounds)
        if not text.strip():
            raise CurationError("expected a note, got an empty text")
        return self._change(statement("curation/note"), sounds, {"note": text.strip()})

    def noted(self) -> Results[KeptSample]:
        """Return the sounds that have a note, those written last first."""
        return kept_samples(self._session.database, "curation/noted")

    def record_use(self, sounds: Iterable[Target], action: Action) -> int:
        """Keep that sounds were played, opened, revealed or exported just now.

        Raises
        ------
        CurationError
            `action` is none of these.
        """
        check_action(action)
        return self._change(statement("curation/record_use"), sounds, {"action": action})

    def recent(self, n: int = 20) -> Results[KeptSample]:
        """Return the `n` sounds used last, the latest first."""
        n = check_count(n, "a number of sounds", error=CurationError)
        return kept_samples(self._session.database, "curation/recent", (n,))

    def places(self, sounds: Iterable[Target]) -> list[tuple[Sample, SampleSpan]]:
        """Return the sounds that are named, and the spans of them, to be played or opened.

        Raises
        ------
        UnknownSoundError, QueryError, SpanError
        NoAudioError
            One came as a vector alone.
        """
        database = self._session.database
        found = [(sample_of(database, place), place) for place in select_spans(database, sounds)]
        for sample, _ in found:
            refuse_without_audio(sample.root, f"{sample.path} (sample {sample.sample_id})")
        return found

    def _change(
        self, query: str, sounds: Iterable[Target], values: dict[str, Any] | None = None
    ) -> int:
        with write_transaction(self._session.database) as connection:
            return change_samples(connection, query, sounds, values or {})


def check_action(action: str) -> None:
    """Check that a text says what was done with a sound.

    Raises
    ------
    CurationError
        It does not.
    """
    if action not in ACTIONS:
        raise CurationError(f"expected an action of {', '.join(ACTIONS)}, got {action!r}")


def change_samples(
    database: Database, query: str, sounds: Iterable[Target], values: dict[str, Any]
) -> int:
    """Run a statement for each of some sounds, in a transaction; return how many rows changed.

    Parameters
    ----------
    database : Database
    query : str
        With a parameter ``:sample_id``.
    sounds : iterable of int, str or Path
    values : dict
        The statement's other parameters.

    Raises
    ------
    UnknownSoundError, QueryError
        A sound that the library doesn't hold.
    """
    before = database.total_changes()
    sample_ids = select_samples(database, sounds)
    database.executemany(query, [{"sample_id": one} | values for one in sample_ids])
    return database.total_changes() - before


def as_sample_ids(given: Iterable[SupportsIndex]) -> list[int]:
    """Return ids as whole numbers.

    Raises
    ------
    QueryError
        One of them is none, such as a path.
    """
    ids = several(given, "sample ids")
    for one in ids:
        if not isinstance(one, SupportsIndex):
            raise QueryError(f"expected sample ids, got {brief(one)}: `of_sounds` takes paths")
    return [index(one) for one in ids]


def the_only(kept: Sequence[KeptSample], sound: Target) -> KeptSample:
    """Return the one sound that was named.

    Raises
    ------
    QueryError
        Several are called so.
    """
    if len(kept) > 1:
        raise QueryError(f"{str(sound)!r} names {len(kept):,} sounds, expected one")
    return kept[0]


def kept_samples(
    database: Database, name: str, bindings: tuple[object, ...] = ()
) -> Results[KeptSample]:
    """Return the sounds whose ids a named query gives, in its order, with what is kept of them."""
    return kept_of(database, [one for one, _ in kept_order(database, name, bindings)])


def kept_order(
    database: Database, name: str, bindings: tuple[object, ...] = ()
) -> list[tuple[int, Any]]:
    """Return the samples' ids that a named query gives, and what it orders them by."""
    return [(int(row[0]), row[1]) for row in database.execute(statement(name), bindings)]


def kept_of(database: Database, ids: Sequence[int]) -> Results[KeptSample]:
    """Return some sounds in the order in which they are named, with what is kept of them."""
    rows = database.execute(statement("curation/kept_samples"), (json.dumps([*ids]),))
    return Results(map(_kept, rows), KeptSample)


def _kept(row: Sequence[Any]) -> KeptSample:
    sample_id, root, path, raw, duration_s, favourite, rating, note, names, *last = row
    kept = (bool(favourite), rating, note, json.loads(names))
    return KeptSample(sample_id, path, file_path(root, path, raw), duration_s, *kept, *last)
