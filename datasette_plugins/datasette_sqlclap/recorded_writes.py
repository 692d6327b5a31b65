"""Keeps how to undo what is written over HTTP; a header of the answer names the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import quote

from datasette_sqlclap.libraries import ServedLibrary
from sqlclap.history.journal import Journal

if TYPE_CHECKING:
    from sqlclap.history.journal import Change
    from sqlclap.session import Session

Result = TypeVar("Result")

CHANGE, TOLD = "Sqlclap-Change", "Sqlclap-Change-Told"
"""Headers of an answer: the change's id, and what was done, percent-encoded."""


@dataclass(frozen=True, kw_only=True)
class RecordedLibrary(ServedLibrary):
    """A library or set that is served, whose changes are kept in its journal.

    Attributes
    ----------
    served : ServedLibrary
    changes : list of Change
        Those that were made by this object.
    """

    served: ServedLibrary
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def over(cls, library: ServedLibrary) -> Self:
        """Return a library that records what it writes."""
        own = (library.database, library.model, library.sessions)
        return cls(*own, served=library)

    @property
    def is_set(self) -> bool:
        """Whether it is a set."""
        return self.served.is_set

    @property
    def file(self) -> str:
        """Path of its file."""
        return self.served.file

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a reading thread."""
        return await self.served.read(work)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in the writing thread, and keep how to undo it."""

        def record(session: Session) -> Result:
            journal = session.cache(Journal)
            result, change = journal.record(session.database, lambda: work(session))
            self.changes.extend([change] if change else [])
            return result

        return await self.served.write(record)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer that name the change; none where there is none."""
        if not self.changes:
            return {}
        change = self.changes[-1]
        return {CHANGE: str(change.change_id), TOLD: quote(change.what)}
