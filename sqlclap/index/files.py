"""A sidecar's folder: the builder's lock, durable publication, checks before opening."""

from __future__ import annotations

import json
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlclap.durable import is_at, lock, sync, write_whole
from sqlclap.errors import IndexBusyError, IndexFileError
from sqlclap.index.manifest import (
    Manifest,
    SegmentManifest,
    read_manifest,
    read_segment_manifest,
    segment_names,
)
from sqlclap.sqlite_files import content_hash

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


def segment_name(model_id: int, checksum: str) -> str:
    """Return the folder name of a segment: what holds the same is called the same."""
    return f"m{model_id}-s{checksum[:24]}"


def draft_name() -> str:
    """Make a folder name for what is being written."""
    return f"draft-{uuid4().hex[:12]}"


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, which nothing remains of after an error."""
    draft = folder / draft_name()
    draft.mkdir()
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def publish_segment(draft: Path, final: Path, checksum: str) -> None:
    """Give a finished segment its name; one that is there already and whole is as good."""
    if final.exists():
        try:
            hash_files(final, read_segment_manifest(final, checksum))
        except IndexFileError:
            final.rename(final.parent / draft_name())
        else:
            shutil.rmtree(draft)
            return
    publish_folder(draft, final)


def publish_folder(draft: Path, final: Path) -> None:
    """Make a finished draft durable and give it its name, in one step."""
    remember_check(draft)
    for entry in draft.iterdir():
        sync(entry)
    sync(draft)
    draft.rename(final)
    sync(final.parent)


def remove_leftovers(folder: Path, keep: set[str]) -> list[str]:
    """Remove drafts, and what the library doesn't need; return their names.

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
    try:
        return time.time() - folder.parent.stat().st_mtime
    except FileNotFoundError:  # the index has just been dropped
        return None


def check_generation(folder: Path, checksum: str) -> Manifest:
    """Make sure that a generation is whole and the library's own; return its manifest.

    All of it is hashed only when its files are not those that were hashed last (a copy, say):
    what is known of them is kept in ``checked.json``, a cache. Its segments are checked apart.

    Raises
    ------
    IndexFileError
        It is missing, cut short, altered, foreign, or of another format.
    """
    manifest = read_manifest(folder, checksum)
    _check_files(folder, manifest)
    return manifest


def check_segment(folder: Path, checksum: str) -> SegmentManifest:
    """Make sure that a segment is whole, and the one that a generation names; return its manifest.

    Like `check_generation`.
    """
    manifest = read_segment_manifest(folder, checksum)
    _check_files(folder, manifest)
    return manifest


def _check_files(folder: Path, manifest: Manifest | SegmentManifest) -> None:
    check_sizes(folder, manifest)
    try:
        stamps = _stamps(folder)
    except OSError as error:  # a builder has just removed it
        raise IndexFileError(f"{folder} is missing or can't be read") from error
    if _last_check(folder) != stamps:
        hash_files(folder, manifest)
        with suppress(OSError):
            remember_check(folder)


def check_sizes(folder: Path, manifest: Manifest | SegmentManifest) -> None:
    """Make sure that files are as long as their manifest says.

    Raises
    ------
    IndexFileError
        One is missing or cut short.
    """
    for name, expected in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise IndexFileError(f"{folder / name} is missing or can't be read") from error
        if size != expected["bytes"]:
            raise IndexFileError(f"{folder / name} has {size} bytes, not {expected['bytes']}")


def hash_generation(folder: Path, manifest: Manifest) -> None:
    """Read all of a generation, segments included, and compare its hashes.

    Raises
    ------
    IndexFileError
        A file was altered.
    """
    hash_files(folder, manifest)
    for entry in manifest.segments:
        place = folder.parent / entry.name
        hash_files(place, read_segment_manifest(place, entry.checksum))


def hash_files(folder: Path, manifest: Manifest | SegmentManifest) -> None:
    """Read all of a folder and compare its hashes.

    Raises
    ------
    IndexFileError
        A file was altered.
    """
    for name, expected in manifest.files.items():
        try:
            found = content_hash(folder / name)
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


def generation_bytes(folder: Path) -> int:
    """Return the size of a generation with its segments, in bytes; 0 where there is none."""
    segments = segment_names(folder) or set()
    return sum(map(folder_bytes, [folder, *(folder.parent / name for name in segments)]))


def folder_bytes(folder: Path) -> int:
    """Return the size of a folder's files, in bytes; 0 where there is none, or it goes just now."""
    sizes = 0
    for entry in _entries(folder):
        with suppress(FileNotFoundError):
            details = entry.stat()
            sizes += details.st_size if stat.S_ISREG(details.st_mode) else 0
    return sizes


def _stamps(folder: Path) -> dict[str, list[int]]:
    """What changes when a file is written or replaced; the change time can't be set back."""
    stamps = {}
    for entry in folder.iterdir():
        if entry.suffix != ".json" and not entry.name.startswith("."):
            seen = entry.stat()
            stamps[entry.name] = [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
    return stamps


def _last_check(folder: Path) -> object:
    try:
        return json.loads((folder / CHECKED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def leftovers(folder: Path, keep: set[str]) -> list[str]:
    """Return drafts, generations and segments in a sidecar folder that nobody names.

    Parameters
    ----------
    folder : Path
        The sidecar's.
    keep : set of str
        The generations that the library names; what these name is kept, too.
    """
    kept = set(keep)
    for name in keep.intersection(entry.name for entry in _entries(folder)):
        segments = segment_names(folder / name)
        if segments is None:  # which are its own can't be told
            mine = name.split("-")[0] + "-s"
            segments = {entry.name for entry in _entries(folder) if entry.name.startswith(mine)}
        kept |= segments
    return sorted(entry.name for entry in _entries(folder) if _is_ours(entry, kept))


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where there is none, or it goes just now."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_ours(entry: Path, keep: set[str]) -> bool:
    name = entry.name
    ours = name.startswith("draft-") or re.fullmatch(r"m\d+-(g\d+-|s)[0-9a-f]+", name) is not None
    return entry.is_dir() and ours and name not in keep
