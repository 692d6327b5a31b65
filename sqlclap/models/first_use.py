"""Trust on first use: hashes of what was pulled once, so that a later change is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sqlclap.durable import lock_file, write_whole
from sqlclap.errors import DownloadError
from sqlclap.models.hub import Fetched
from sqlclap.models.installed import home
from sqlclap.models.registry import KnownModel


def check_first_use(model: KnownModel, fetched: Fetched, accept_changes: bool) -> None:
    """Compare a download with the registry's hashes, or with those of the first pull.

    Parameters
    ----------
    model : KnownModel
    fetched : Fetched
    accept_changes : bool
        Take files that differ from the first pull's; the registry's hashes hold all the same.

    Raises
    ------
    DownloadError
        A file has another hash.
    """
    _compare(model.sha256, fetched, "the registry", "report it: someone may have tampered with it")
    if not accept_changes:
        advice = "if you trust the change: --accept-changes"
        _compare(_remembered().get(model.name, {}), fetched, "the first pull", advice)


def remember(model: KnownModel, fetched: Fetched, accept_changes: bool) -> None:
    """Keep a download's hashes for later pulls; several may do so at the same time.

    This comes before the model is put in force: no model is there whose hashes aren't kept.

    Raises
    ------
    DownloadError
        Another pull has come first, and got other files; or they can't be kept.
    """
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock_file(path.with_suffix(".lock")):
            check_first_use(model, fetched, accept_changes)
            known = _remembered() | {model.name: dict(fetched.sha256)}
            write_whole(path, json.dumps(known, indent=2) + "\n")
    except OSError as error:
        raise DownloadError(f"can't write {path}: {error.strerror or error}") from error


def _compare(known: Mapping[str, str], fetched: Fetched, whose: str, advice: str) -> None:
    for name, expected in known.items():
        found = fetched.sha256.get(name)
        if found is not None and found != expected:
            raise DownloadError(
                f"{name} of {fetched.repository} is not the file of {whose} (SHA-256 "
                f"{found[:12]}..., expected {str(expected)[:12]}...); {advice}"
            )


def _remembered() -> dict[str, dict[str, str]]:
    try:
        known: object = json.loads(_path().read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DownloadError(f"can't read {_path()}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DownloadError(f"{_path()} can't be read ({error}); delete it") from error
    if not isinstance(known, dict) or not all(isinstance(one, dict) for one in known.values()):
        raise DownloadError(f"{_path()} doesn't hold hashes by model and file; delete it")
    return known


def _path() -> Path:
    return home() / "pulled.json"
