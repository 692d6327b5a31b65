"""Installs a bundle atomically, after checking it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlclap.errors import ModelError
from sqlclap.models.bundle import Bundle, open_bundle
from sqlclap.models.versions import (
    CONTRACT,
    ORIGIN,
    abandon_version,
    begin_version,
    holds_only_leftovers,
    is_model_folder,
    put_in_force,
)
from sqlclap.sqlite_files import content_hash

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Draft:
    """The parts of a bundle that is to be installed.

    Attributes
    ----------
    document : dict
        The contract, without the files' hashes.
    files : mapping of str to bytes or Path
        What the contract hashes: graphs and tokenizer.
    origin : dict
        Provenance, written to ``origin.json`` beside the contract: facts that may change without
        changing a vector, such as the repository's revision.
    notes : mapping of str to str
        Other text files, such as LICENSE.
    """

    document: dict[str, Any]
    files: Mapping[str, bytes | Path]
    origin: dict[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


def publish_bundle(target: Path, draft: Draft, check: Callable[[Bundle], None]) -> Bundle:
    """Write a new version of a model, check it, and put it in force atomically.

    After a kill at any moment, the previous or the new version is in force; other remains
    are removed by the next install. Of two concurrent installs, the later one is in force.

    Parameters
    ----------
    target : Path
        The model's folder (see `sqlclap.models.versions`); a plain bundle there is replaced.
    draft : Draft
    check : callable
        Raises when the bundle must not be published.

    Returns
    -------
    Bundle
        The bundle in force.

    Raises
    ------
    ModelError
        `target` is something else than a bundle, or can't be written.
    Exception
        What `check` raised; the previous version stays in force.
    """
    try:
        if target.exists() and not is_model_folder(target) and not holds_only_leftovers(target):
            raise ModelError(f"{target} is there and is no model bundle; name another folder")
        version, hold = begin_version(target)
    except OSError as error:
        raise ModelError(f"can't write to {target}: {error.strerror or error}") from error
    try:
        _write(version, draft)
        check(open_bundle(version))
        put_in_force(version)
    except OSError as error:
        abandon_version(version, hold)
        raise ModelError(f"can't write {target}: {error.strerror or error}") from error
    except BaseException:
        abandon_version(version, hold)
        raise
    published = open_bundle(target)
    hold.close()
    return published


def _write(folder: Path, draft: Draft) -> None:
    hashes = {}
    for name, content in draft.files.items():
        if isinstance(content, Path):
            shutil.copyfile(content, folder / name)
        else:
            (folder / name).write_bytes(content)
        hashes[name] = content_hash(folder / name)
    for name, text in draft.notes.items():
        (folder / name).write_text(text, encoding="utf-8")
    _write_json(folder / ORIGIN, draft.origin)
    # In place: its lock is held.
    _write_json(folder / CONTRACT, draft.document | {"files": hashes})


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
