"""A process that dies while it hands on what was said of sounds of a set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sqlclap.db.database import Database
from sqlclap.db.statements import write_transaction
from sqlclap.shards import handing_on


class KilledError(Exception):
    """What ends it."""


def kill_between_commits(patch: pytest.MonkeyPatch) -> None:
    """What sounds had is committed in their new shard, and not yet gone from the old one."""
    inner, shards = handing_on._in_shards, list[object]()

    def noted(goers: Database, heirs: Database, wanted: Any) -> None:
        shards.extend([goers, heirs])
        inner(goers, heirs, wanted)

    @contextmanager
    def killed(database: Database) -> Iterator[object]:
        with write_transaction(database) as written:
            yield written
        if database in shards:
            raise KilledError

    patch.setattr(handing_on, "_in_shards", noted)
    patch.setattr(handing_on, "write_transaction", killed)
