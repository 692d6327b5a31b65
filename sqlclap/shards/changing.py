"""Changes the shards of a set: new libraries are built aside, and take their places at once.

While a library is copied, its write lock is held, so that nothing is stored that the copy lacks.
The set's file is replaced when the new libraries are whole and on the disk: a crash before leaves
the set as it was, one after leaves libraries behind that the next change removes (`retired`).
Readers who have an old library open go on reading it, and turn to the new ones with their next
question.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.connection import connect
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.durable import sync
from sqlclap.errors import LibraryError, SetError
from sqlclap.index.files import sidecar_folder
from sqlclap.index.handle import LibraryIndex
from sqlclap.shards.leases import work_lease
from sqlclap.shards.set_file import (
    SetFile,
    ShardEntry,
    change_set,
    read_set,
    shard_file,
)
from sqlclap.shards.slots import FolderMove, SlotRange, holds_slot, slot_of

if TYPE_CHECKING:
    import apsw

    from sqlclap.progress import ProgressListener

DRAFT = ".building"
_BESIDE = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class NewShard:
    """A shard that is to take the place of others, or a part of it.

    Attributes
    ----------
    entry : ShardEntry
    build : callable
        Makes its library, at the path that it is given.
    """

    entry: ShardEntry
    build: Callable[[Path], None]


def replace_shards(
    path: Path,
    choose: Callable[[SetFile], tuple[Sequence[ShardEntry], Sequence[NewShard]]],
    listener: ProgressListener | None = None,
) -> SetFile:
    """Put new shards in the place of old ones; see the module.

    Parameters
    ----------
    path : Path
        The set's file.
    choose : callable
        Says of the set as it is which shards go, and which come; old libraries' locks are held
        while new ones are built, not yet here.
    listener : ProgressListener, optional

    Raises
    ------
    SetError
        Something is being taken in, or the shards can't be changed so.
    LibraryError
        A library can't be read, or its copy not be written; the set is as it was.
    """
    with work_lease(path, alone=True):
        remove_retired(path)
        before = read_set(path)
        old, new = choose(before)
        with ExitStack() as held:
            locks = [held.enter_context(_locked(path.parent / one.path)) for one in old]
            with _built(path.parent, new, listener):
                gone = tuple(one.path for one in old)
                after = change_set(path, lambda now: _changed(now, gone, new))
            for one in locks:
                one.execute(statement("shards/retire"))
                one.execute("COMMIT")
        remove_retired(path)
    return read_set(path) if not after.retired else replace(after, retired=())


def _changed(now: SetFile, gone: Sequence[str], new: Sequence[NewShard]) -> SetFile:
    left = [one for one in now.shards if one.path not in gone]
    shards = sorted([*left, *(one.entry for one in new)], key=lambda one: one.number)
    next_shard = max([now.next_shard, *(one.number + 1 for one in shards)])
    return replace(now, shards=tuple(shards), next_shard=next_shard, retired=(*now.retired, *gone))


@contextmanager
def _locked(library: Path) -> Iterator[apsw.Connection]:
    """Hold a library's write lock: others read meanwhile, and wait to write."""
    connection = connect(library, "write")
    try:
        with clear_errors(str(library)):
            connection.execute("BEGIN IMMEDIATE")
        yield connection
    finally:
        connection.close()


@contextmanager
def _built(
    folder: Path, new: Sequence[NewShard], listener: ProgressListener | None
) -> Iterator[None]:
    """Build libraries, whole and on the disk, and remove them again where that fails."""
    made: list[Path] = []
    try:
        for one in new:
            target = folder / one.entry.path
            draft = target.with_name(target.name + DRAFT)
            made += [target, draft]
            _remove_library(draft)
            _remove_library(target)  # of a change that a crash ended; no set names it
            _build(draft, one)
            sync(draft)  # the library itself is opened by SQLite alone
            draft.rename(target)
            with LibraryFile(target, "write") as library:
                database = library.connection
                LibraryIndex(database, default_model(database)).refresh(listener)
        sync(folder)
        yield
    except BaseException as error:
        for path in made:
            _remove_library(path)
        if isinstance(error, OSError):
            raise LibraryError(f"no library can be made in {folder}: {error}") from error
        raise


def _build(draft: Path, new: NewShard) -> None:
    with clear_errors(str(draft)):
        new.build(draft)
        connection = connect(draft, "write")
        try:
            connection.pragma("wal_checkpoint(truncate)")
        finally:
            connection.close()


def remove_retired(path: Path) -> None:
    """Remove libraries that changes have replaced, as far as they can be; in a lease of work."""
    retired = read_set(path).retired
    if not retired:
        return
    for name in retired:
        _remove_library(path.parent / name)
    left = tuple(name for name in retired if (path.parent / name).exists())
    if left != retired:
        change_set(path, lambda now: replace(now, retired=left))


def _remove_library(library: Path) -> None:
    for suffix in _BESIDE:
        with suppress(OSError):
            os.unlink(f"{library}{suffix}")  # noqa: PTH108 a name with something behind it
    shutil.rmtree(sidecar_folder(library), ignore_errors=True)


def copy_library(source: Path, target: Path) -> None:
    """Copy a library as it is now, without what is free in it.

    Raises
    ------
    LibraryError
    """
    connection = connect(source, "read")
    try:
        with clear_errors(str(target)):
            connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def keep_slots(library: Path, slots: Sequence[SlotRange], moved: Sequence[FolderMove] = ()) -> None:
    """Remove from a copy what is not of some slots; ids stay, and none is given again."""
    with LibraryFile(library, "write") as opened:
        connection = opened.connection

        def in_slots(*name: Any) -> bool:
            root, path = map(str, name)
            return holds_slot(slots, slot_of(root, path, moved))

        connection.create_scalar_function("sqlclap_in_slots", in_slots, 2)
        with write_transaction(connection):
            connection.execute(statement("shards/sounds_of_other_slots"))
            connection.execute(statement("shards/failures_of_other_slots"))
            connection.execute(statement("shards/forget_index"))
        connection.execute("VACUUM")


def numbers_given(library: Path) -> int:
    """Return the highest number that a library has given to a sound."""
    with LibraryFile(library, "read") as opened:
        row = opened.connection.execute(statement("shards/numbers_given")).fetchone()
    return 0 if row is None else int(row[0])


def free_name(path: Path, content: SetFile, number: int) -> str:
    """Return a name for a shard's new library that no library of the set has or had."""
    taken = {content.catalog, *content.retired, *(one.path for one in content.shards)}
    plain = shard_file(path, number)
    if plain not in taken:
        return plain
    return plain.replace(".db", f"-{content.generation + 1}.db")


def entry_of(content: SetFile, number: int) -> ShardEntry:
    """Return the entry of a shard.

    Raises
    ------
    SetError
        There is none of that number.
    """
    for one in content.shards:
        if one.number == number:
            return one
    known = ", ".join(str(one.number) for one in content.shards)
    raise SetError(f"the set has no shard {number}: expected one of {known}")
