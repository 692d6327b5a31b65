"""A model's folder on disk: its versions, and a pointer to the one in force.

``NAME/current`` is a line of text, the name of a folder beside it; that folder is the bundle. A new
version is put together in a folder of its own and comes into force as `current` is replaced, in one
step. A process that uses or writes a version holds a lock on its contract; versions that are
is neither in force nor held is removed, under the lock ``NAME/lock``. All locks end with their
process. A folder without `current` is a plain bundle, as exports of 0.1.0 were.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path

from sqlclap.durable import is_at, lock, lock_file, sync, write_whole
from sqlclap.errors import BundleError

CONTRACT = "contract.json"
POINTER = "current"
ORIGIN = "origin.json"
_LOCK = "lock"
_VERSION = r"v-\d{8}T\d{6}Z-[0-9a-f]{8}"
_POINTER_DRAFT = rf"\.{POINTER}-draft-[0-9a-f]{{12}}"
_OLD_STAGING = r"\.(?P<name>.+?)-(?:old-)?[a-z0-9_]{8}"
_BESIDE_CONTRACT = (ORIGIN, "LICENSE", "NOTICE")


class Hold:
    """A lock on a version in use; until it is closed, the version isn't removed.

    Parameters
    ----------
    handle : int
        Of the version's contract, locked.
    """

    def __init__(self, handle: int) -> None:
        self.close = weakref.finalize(self, os.close, handle)


def current_version(folder: Path) -> Path:
    """Return the folder that holds a model's files now: a version's, or `folder` itself.

    Raises
    ------
    BundleError
        The pointer can't be read, or names no version.
    """
    pointer = folder / POINTER
    try:
        name = pointer.read_text(encoding="ascii").strip() if pointer.is_file() else ""
    except FileNotFoundError:
        name = ""
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{pointer} can't be read; install the model again") from error
    if name and not re.fullmatch(_VERSION, name):
        raise BundleError(f"{pointer} names no version of the model; install it again")
    return folder / name if name else folder


def is_model_folder(folder: Path) -> bool:
    """Whether a folder is marked as a model; it may be damaged."""
    try:
        return (folder / POINTER).is_file() or (folder / CONTRACT).is_file()
    except OSError:
        return False


def model_folder(version: Path) -> Path:
    """Return the model's folder of a version; for a plain bundle, the folder itself."""
    return version.parent if re.fullmatch(_VERSION, version.name) else version


def hold_version(folder: Path) -> tuple[Path, Hold]:
    """Find a model's files, and protect them from removal while they are in use.

    Returns
    -------
    (Path, Hold)
        The folder of the files.

    Raises
    ------
    BundleError
        There is no contract.
    """
    missing = None
    while True:
        version = current_version(folder)
        try:
            handle = _open_contract(version / CONTRACT)
        except OSError as error:
            if version == missing:
                advice = "; install it again" if version != folder else ""
                raise BundleError(
                    f"{folder} is no model bundle: can't read contract.json{advice}"
                ) from error
            missing = version  # it may just have been replaced: then there is another
            continue
        with suppress(OSError):  # a file system without locks; nothing is removed there
            lock(handle, shared=True, wait=True)
        if is_at(handle, version / CONTRACT):
            return version, Hold(handle)
        os.close(handle)


def _open_contract(path: Path) -> int:
    # Opening a pipe of this name must not block.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(f"{path} is no file")
    return handle


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the right to change a model's folder, which is made if need be.

    Raises
    ------
    OSError
        It can't be written.
    """
    with ExitStack() as stack:
        is_held = False
        while not is_held:
            folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # who failed there has just removed it
                stack.enter_context(lock_file(folder / _LOCK))
                is_held = True
        yield


def begin_version(folder: Path) -> tuple[Path, Hold]:
    """Make a folder for a new version; it is removed at the end unless it is held.

    Raises
    ------
    OSError
        The folder can't be made; nothing is left behind.
    """
    with locked(folder):
        try:
            _tidy(folder)
            moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            version = folder / f"v-{moment}-{os.urandom(4).hex()}"
            version.mkdir()
            (version / CONTRACT).touch()
            handle = os.open(version / CONTRACT, os.O_RDONLY)
        except BaseException:
            _remove_empty(folder)
            raise
        with suppress(OSError):
            lock(handle, shared=True)
        return version, Hold(handle)


def put_in_force(version: Path) -> None:
    """Sync a finished version to disk, point to it, and remove superseded versions.

    Raises
    ------
    OSError
        It can't be written; the previous version stays in force.
    """
    folder = version.parent
    for entry in version.iterdir():
        sync(entry)
    sync(version)
    with locked(folder):
        write_whole(folder / POINTER, version.name + "\n")
        _tidy(folder)


def abandon_version(version: Path, hold: Hold) -> None:
    """Remove a version that did not come into force, and its folder if nothing else is there."""
    hold.close()
    with suppress(OSError), locked(version.parent):
        _remove_tree(version)
        _remove_empty(version.parent)


def tidy_models(models: Path) -> None:
    """Remove remains of killed installs of any model from a folder of models, also those of 0.1.0.

    What can't be removed, is being installed or is in use stays.
    """
    with suppress(OSError):
        for entry in list(models.iterdir()):
            if not entry.is_dir():
                continue
            if len(list(entry.glob("v-*"))) > (entry / POINTER).is_file():
                with suppress(OSError), locked(entry):
                    _tidy(entry)
                    _remove_empty(entry)
            staging = re.fullmatch(_OLD_STAGING, entry.name)
            if staging and _is_old_staging(entry, staging["name"]):
                _remove_tree(entry)


def holds_only_leftovers(folder: Path) -> bool:
    """Whether a folder holds nothing but remains of killed installs."""
    return folder.is_dir() and all(
        entry.name == _LOCK or _is_ours(entry.name) for entry in folder.iterdir()
    )


def _remove_tree(folder: Path) -> None:
    """Remove as much of a folder as can be."""
    import shutil  # not for those that only read a model

    shutil.rmtree(folder, ignore_errors=True)


def _is_ours(name: str) -> bool:
    return bool(re.fullmatch(_VERSION, name) or re.fullmatch(_POINTER_DRAFT, name))


def _remove_empty(folder: Path) -> None:
    """Remove a folder that holds nothing but its lock, which the caller holds."""
    with suppress(OSError):
        if [entry.name for entry in folder.iterdir()] in ([], [_LOCK]):
            (folder / _LOCK).unlink(missing_ok=True)
            folder.rmdir()


def _tidy(folder: Path) -> None:
    """Remove versions that are neither in force nor held, and a plain bundle that was replaced.

    What can't be removed now stays for the next time. The caller holds the folder's lock.
    """
    try:
        current = current_version(folder)
    except BundleError:
        return  # damaged: what is in force is not known
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            if re.fullmatch(_VERSION, entry.name) and entry != current:
                _remove_version(entry)
    if current != folder and (current / CONTRACT).is_file():
        _remove_plain(folder)
        _remove_old_stagings(folder)


def _remove_version(version: Path) -> None:
    with _unheld(version / CONTRACT) as is_free:
        if is_free:
            _remove_tree(version)


def _remove_plain(folder: Path) -> None:
    """Remove the files of a bundle that lay in the model's folder itself, its contract last."""
    contract = folder / CONTRACT
    if not contract.is_file():
        return
    with _unheld(contract) as is_free:
        if not is_free:
            return
        try:
            listed = list(json.loads(contract.read_text(encoding="utf-8"))["files"])
        except (OSError, ValueError, KeyError, TypeError):
            listed = ["audio.onnx", "text.onnx", "tokenizer.json"]
        for name in (*listed, *_BESIDE_CONTRACT, CONTRACT):
            if name == Path(name).name:
                with suppress(OSError):
                    (folder / name).unlink(missing_ok=True)


def _remove_old_stagings(folder: Path) -> None:
    """Remove remains of killed installs by 0.1.0 beside a model's folder."""
    with suppress(OSError):
        for entry in list(folder.parent.glob(f".{escape(folder.name)}-*")):
            if re.fullmatch(_OLD_STAGING, entry.name) and _is_old_staging(entry, folder.name):
                _remove_tree(entry)


def _is_old_staging(entry: Path, name: str) -> bool:
    """Whether a folder holds nothing but a bundle's files, or one set aside that was replaced."""
    if entry.is_symlink() or not entry.is_dir():
        return False
    known = {"audio.onnx", "text.onnx", "tokenizer.json", CONTRACT, *_BESIDE_CONTRACT}
    inside = {one.name for one in entry.iterdir()}
    was_replaced = is_model_folder(entry.parent / name)  # otherwise it is the only copy
    return inside <= known or (inside == {name} and was_replaced)


@contextmanager
def _unheld(contract: Path) -> Iterator[bool]:
    """Whether the files beside a contract are not in use; the lock taken keeps it that way."""
    try:
        handle = os.open(contract, os.O_RDWR if os.access(contract, os.W_OK) else os.O_RDONLY)
    except FileNotFoundError:
        yield True  # its removal, or its making, was broken off
        return
    except OSError:
        yield False
        return
    try:
        is_free = lock(handle)
    except OSError:
        is_free = False
    if os.name == "nt":  # an open file can't be removed there, neither this nor a reader's
        os.close(handle)
        with suppress(OSError):
            contract.unlink()
        yield is_free and not contract.exists()
        return
    try:
        yield is_free
    finally:
        os.close(handle)
