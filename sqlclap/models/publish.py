"""Putting a bundle in place: all of it, proved, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlclap.errors import ModelError
from sqlclap.models.bundle import Bundle, open_bundle

ORIGIN = "origin.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Draft:
    """What a bundle is made of.

    Attributes
    ----------
    document : dict
        The contract, without the files' hashes.
    files : mapping of str to bytes or Path
        What the contract hashes: graphs and tokenizer.
    origin : dict
        Where it came from, kept in ``origin.json`` beside the contract: what may change without
        changing a vector, such as the repository's revision.
    notes : mapping of str to str
        Other texts, such as LICENSE.
    """

    document: dict[str, Any]
    files: Mapping[str, bytes | Path]
    origin: dict[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish_bundle(target: Path, draft: Draft, check: Callable[[Bundle], None]) -> Bundle:
    """Write a bundle beside `target`, check it there, and move it into place in one step.

    Parameters
    ----------
    target : Path
        The bundle's folder; an older bundle there is replaced.
    draft : Draft
    check : callable
        Raises when the bundle must not be published.

    Returns
    -------
    Bundle
        The bundle in its place.

    Raises
    ------
    ModelError
        `target` is something else than a bundle, or can't be written.
    Exception
        What `check` raised; `target` is as it was.
    """
    if target.exists() and not (target / "contract.json").is_file() and _holds_anything(target):
        raise ModelError(f"{target} is there and is no model bundle; name another folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise ModelError(f"can't write to {target.parent}: {error.strerror}") from error
    try:
        _write(staging, draft)
        check(open_bundle(staging))
        _swap(staging, target)
    except OSError as error:
        raise ModelError(f"can't write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return open_bundle(target)


def _holds_anything(target: Path) -> bool:
    return not target.is_dir() or any(target.iterdir())


def _write(folder: Path, draft: Draft) -> None:
    hashes = {}
    for name, content in draft.files.items():
        if isinstance(content, Path):
            shutil.copyfile(content, folder / name)
        else:
            (folder / name).write_bytes(content)
        hashes[name] = file_sha256(folder / name)
    for name, text in draft.notes.items():
        (folder / name).write_text(text, encoding="utf-8")
    _write_json(folder / "contract.json", draft.document | {"files": hashes})
    _write_json(folder / ORIGIN, draft.origin)
    folder.chmod(0o755)  # mkdtemp's folders are closed to others


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _swap(staging: Path, target: Path) -> None:
    """Move `staging` to `target`; a folder that is there is set aside first, and put back."""
    aside = None
    if target.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.replace(aside / target.name)
    try:
        staging.replace(target)
    except OSError:
        if aside is not None:
            (aside / target.name).replace(target)
        raise
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
