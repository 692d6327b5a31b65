"""A set in the place of a library's session: its catalog, with what asks all shards."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from sqlclap.errors import UnknownModelError
from sqlclap.history.journal import Journal
from sqlclap.session import QueryModel, Session

if TYPE_CHECKING:
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import SharedResources
    from sqlclap.shards.session import SetSession

Cache = TypeVar("Cache")


class WholeSet(Session):
    """The session of a set's catalog; what looks at sounds asks the shards by `asked`.

    Parameters
    ----------
    asked : SetSession

    Attributes
    ----------
    asked : SetSession
    """

    def __init__(self, asked: SetSession) -> None:
        super().__init__(lambda: asked.catalog.database)
        self.asked = asked

    @property
    def resources(self) -> SharedResources:
        """What all connections of the catalog share."""
        return self.asked.catalog.resources

    def cache(self, kind: type[Cache]) -> Cache:
        """Return the catalog's cache of a kind; the journal is of all libraries of the set."""
        if kind is Journal:
            return cast("Cache", self.asked.journal)
        return super().cache(kind)

    @property
    def model(self) -> StoredModel:
        """The set's model."""
        return self.asked.model

    @property
    def query_model(self) -> QueryModel:
        """The set's model at work; the catalog may hold no vectors yet."""
        return QueryModel(self.asked.encoder, self.asked.model)

    def by(self, model: str) -> Session:
        """Return the same set: it is of one model.

        Raises
        ------
        UnknownModelError
            Another one is named.
        """
        if model != self.model.name:
            raise UnknownModelError(f"this set is of one model: expected {self.model.name}")
        return self
