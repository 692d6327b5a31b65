"""Collections: named sets of sounds that people put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sqlclap.curation.keeping import KeptSample, change_samples, kept_samples
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import CollectionExistsError, CurationError, UnknownCollectionError
from sqlclap.given_names import given_name
from sqlclap.notebook.results import Results
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.search.targets import Target

_REMOVE = """
DELETE FROM collection_samples WHERE collection_id = :collection_id AND sample_id = :sample_id"""


@dataclass(frozen=True)
class Collection:
    """A named set of sounds.

    Attributes
    ----------
    name : str
        Its own among the library's collections, however it is capitalised.
    sounds : int
    duration_s : float
        Of all of them (in seconds).
    created_at : str
        UTC, ISO 8601.
    """

    NOUN: ClassVar[str] = "collection"
    name: str
    sounds: int
    duration_s: float
    created_at: str


class Collections(LibraryPart):
    """The collections of a library.

    Parameters
    ----------
    session : Session
    """

    def list(self) -> Results[Collection]:
        """Return all collections, by name."""
        rows = self._session.database.execute(statement("curation/collections"))
        return Results((Collection(*row) for row in rows), Collection)

    def add(self, name: str, sounds: Iterable[Target]) -> int:
        """Put sounds into a collection, which is made if there is none of that name.

        Parameters
        ----------
        name : str
        sounds : iterable of int, str or Path
            Ids, paths in the library, files that it holds, or patterns such as ``drums/*``.

        Returns
        -------
        int
            How many were not in it before.

        Raises
        ------
        CurationError
            The name is empty.
        UnknownSoundError, QueryError
            A sound that the library doesn't hold; nothing was changed.
        """
        with write_transaction(self._session.database) as connection:
            connection.execute(
                "INSERT INTO sample_collections (name) VALUES (?) ON CONFLICT (name) DO NOTHING",
                (_checked(name),),
            )
            number = find_collection(connection, name)
            added = statement("curation/collection_add")
            return change_samples(connection, added, sounds, {"collection_id": number})

    def remove(self, name: str, sounds: Iterable[Target]) -> int:
        """Take sounds out of a collection; return how many were in it.

        Raises
        ------
        UnknownCollectionError, UnknownSoundError, QueryError
        """
        with write_transaction(self._session.database) as connection:
            number = find_collection(connection, name)
            return change_samples(connection, _REMOVE, sounds, {"collection_id": number})

    def rename(self, name: str, new: str) -> None:
        """Give a collection another name.

        Raises
        ------
        UnknownCollectionError
        CollectionExistsError
            Another one is called so.
        CurationError
            The new name is empty.
        """
        with write_transaction(self._session.database) as connection:
            number = find_collection(connection, name)
            taken = "SELECT 1 FROM sample_collections WHERE name = ? AND collection_id <> ?"
            called = _checked(new)
            if connection.execute(taken, (called, number)).fetchone():
                raise CollectionExistsError(f"there is a collection {new!r} already")
            update = "UPDATE sample_collections SET name = ? WHERE collection_id = ?"
            connection.execute(update, (called, number))

    def delete(self, name: str) -> None:
        """Remove a collection; its sounds stay.

        Raises
        ------
        UnknownCollectionError
        """
        with write_transaction(self._session.database) as connection:
            number = find_collection(connection, name)
            connection.execute("DELETE FROM sample_collections WHERE collection_id = ?", (number,))

    def sounds(self, name: str) -> Results[KeptSample]:
        """Return a collection's sounds, in the order in which they came in.

        Raises
        ------
        UnknownCollectionError
        """
        database = self._session.database
        number = find_collection(database, name)
        return kept_samples(database, "curation/collection_sounds", (number,))


def find_collection(database: Database, name: str) -> int:
    """Return the id of a collection; case makes no difference.

    Raises
    ------
    UnknownCollectionError
    """
    query = "SELECT collection_id FROM sample_collections WHERE name = ?"
    row = database.execute(query, (_text(name),)).fetchone()
    if row is None:
        names = [
            str(one)
            for (one,) in database.execute("SELECT name FROM sample_collections ORDER BY 1")
        ]
        raise UnknownCollectionError(
            f"no collection {name!r}: the library has {', '.join(names[:20]) or 'none yet'}; "
            "`sqlclap collection add` makes one"
        )
    return int(row[0])


def _text(name: object) -> str:
    return given_name(name, "a collection's name", CurationError)


def _checked(name: str) -> str:
    text = _text(name)
    if not text:
        raise CurationError("expected a collection's name, got an empty text")
    return text
