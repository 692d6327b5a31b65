"""What assistants may write where they are let: each change can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlclap.history.journal import Journal
from sqlclap.mcp_server.reading import Sound  # the protocol's schema is made of annotations
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.api import Library

Result = TypeVar("Result")


class WritingTools:
    """Labels' examples, votes, tags by hand, and what is kept of sounds.

    Sounds are ids, paths, or patterns over paths such as ``drums/*``. No sound file is written.

    Parameters
    ----------
    library : Library
        Open for writing.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def add_examples(
        self, label: str, sounds: Sequence[Sound], unlike: bool = False
    ) -> dict[str, Any]:
        """Make sounds examples of a label, made if need be; with `unlike`, of what it is not."""
        polarity: Literal["positive", "negative"] = "negative" if unlike else "positive"
        return self._write(lambda: self._library.labels.ensure(label, sounds, polarity))

    def remove_examples(self, label: str, sounds: Sequence[Sound]) -> dict[str, Any]:
        """Take sounds out of a label's examples."""
        return self._write(lambda: self._library.labels.remove_anchors(label, sounds))

    def vote(
        self, label: str, sounds: Sequence[Sound], verdict: Literal["accept", "reject", "unsure"]
    ) -> dict[str, Any]:
        """Say of sounds whether a label fits them: what its precision is measured by."""
        from sqlclap.labels.votes import CastVote

        cast = CastVote(verdict)
        return self._write(lambda: len(self._library.labels.vote(label, sounds, cast)))

    def rate(self, sounds: Sequence[Sound], stars: int | None) -> dict[str, Any]:
        """Give sounds 1 to 5 stars; null takes them away."""
        return self._write(lambda: self._library.curation.rate(sounds, stars))

    def note(self, sounds: Sequence[Sound], text: str | None) -> dict[str, Any]:
        """Write a note on sounds; null takes it away."""
        return self._write(lambda: self._library.curation.note(sounds, text))

    def favourite(self, sounds: Sequence[Sound], remove: bool = False) -> dict[str, Any]:
        """Make sounds favourites, or take them out."""
        curation = self._library.curation
        change = curation.remove_favourites if remove else curation.add_favourites
        return self._write(lambda: change(sounds))

    def collect(
        self, collection: str, sounds: Sequence[Sound], remove: bool = False
    ) -> dict[str, Any]:
        """Put sounds into a collection, which is made if there is none, or take them out."""
        collections = self._library.collections
        change = collections.remove if remove else collections.add
        return self._write(lambda: change(collection, sounds))

    def changes(self) -> list[dict[str, Any]]:
        """List what was changed since this server started, the latest first."""
        return records(self._journal.changes())

    def undo(self, change_id: int) -> dict[str, Any]:
        """Undo a change; nothing is undone where others have changed the same since."""
        return record(self._journal.undo(self._library.connection, change_id))

    @property
    def _journal(self) -> Journal:
        return self._library.session.cache(Journal)

    def _write(self, work: Callable[[], int]) -> dict[str, Any]:
        number, change = self._journal.record(self._library.connection, work)
        return {"changed": number, "change": None if change is None else record(change)}
