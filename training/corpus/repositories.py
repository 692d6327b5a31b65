"""Fetch the few files of public git repositories that sounds are taken from, at a pinned commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from training import paths

_HOST = "https://github.com"


def repository_folder(repository: str) -> Path:
    """Return where a repository's files lie once fetched."""
    return paths.PACKAGES / repository.replace("/", "_")


def _git(folder: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "GIT_LITERAL_PATHSPECS": "1"},
    )
    return done.stdout


def fetch_files(
    repository: str, commit: str, wanted: Callable[[Iterable[str]], Iterable[str]]
) -> None:
    """Fetch what `wanted` chooses among a commit's paths; git checks each file by its hash.

    Parameters
    ----------
    repository : str
        "owner/name" on GitHub.
    commit : str
        Full hash; a server that gives another commit is an error.
    wanted : callable
        Takes every path of the commit.
    """
    target = repository_folder(repository)
    if target.exists():
        return
    partial = target.with_name(target.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    _git(partial, "init", "--quiet")
    _git(partial, "config", "gc.auto", "0")
    _git(partial, "config", "remote.origin.url", f"{_HOST}/{repository}")
    _git(partial, "config", "remote.origin.promisor", "true")
    _git(partial, "config", "remote.origin.partialclonefilter", "blob:none")
    _git(partial, "fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", commit)
    got = _git(partial, "rev-parse", "FETCH_HEAD").strip()
    if got != commit:
        raise RuntimeError(f"{repository} gave commit {got}, {commit} is wanted.")
    entries = filter(None, _git(partial, "ls-tree", "-r", "-z", commit).split("\0"))
    blobs = {name: entry.split()[2] for entry, _, name in (e.partition("\t") for e in entries)}
    chosen = sorted(wanted(blobs))
    # checkout would ask for one file after the other
    told = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-write-fetch-head")
    hashes = "".join(f"{blobs[name]}\n" for name in chosen)
    _git(partial, *told, "--filter=blob:none", "--stdin", "origin", given=hashes)
    listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
    _git(partial, "checkout", "--quiet", *listed, commit, given="\0".join(chosen))
    partial.rename(target)
