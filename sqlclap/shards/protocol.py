"""What a node and who asks it have to agree on: the address, the token, and limits."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import SetError

if TYPE_CHECKING:
    from sqlclap.shards.set_file import ShardEntry
    from sqlclap.shards.shard import Shard

ASK = "/v1/ask"
TOKEN_VARIABLE = "SQLCLAP_NODE_TOKEN"  # noqa: S105 the variable's name
KIND = "application/json"
MOST_QUESTION = 32 * 2**20
MOST_ANSWER = 256 * 2**20
"""Bytes of bodies; longer ones are refused before they are read."""

_TOKEN = re.compile(r"[!-~]{16,512}")


def entry_of(shard: Shard) -> list[Any]:
    """Return a shard's number, and a key of what node and asker must hold of it alike.

    Where that is so, its ids mean the same to both.
    """
    return [shard.number, _key_of(shard.entry, shard.model_version)]


@lru_cache(maxsize=4096)
def _key_of(one: ShardEntry, model_version: str) -> str:
    alike = [one.number, one.path, one.slots, one.taken, model_version]
    return hashlib.blake2b(json.dumps(alike).encode(), digest_size=16).hexdigest()


def token_of_environment() -> str | None:
    """Return the token that the environment holds; None where it has none.

    Raises
    ------
    SetError
        It is too short, or holds other signs than ASCII's.
    """
    found = os.environ.get(TOKEN_VARIABLE)
    return None if not found else checked_token(found, TOKEN_VARIABLE)


def find_token(file: str | None) -> str:
    """Return the token of a node that serves: of a file, else of the environment.

    Raises
    ------
    SetError
        There is none, or it can't be used.
    """
    token = read_token(Path(file)) if file is not None else token_of_environment()
    if token is None:
        raise SetError(
            f"a node needs a token: set {TOKEN_VARIABLE}, or give --token-file; "
            "`openssl rand -hex 32` makes one"
        )
    return token


def read_token(path: Path) -> str:
    """Read a token from a file of one line that only its owner can read.

    Raises
    ------
    SetError
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"the token can't be read from {path}: {error}") from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SetError(f"others can read {path}: `chmod 600 {path}`")
    return checked_token(text.strip(), str(path))


def checked_token(token: str, where: str) -> str:
    """Check that a token is long enough, and can stand in a header.

    Raises
    ------
    SetError
    """
    if not _TOKEN.fullmatch(token):
        raise SetError(
            f"expected a token of 16 to 512 ASCII signs without spaces in {where}: make one with "
            "`openssl rand -hex 32`"
        )
    return token
