"""Downloads from the Hugging Face hub: cached, resumed, checked, with clear errors.

`huggingface_hub` does the work and honours its own settings: HF_HOME, HF_ENDPOINT, HF_TOKEN,
HF_HUB_OFFLINE and the rest.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlclap.errors import DownloadError
from sqlclap.sqlite_files import content_hash

_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT_BLOB = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubSnapshot:
    """Files of one commit of a repository.

    Attributes
    ----------
    repository, revision : str
        The revision is a commit.
    paths : mapping of str to Path
        Where each file lies in the cache.
    sha256 : mapping of str to str
    """

    repository: str
    revision: str
    paths: Mapping[str, Path]
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class HubRequest:
    """What to fetch.

    Attributes
    ----------
    repository, revision : str
        ``owner/name``; a branch, tag or commit.
    files : sequence of str
        Required files.
    optional : sequence of str
        Files that are downloaded if they exist.
    force : bool
        Download files again that are in the cache.
    """

    repository: str
    files: Sequence[str]
    optional: Sequence[str] = ()
    revision: str = "main"
    force: bool = False


def fetch(request: HubRequest, show_progress: bool = False) -> HubSnapshot:
    """Fetch files of a repository, all of the same commit.

    Parameters
    ----------
    request : HubRequest
    show_progress : bool
        Draw a bar for each download on standard error.

    Raises
    ------
    DownloadError
        There is no network, repository, revision or file, or a download's hash isn't what the hub
        says it is.
    """
    _set_up(show_progress)
    unreachable = _why_unreachable(request)
    revision = request.revision
    paths: dict[str, Path] = {}
    for name in request.files:
        paths[name] = _download(request, name, revision, unreachable)
        # The first file pins the commit, so that all of them are of one.
        revision = _commit(paths[name], name)
    for name in request.optional:
        optional_paths = _download_optional(request, name, revision, unreachable)
        if optional_paths is not None:
            paths[name] = optional_paths
    hashes = {name: _checked_sha256(path, name, request) for name, path in paths.items()}
    return HubSnapshot(request.repository, revision, paths, hashes)


def _set_up(show_progress: bool) -> None:
    from huggingface_hub import utils

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # failures are told once
    # Its interface to Python doesn't list these two as its own.
    switch = "enable_progress_bars" if show_progress else "disable_progress_bars"
    getattr(utils, switch)()


def _why_unreachable(request: HubRequest) -> Exception | None:
    """Ask the hub for the revision; return why only the cache can be used, or None.

    Downloads retry for half a minute before they give up; this asks once.
    """
    from huggingface_hub import HfApi, constants, errors

    try:
        HfApi(library_name="sqlclap").model_info(
            request.repository,
            revision=request.revision,
            timeout=constants.HF_HUB_ETAG_TIMEOUT,  # who sets it means this too
        )
    except errors.HfHubHTTPError as error:
        raise DownloadError(_explain(error, request, request.files[0])) from error
    except Exception as error:  # offline mode, or the HTTP library's own: no answer came
        return error
    return None


def _download(request: HubRequest, name: str, revision: str, unreachable: Exception | None) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        path = hf_hub_download(
            request.repository,
            name,
            revision=revision,
            force_download=request.force and unreachable is None,
            local_files_only=unreachable is not None,
            library_name="sqlclap",
        )
    except Exception as error:  # its errors share no root, and HTTP libraries change under it
        raise DownloadError(_explain(unreachable or error, request, name)) from error
    return Path(path)


def _download_optional(
    request: HubRequest, name: str, revision: str, unreachable: Exception | None
) -> Path | None:
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return _download(request, name, revision, unreachable)
    except DownloadError as error:
        if isinstance(error.__cause__, EntryNotFoundError):
            return None
        raise


def _commit(path: Path, name: str) -> str:
    """Return the commit that a cached file belongs to: ``snapshots/<commit>/<name>``."""
    return path.parents[len(Path(name).parts) - 1].name


def _checked_sha256(path: Path, name: str, request: HubRequest) -> str:
    """Hash a cached file and compare it with the hub's own hash, which names its blob."""
    sha256 = content_hash(path)
    promised = path.resolve().name
    actual = sha256 if _SHA256.fullmatch(promised) else promised
    if _GIT_BLOB.fullmatch(promised):
        actual = _git_blob_hash(path)
    if actual != promised:
        raise DownloadError(
            f"{name} of {request.repository} was altered or is incomplete (its hash is "
            f"{actual[:12]}..., the hub says {promised[:12]}...); download it again with --force"
        )
    return sha256


def _git_blob_hash(path: Path) -> str:
    """Return the name git gives to a file's content."""
    digest = hashlib.sha1(usedforsecurity=False)
    digest.update(f"blob {path.stat().st_size}\0".encode())
    digest.update(path.read_bytes())
    return digest.hexdigest()


def _explain(error: Exception, request: HubRequest, name: str) -> str:
    """Return one line about what failed and what to do."""
    from huggingface_hub import errors

    repository, file = request.repository, f"{name} of {request.repository}"
    causes = list(_causes(error))
    root = _root(causes)
    unwritable = next((one for one in causes if _is_of_the_disk(one)), None)
    if unwritable is not None:
        return f"{file} can't be kept ({unwritable}); HF_HOME names another place for downloads"
    meanings = {  # the first that was met counts: some are kinds of later ones
        "GatedRepoError": f"{repository} asks for an agreement: accept it there and set HF_TOKEN",
        "RepositoryNotFoundError": f"the hub has no {repository} (private: set HF_TOKEN)",
        "RevisionNotFoundError": f"{repository} has no revision {request.revision!r}",
        "OfflineModeIsEnabled": f"{file} isn't in the cache, and HF_HUB_OFFLINE is set; unset it",
        "RemoteEntryNotFoundError": f"{repository} has no {name}: it is no model of this kind",
        "LocalEntryNotFoundError": f"{file} can't be reached ({root}); check the network",
        "HfHubHTTPError": f"{file} can't be downloaded ({root}); try again",
    }
    for kind, meaning in meanings.items():
        known = getattr(errors, kind, None)
        if known is not None and any(isinstance(cause, known) for cause in causes):
            return meaning
    return f"{file} can't be reached ({root}); check the network"


def _causes(error: BaseException) -> Any:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _is_of_the_disk(error: BaseException) -> bool:
    if not isinstance(error, OSError):
        return False
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    # A firewall may forbid a connection, too: that names no file.
    is_closed = error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)
    return is_full or (is_closed and error.filename is not None)


def _root(causes: Sequence[BaseException]) -> str:
    """Return the first line of the root cause."""
    text = str(causes[-1]).strip() or type(causes[-1]).__name__
    return text.splitlines()[0][:160]
