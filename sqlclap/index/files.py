"""A sidecar's folder: the builder's lock, durable publication, checks before opening."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlclap.durable import is_at, lock, sync, write_whole
from sqlclap.errors import IndexBusyError, IndexFileError
from sqlclap.index.manifest import (
    GRAPH_FILE,
    QUERIES_FILE,
    ROWS_FILE,
    Manifest,
    file_hash,
    read_manifest,
)

LOCK = "lock"


def is_building(folder: Path) -> bool:
    """Whether a program is building in a sidecar folder now."""
    try:
        with (folder / LOCK).open("r") as file:
            return not lock(file.fileno())
    except FileNotFoundError:
        return False
    except OSError:
        return True


@contextmanager
def builder_lock(folder: Path) -> Iterator[None]:
    """Hold the right to write generations into a sidecar folder.

    Raises
    ------
    IndexBusyError
        Another process or thread builds there now.
    """
    with (folder / LOCK).open("a") as file:
        # A lock whose file `drop_index` has just removed keeps nobody out.
        if not lock(file.fileno()) or not is_at(file.fileno(), folder / LOCK):
            raise IndexBusyError(
                f"another program is building the index in {folder}; wait for it to finish"
            )
        yield


CHECKED = "checked.json"


def sidecar_folder(library: Path) -> Path:
    """Return the folder that holds a library's generations: ``<library>-hnsw``."""
    return library.with_name(library.name + "-hnsw")


def generation_name(model_id: int, generation: int) -> str:
    """Make a folder name that no other generation, of any copy of the library, will have."""
    return f"m{model_id}-g{generation:06}-{uuid4().hex[:12]}"


def draft_name() -> str:
    """Make a folder name for a generation that is being written."""
    return f"draft-{uuid4().hex[:12]}"


def publish_folder(draft: Path, final: Path) -> None:
    """Make a finished draft durable and give it its name, in one step."""
    remember_check(draft)
    for entry in draft.iterdir():
        sync(entry)
    sync(draft)
    draft.rename(final)
    sync(final.parent)


def remove_leftovers(folder: Path, keep: set[str]) -> list[str]:
    """Remove drafts and generations that the library doesn't name; return their names.

    Only for whoever holds the builder lock. Readers that have one mapped keep it until they
    let go of it.
    """
    names = leftovers(folder, keep)
    for name in names:
        # Under another name first: who is about to open it finds all of it, or nothing.
        going = folder / draft_name()
        with suppress(OSError):
            (folder / name).rename(going)
        shutil.rmtree(going if going.exists() else folder / name, ignore_errors=True)
    return names


def replaced_for(folder: Path) -> float | None:
    """Return the seconds since a later generation took the place of one that is gone, or fewer.

    None where it is there, or no later one is.
    """
    if folder.exists():
        return None
    model, number, _ = folder.name.split("-")
    others = (entry.name.split("-") for entry in _entries(folder.parent))
    later = [name[1] for name in others if len(name) == 3 and name[0] == model]
    if not any((len(name), name) > (len(number), number) for name in later):
        return None
    return time.time() - folder.parent.stat().st_mtime


def check_generation(folder: Path, checksum: str) -> Manifest:
    """Make sure that a generation is whole and the library's own; return its manifest.

    All of it is hashed only when its files are not those that were hashed last (a copy, say):
    what is known of them is kept in ``checked.json``, a cache.

    Raises
    ------
    IndexFileError
        It is missing, cut short, altered, foreign, or of another format.
    """
    manifest = check_sizes(folder, checksum)
    if _last_check(folder) != _stamps(folder):
        hash_generation(folder, manifest)
        with suppress(OSError):
            remember_check(folder)
    return manifest


def check_sizes(folder: Path, checksum: str) -> Manifest:
    """Read a generation's manifest, and make sure that its files are as long as that says.

    Raises
    ------
    IndexFileError
        It is missing, cut short, foreign, or of another format.
    """
    manifest = read_manifest(folder, checksum)
    for name, expected in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise IndexFileError(f"{folder / name} is missing or can't be read") from error
        if size != expected["bytes"]:
            raise IndexFileError(f"{folder / name} has {size} bytes, not {expected['bytes']}")
    return manifest


def hash_generation(folder: Path, manifest: Manifest) -> None:
    """Read all of a generation and compare its hashes.

    Raises
    ------
    IndexFileError
        A file was altered.
    """
    for name, expected in manifest.files.items():
        try:
            found = file_hash(folder / name)
        except OSError as error:
            raise IndexFileError(f"{folder / name} can't be read: {error.strerror}") from error
        if found != expected["sha256"]:
            raise IndexFileError(f"{folder / name} was altered since it was built")


def remember_check(folder: Path) -> None:
    """Note which files have just been hashed, or written by us.

    Raises
    ------
    OSError
        The folder can't be written.
    """
    write_whole(folder / CHECKED, json.dumps(_stamps(folder)))


def folder_bytes(folder: Path) -> int:
    """Return the size of a generation, in bytes; 0 where there is none."""
    if not folder.is_dir():
        return 0
    return sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file())


def _stamps(folder: Path) -> dict[str, list[int]]:
    """What changes when a file is written or replaced; the change time can't be set back."""
    stamps = {}
    for name in (GRAPH_FILE, ROWS_FILE, QUERIES_FILE):
        stat = (folder / name).stat()
        stamps[name] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    return stamps


def _last_check(folder: Path) -> object:
    try:
        return json.loads((folder / CHECKED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def leftovers(folder: Path, keep: set[str]) -> list[str]:
    """Return the drafts and generations in a sidecar folder that the library doesn't name."""
    return sorted(entry.name for entry in _entries(folder) if _is_ours(entry, keep))


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_ours(entry: Path, keep: set[str]) -> bool:
    name = entry.name
    ours = name.startswith("draft-") or (name.startswith("m") and "-g" in name)
    return entry.is_dir() and ours and name not in keep
