"""Makes a set: its libraries, empty, and the file that names them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.set_membership import note_membership
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import register_model
from sqlclap.errors import SetError
from sqlclap.homes import expand_home
from sqlclap.ingest.library_model import as_stored
from sqlclap.shards.opened import ShardSet, open_set
from sqlclap.shards.set_file import (
    SetFile,
    ShardEntry,
    is_set_file,
    set_lock,
    shard_file,
    write_set,
)
from sqlclap.shards.slots import SLOTS, even_ranges

if TYPE_CHECKING:
    from sqlclap.models.bundle import Bundle


def init_set(path: Path | str, shards: int = 4, model: str | None = None) -> ShardSet:
    """Make a set of empty shards beside its file.

    Parameters
    ----------
    path : Path or str
        The file, which must end in ``.toml``; ``NAME-0001.db`` and so on are made beside it.
    shards : int
        How many; a million sounds a shard is a good size, and shards can be split.
    model : str, optional
        Name or folder of the model; by default the embedded one.

    Raises
    ------
    SetError
        Something is there already, the number is out of range, or nothing can be written.
    ModelError
        There is no such model.
    """
    from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle

    file = expand_home(path).absolute()
    if not is_set_file(file):
        raise SetError(f"expected a set's file to be called like set.toml, got {file.name}")
    if not 1 <= shards <= SLOTS:
        raise SetError(f"expected from 1 to {SLOTS} shards, got {shards}")
    bundle = find_bundle(model or EMBEDDED_MODEL)
    content = _first(file, bundle, shards)
    libraries = [content.catalog, *(one.path for one in content.shards)]
    with set_lock(file):
        for name in (file.name, *libraries):
            if (file.parent / name).exists():
                raise SetError(f"{file.parent / name} is there already: choose another name")
        _make_libraries(file, libraries, bundle)
        write_set(file, content)
    return open_set(file)


def _first(file: Path, bundle: Bundle, shards: int) -> SetFile:
    entries = tuple(
        ShardEntry(number, shard_file(file, number), (ends,))
        for number, ends in enumerate(even_ranges(shards), start=1)
    )
    return SetFile(
        model=bundle.name,
        model_version=bundle.model_version,
        shards=entries,
        catalog=f"{file.stem}-catalog.db",
        next_shard=shards + 1,
    )


def _make_libraries(file: Path, names: list[str], bundle: Bundle) -> None:
    made: list[Path] = []
    try:
        for name in names:
            made.append(file.parent / name)
            make_library(made[-1], bundle, file)
    except BaseException:
        for one in made:
            one.unlink(missing_ok=True)
        raise


def make_library(path: Path, bundle: Bundle, set_file: Path) -> None:
    """Make an empty library of a set, whose default is a model.

    Raises
    ------
    LibraryError
    """
    with LibraryFile(path, "create") as library:
        with write_transaction(library.connection) as database:
            register_model(database, as_stored(bundle))
        note_membership(library.connection, set_file)
