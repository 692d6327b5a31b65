"""What a person says of sounds: anchors, votes and tags by hand; a part of `Labels`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import index
from typing import TYPE_CHECKING, SupportsIndex

from sqlclap.db.spans import SampleSpan
from sqlclap.db.statements import write_transaction
from sqlclap.errors import NoVectorsError
from sqlclap.labels.anchors import Anchor, Polarity, add_anchors, list_anchors, remove_anchors
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.store import Label, find_label, found_or_made
from sqlclap.labels.tagging import TagRun, tag_by_hand
from sqlclap.labels.votes import (
    CastVote,
    Vote,
    cast_votes,
    list_votes,
    withdraw_pairs,
    withdraw_vote,
)
from sqlclap.notebook.results import Results
from sqlclap.search.spans import MadeVectors, make_vectors
from sqlclap.search.targets import select_samples, select_spans, split_span
from sqlclap.session import LibraryPart
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.targets import Target

    FindLabel = Callable[[Database, str], Label]
    """What gives the label of a name: `find_label`, or `found_or_made`."""


class Feedback(LibraryPart):
    """Anchors, votes and tags by hand, on sounds and on spans of sounds.

    Sounds are ids, paths or patterns over paths; spans of them are ``"12@3.0-4.5"``,
    ``"roll.wav@3-4.5"`` or ``(12, Span(3.0, 4.5))``. What is said of a span says nothing of the
    whole sound. A span gets a vector of exactly that audio where its file can be read; where it
    can't, a `SoundWarning` says why, and what was said is stored all the same.
    """

    def ensure(
        self,
        name: str,
        sounds: Iterable[Target],
        polarity: Polarity = "positive",
        weight: float = 1.0,
    ) -> int:
        """Like `add_anchors`; the label is made if it doesn't exist."""
        with self._saying(name, sounds, found_or_made) as (connection, label, places):
            return add_anchors(connection, label, places, polarity, weight)

    def anchors(self, name: str) -> Results[Anchor]:
        """Return a label's anchors, each with whether it can score."""
        label = find_label(self._session.database, name)
        found = list_anchors(self._session.database, label, self._model_if_any())
        return Results(found, Anchor)

    def add_anchors(
        self,
        name: str,
        sounds: Iterable[Target],
        polarity: Polarity = "positive",
        weight: float = 1.0,
    ) -> int:
        """Make samples, or spans of them, anchors and return how many are new or changed.

        Parameters
        ----------
        name : str
        sounds : iterable of int, str, Path or tuple
            Sample ids, paths, or patterns over paths, and spans of them; see `select_spans`.
        polarity : {"positive", "negative"}
        weight : float
            0 to 1.
        """
        find_label(self._session.database, name)
        with self._saying(name, sounds) as (connection, label, places):
            return add_anchors(connection, label, places, polarity, weight)

    def remove_anchors(self, name: str, sounds: Iterable[Target]) -> int:
        """Take samples, or spans of them, out of a label's anchors; return how many were."""
        with write_transaction(self._session.database) as connection:
            label = find_label(connection, name)
            return remove_anchors(connection, label, self._places(sounds))

    def vote(self, name: str, sounds: Iterable[Target], vote: CastVote) -> Sequence[int]:
        """Store a vote on each sample, or span of one, and return the votes' ids."""
        find_label(self._session.database, name)
        scorer = scorer_of(self._session) if self._model_if_any() else None
        with self._saying(name, sounds) as (connection, label, places):
            return cast_votes(connection, label, places, vote, scorer)

    def votes(self, name: str) -> Results[Vote]:
        """Return a label's votes, oldest first."""
        label = find_label(self._session.database, name)
        return Results(list_votes(self._session.database, label), Vote)

    def withdraw(self, vote_id: int) -> None:
        """Remove a vote; the pair's previous vote is in force again."""
        with write_transaction(self._session.database) as connection:
            withdraw_vote(connection, vote_id)

    def withdraw_pairs(self, name: str, sounds: Iterable[Target]) -> int:
        """Remove all votes on pairs and return how many there were."""
        with write_transaction(self._session.database) as connection:
            label = find_label(connection, name)
            return withdraw_pairs(connection, label, self._places(sounds))

    def tag_by_hand(self, name: str, sounds: Iterable[Target], create: bool = False) -> TagRun:
        """Tag samples, or spans, by hand, in a run of their own; anchors and votes don't change.

        Parameters
        ----------
        name : str
        sounds : iterable of int, str, Path or tuple
            As for `add_anchors`.
        create : bool
            Make the label if it doesn't exist.

        Raises
        ------
        NoVectorsError
            No model has been at work on the library yet.
        """
        find = found_or_made if create else find_label
        with self._saying(name, sounds, find) as (connection, label, places):
            return tag_by_hand(connection, label, places, scorer_of(self._session))

    @contextmanager
    def _saying(
        self, name: str, sounds: Iterable[Target], find: FindLabel = find_label
    ) -> Iterator[tuple[Database, Label, Sequence[SampleSpan]]]:
        """Open a transaction to say something of sounds, and store the vectors that spans lack."""
        given, made = self._spans(sounds)
        with write_transaction(self._session.database) as connection:
            label, places = find(connection, name), select_spans(connection, given)
            made.store(connection)
            yield connection, label, places
        made.tell()

    def _spans(self, sounds: Iterable[Target]) -> tuple[list[Target], MadeVectors]:
        """Return the sounds, and the vectors that spans among them lack; nothing is written yet."""
        given = several(sounds, "sounds")
        if any(one[1] is not None if isinstance(one, tuple) else "@" in str(one) for one in given):
            return given, make_vectors(self._session, select_spans(self._session.database, given))
        return given, MadeVectors()

    def _places(self, sounds: Iterable[Target]) -> Sequence[SampleSpan]:
        """Resolve sounds; an id is taken as it is, for its sample may be gone or shorter now."""
        places: dict[SampleSpan, None] = {}
        for sound in several(sounds, "sounds"):
            named, span = split_span(self._session.database, sound)
            if isinstance(named, SupportsIndex):
                ids = [index(named)]
            elif isinstance(named, str) and named.isdecimal():
                ids = [int(named)]
            else:
                ids = select_samples(self._session.database, [named])
            places.update((SampleSpan(sample_id, span), None) for sample_id in ids)
        return [*places]

    def _model_if_any(self) -> StoredModel | None:
        try:
            return self._session.model
        except NoVectorsError:
            return None
