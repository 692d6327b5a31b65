"""A set as a Python object: its shards, and which of them a sound belongs into."""

from __future__ import annotations

import os
from dataclasses import dataclass
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
    from sqlclap.models.runtime import Device


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
        check_version(library, self.model_version)


def check_version(library: Library, model_version: str) -> None:
    """Check that a library searches by vectors of a version.

    Raises
    ------
    SetError
    """
    stored = default_model(library.connection)
    if model_version not in stored.versions:
        raise SetError(
            f"{library.path} searches by {stored.name} ({stored.model_version}), and its set is of "
            f"version {model_version}: vectors of two versions are never compared"
        )


class ShardSet:
    """A set of libraries; `open_set` opens one.

    Parameters
    ----------
    path : Path
        The set's file, absolute.
    file : SetFile
        What it held when it was opened.
    """

    def __init__(self, path: Path, file: SetFile) -> None:
        self.path = path
        self.file = file

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

    def close(self) -> None:
        """Close what is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_set(path: str | os.PathLike[str]) -> ShardSet:
    """Open a set by its file.

    Raises
    ------
    SetError
        It is missing, or no set's file.
    """
    absolute = expand_home(path).absolute()
    return ShardSet(absolute, read_set(absolute))
