"""A shard: a library with its slots in a set."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import default_model, find_model, list_models, make_default
from sqlclap.declared_models import stored_without_bundle
from sqlclap.errors import LibraryError, SetError
from sqlclap.quantities import typed
from sqlclap.shards.set_file import SetFile, ShardEntry
from sqlclap.shards.slots import FolderMove, slot_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.api import Library
    from sqlclap.db.connection import Mode
    from sqlclap.db.database import Database
    from sqlclap.models.runtime import Device
    from sqlclap.session import Session


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
    places : tuple of (str, str)
        Names and addresses of the nodes that are asked for it; none: its library lies here.
    moved : tuple of FolderMove
        Folders of the set that have moved.
    """

    entry: ShardEntry
    folder: Path
    model_version: str
    places: tuple[tuple[str, str], ...] = ()
    moved: tuple[FolderMove, ...] = field(default=(), compare=False)

    @property
    def number(self) -> int:
        """Its permanent number."""
        return self.entry.number

    @cached_property
    def path(self) -> Path:
        """Its library's file."""
        return self.folder / self.entry.path

    @property
    def is_here(self) -> bool:
        """Whether its library is opened here, and not at a node."""
        return not self.places or self.path.exists()

    def holds(self, source: str, path: str) -> bool:
        """Whether a sound belongs into it; see `sqlclap.shards.slots.slot_of`."""
        return self.entry.holds(slot_of(source, path, self.moved))

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
            Its vectors are not of the set's model, or it lies at a node.
        """
        import sqlclap

        if not self.is_here:
            raise SetError(f"shard {self.number} lies at node {self.entry.node!r}: open it there")
        self.check_there()
        library = sqlclap.open(self.path, model=model, mode=mode, device=device)
        try:
            self.check_model(library)
        except BaseException:
            library.close()
            raise
        return library

    def check_there(self) -> None:
        """Check that its library's file is there.

        Raises
        ------
        LibraryError
        """
        if not self.path.exists():
            raise LibraryError(f"no library at {self.path}: put it back, or a copy of it")

    def check_model(self, library: Library) -> None:
        """Check that a library of this shard searches by the set's model.

        Raises
        ------
        SetError
        """
        check_version(library.connection, self.model_version)


def shards_of(file: SetFile, folder: Path) -> tuple[Shard, ...]:
    """Return all shards of a set's file that lies in a folder."""
    urls = dict(file.nodes)
    return tuple(
        Shard(one, folder, file.model_version, _places(one, urls), file.moved)
        for one in file.shards
    )


def _places(entry: ShardEntry, urls: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the nodes that are asked for a shard; none where its first one has no address."""
    if entry.node not in urls:
        return ()
    return tuple((name, urls[name]) for name in entry.holders if name in urls)


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
            f"is of version {model_version}: vectors of two versions are never compared; "
            "`sqlclap models use SET NAME` lets all be of one again"
        )


def settle_model(database: Database, model_version: str) -> None:
    """Let a catalog be of the model that its set's file says, where it holds that one.

    A crash between the two leaves a catalog that is ahead of the file.
    """
    if model_version in default_model(database).versions:
        return
    for one in list_models(database):
        if model_version in one.versions:
            with write_transaction(database):
                make_default(database, one.model_id)


def check_encoder(session: Session, file: SetFile) -> None:
    """Check that the model at work is the set's: vectors of another can't be compared.

    Raises
    ------
    SetError
    """
    if differing := differing_model(session, file):
        name = session.encoder.bundle.name
        raise SetError(f"{differing}: `sqlclap models use SET {typed(name)}` lets it go over")


def differing_model(session: Session, file: SetFile) -> str | None:
    """Say that the model at work is not the set's; None where it is.

    Raises
    ------
    SetError
        The library searches by vectors of another version.
    """
    database, named = session.database, session.resources.model_name
    if named is not None and (own := stored_without_bundle(database, named)) is not None:
        check_version(database, file.model_version)
        if own.model_id == default_model(database).model_id:
            return None
    bundle = session.encoder.bundle
    stored = find_model(database, bundle.model_version, bundle.canonical)
    if stored is not None and file.model_version in stored.versions:
        return None
    own_version, version = file.model_version, bundle.model_version
    return f"the set is of {file.model} ({own_version}), not of {bundle.name} ({version})"
