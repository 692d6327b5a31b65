"""A set of which two shards lie at a node, a process of its own, and one beside the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set

TOKEN = "a-token-of-the-tests-0123456789"  # noqa: S105


@dataclass(frozen=True)
class FarSet:
    """Where it is.

    Attributes
    ----------
    file : Path
        The set's file beside the page; shard 3 lies there, the others don't.
    node : Path
        Folder of the node.
    url : str
    process : subprocess.Popen
    """

    file: Path
    node: Path
    url: str
    process: subprocess.Popen[str]


@contextmanager
def far_set(heard_set: Path, folder: Path, name: str = "sounds") -> Iterator[FarSet]:
    """Serve shards 1 and 2 of a copy by a node, and put the others beside it elsewhere.

    Parameters
    ----------
    heard_set : Path
        See `tests.page.sets.conftest`.
    folder : Path
        A new one.
    name : str
        Of the set, without its suffix.
    """
    node = Path(shutil.copytree(heard_set, folder / "node"))
    opener = folder / "opener"
    opener.mkdir()
    content = read_set(node / f"{name}.toml")
    shards = tuple(
        replace(one, node="left" if one.number < 3 else "here") for one in content.shards
    )
    write_set(node / f"{name}.toml", replace(content, shards=shards))
    for path in (content.catalog, f"{name}-0003.db"):
        for file in node.glob(f"{path}*"):  # what is not in the file itself yet, too
            if file.is_file():
                shutil.copy(file, opener)
    command = [sys.executable, "-m", "sqlclap", "shards", "serve", str(node / f"{name}.toml")]
    process = subprocess.Popen(
        [*command, "--node", "left", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {TOKEN_VARIABLE: TOKEN},
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        url = found[0]
        write_set(
            opener / f"{name}.toml",
            replace(read_set(node / f"{name}.toml"), nodes=(("left", url),)),
        )
        yield FarSet(opener / f"{name}.toml", node, url, process)
    finally:
        process.terminate()
        process.wait(30)
