"""Twins whose shards lie at two nodes: real server processes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from tests.support.twin_libraries import Twins

TOKEN = "0123456789abcdef-test"  # noqa: S105


def node_process(set_file: Path, name: str, bundle: Path) -> subprocess.Popen[str]:
    """Serve a node's shards by a process."""
    command = [sys.executable, "-m", "sqlclap", "shards", "serve", str(set_file)]
    command += ["--node", name, "--port", "0", "--model", str(bundle)]
    environment = os.environ | {TOKEN_VARIABLE: TOKEN}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def url_of(process: subprocess.Popen[str]) -> str:
    """Return where a node listens, once it does."""
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found is not None
    return found[0]


class Nodes:
    """The shards of twins at two nodes, each a process; the opener has the catalog alone."""

    def __init__(self, twins: Twins, opener: Path) -> None:
        self.twins, self.opener = twins, opener
        file = twins.folder / "set.toml"
        content = read_set(file)
        names = ("left", "left", "right")
        shards = tuple(
            replace(one, node=name) for one, name in zip(content.shards, names, strict=True)
        )
        write_set(file, replace(content, shards=shards))
        self.processes = {
            name: node_process(file, name, twins.bundle) for name in ("left", "right")
        }
        self.urls = {name: url_of(one) for name, one in self.processes.items()}
        opener.mkdir()
        shutil.copy(twins.folder / content.catalog, opener)
        write_set(opener / "set.toml", replace(read_set(file), nodes=tuple(self.urls.items())))

    def open(self, deadline_s: float = 30.0, require_all: bool = False) -> ShardSet:
        options = SetOptions(str(self.twins.bundle), deadline_s=deadline_s, require_all=require_all)
        return open_set(self.opener / "set.toml", options)

    def close(self) -> None:
        for one in self.processes.values():
            one.terminate()
            assert one.wait(30) == 0
            assert one.stdout is not None
            one.stdout.close()


def leave_alone(_: Twins) -> None:
    """Say nothing of the sounds before they are served."""


@contextmanager
def served(twins: Twins) -> Iterator[Nodes]:
    """Serve the shards of twins while this lasts."""
    made = Nodes(twins, twins.folder / "elsewhere")
    try:
        yield made
    finally:
        made.close()


@contextmanager
def served_twins(
    folder: Path,
    bundle: Path,
    sounds: int,
    seed: int = 0,
    prepare: Callable[[Twins], None] = leave_alone,
) -> Iterator[Nodes]:
    """Make twins in a folder, and serve the set's shards while this lasts."""
    twins = Twins(folder, bundle)
    twins.add(sounds, seed=seed)
    prepare(twins)
    try:
        with served(twins) as made:
            yield made
    finally:
        twins.close()


@contextmanager
def token_known() -> Iterator[None]:
    """Let this process know the nodes' token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN_VARIABLE, TOKEN)
        yield


@contextmanager
def opened_afar(nodes: Nodes) -> Iterator[ShardSet]:
    """Open the same set, whose shards lie at nodes."""
    with token_known(), nodes.open() as there:
        yield there
