"""A set as a Python object: its shards, and which of them a sound belongs into."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlclap.db.connection import expand_home
from sqlclap.db.stored_models import default_model
from sqlclap.errors import SetError
from sqlclap.shards.set_file import SetFile, ShardEntry, read_set
from sqlclap.shards.slots import slot_of

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.connection import Mode
    from sqlclap.db.database import Database
    from sqlclap.finding.query import Query, Term
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.models.runtime import Device
    from sqlclap.search.query import Vector
    from sqlclap.search.request import SearchOptions
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import SetMatches
    from sqlclap.shards.labels import SetLabels
    from sqlclap.shards.searching import Asked
    from sqlclap.shards.session import SetSession


@dataclass(frozen=True)
class Shard:
    """A shard of a set; its library is opened when it is asked for.

    Attributes
    ----------
    entry : ShardEntry
    folder : Path
        Of the set's file.
    model_version : str
        The version of which its library is to hold vectors.
    """

    entry: ShardEntry
    folder: Path
    model_version: str

    @property
    def number(self) -> int:
        """Its permanent number."""
        return self.entry.number

    @property
    def path(self) -> Path:
        """Its library's file."""
        return self.folder / self.entry.path

    def holds(self, source: str, path: str) -> bool:
        """Whether a sound belongs into it; see `sqlclap.shards.slots.slot_of`."""
        return self.entry.holds(slot_of(source, path))

    def open(
        self, mode: Mode = "write", model: str | None = None, device: Device = "cpu"
    ) -> Library:
        """Open its library, an ordinary one; it is never made.

        Parameters
        ----------
        mode : {"write", "read"}
        model : str, optional
            By default the library's own.
        device : {"cpu", "cuda"}

        Raises
        ------
        LibraryError
            It is missing, or can't be opened.
        SetError
            Its vectors are not of the set's model.
        """
        import sqlclap

        library = sqlclap.open(self.path, model=model, mode=mode, device=device)
        try:
            self.check_model(library)
        except BaseException:
            library.close()
            raise
        return library

    def check_model(self, library: Library) -> None:
        """Check that a library of this shard searches by the set's model.

        Raises
        ------
        SetError
        """
        check_version(library.connection, self.model_version)


def check_version(database: Database, model_version: str) -> None:
    """Check that a library searches by vectors of a version.

    Raises
    ------
    SetError
    """
    stored = default_model(database)
    if model_version not in stored.versions:
        raise SetError(
            f"{database.filename} searches by {stored.name} ({stored.model_version}), and its set "
            f"is of version {model_version}: vectors of two versions are never compared"
        )


@dataclass(frozen=True)
class SetOptions:
    """How a set is opened.

    Attributes
    ----------
    model : str, optional
        Folder of the set's model, where it is not installed.
    device : {"cpu", "cuda"}
        Where the model runs.
    require_all : bool
        For all questions: a shard that doesn't answer is an error.
    mode : {"write", "read"}
        "read" never writes; nothing of a set is made by opening it.
    """

    model: str | None = None
    device: Device = "cpu"
    require_all: bool = False
    mode: Mode = "write"


class ShardSet:
    """A set of libraries; `open_set` opens one.

    Parameters
    ----------
    path : Path
        The set's file, absolute.
    file : SetFile
        What it held when it was opened; questions go by what it holds then.
    options : SetOptions, optional
    """

    def __init__(self, path: Path, file: SetFile, options: SetOptions | None = None) -> None:
        self.path = path
        self.file = file
        self.options = options or SetOptions()

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All shards, in the order of the file."""
        return tuple(
            Shard(one, self.path.parent, self.file.model_version) for one in self.file.shards
        )

    @property
    def generation(self) -> int:
        """How often the set's file has changed."""
        return self.file.generation

    @property
    def catalog_path(self) -> Path:
        """The library that holds labels, anchors, votes and calibrations."""
        return self.path.parent / self.file.catalog

    def shard_of(self, source: str, path: str) -> Shard:
        """Return the shard that a sound belongs into.

        Parameters
        ----------
        source : str
            The source's root, as in ``sources.root``.
        path : str
            The path below it, as in ``samples.path``.
        """
        entry = self.file.shard_of_slot(slot_of(source, path))
        return Shard(entry, self.path.parent, self.file.model_version)

    def shard(self, number: int) -> Shard:
        """Return the shard of a number.

        Raises
        ------
        SetError
            There is none.
        """
        for one in self.shards:
            if one.number == number:
                return one
        known = ", ".join(str(one.number) for one in self.shards)
        raise SetError(f"{self.path} has no shard {number}: expected one of {known}")

    @cached_property
    def session(self) -> SetSession:
        """What answers questions: the shards' threads, the catalog and the model."""
        from sqlclap.shards.session import SetSession

        return SetSession(self.path, self.options)

    def search(
        self,
        text: str | Vector,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds that words describe best; see `Library.search`.

        Parameters
        ----------
        text : str or array_like [shape=(dim,)]
        n : int
        options : SearchOptions, optional
        require_all : bool
            A shard that doesn't answer is an error; else the answer's `missing` names it.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        from sqlclap.shards.searching import search_words

        return search_words(self.session, text, self._asked(n, options, require_all))

    def similar(
        self,
        sound: Target | Vector,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds most like one; see `Library.similar`.

        A sound of the set is named by its id here, ``3:17`` or the number that answers tell, or by
        its path.
        """
        from sqlclap.shards.searching import search_similar

        return search_similar(self.session, sound, self._asked(n, options, require_all))

    def find(
        self,
        query: Query | Term | str,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds that a composed query puts first; see `Library.find`."""
        from sqlclap.finding.query import as_query
        from sqlclap.shards.composing import find

        return find(self.session, as_query(query), self._asked(n, options, require_all))

    @property
    def labels(self) -> SetLabels:
        """Labels of the whole set; they live in its catalog."""
        from sqlclap.shards.labels import SetLabels

        return SetLabels(self.session, self.options.require_all)

    @property
    def calibrations(self) -> Calibrations:
        """Labels' thresholds and gaps, from the catalog's votes."""
        from sqlclap.labels.calibrations import Calibrations

        return Calibrations(self.session.catalog)

    def _asked(self, n: int, options: SearchOptions | None, require_all: bool) -> Asked:
        from sqlclap.search.request import SearchOptions
        from sqlclap.shards.searching import Asked

        request = (options or SearchOptions()).request(n)
        return Asked(request, require_all or self.options.require_all)

    def close(self) -> None:
        """Close all shards and the catalog."""
        if "session" in self.__dict__:
            self.session.close()
            del self.__dict__["session"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_set(path: str | os.PathLike[str], options: SetOptions | None = None) -> ShardSet:
    """Open a set by its file.

    Parameters
    ----------
    path : str or os.PathLike
    options : SetOptions, optional

    Raises
    ------
    SetError
        It is missing, or no set's file.
    """
    absolute = expand_home(path).absolute()
    return ShardSet(absolute, read_set(absolute), options)
