"""One call of a function: the connection that it comes from, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.functions.session import SESSIONS, Session

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.models import Encoder
    from sqlclap.similarity import Planner
    from sqlclap.vectors import StoredModel


@dataclass(frozen=True)
class Call:
    """What a function can reach. Everything runs on the caller's own connection.

    Attributes
    ----------
    database : Database
    model_name : str or None
    """

    database: Database
    model_name: str | None

    @cached_property
    def session(self) -> Session:
        """What the library's connections share."""
        return SESSIONS.of(self.database, self.model_name)

    @property
    def encoder(self) -> Encoder:
        """The model at work."""
        return self.session.encoder(self.database)

    @cached_property
    def model(self) -> StoredModel:
        """The model whose vectors are compared."""
        return self.session.model(self.database)

    @property
    def planner(self) -> Planner:
        """What chooses a search's path."""
        return self.session.planner
