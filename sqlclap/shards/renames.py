"""Files of a set whose new name is of another shard: what was said of them follows.

In a library, a sample goes where its file is. In a set, the file is a new sound of another shard by
then, and the former one is missing from its own. What is to be done is read off the libraries, and
not off what an ingest did: what a crash or a shard that could not be written has left, the next
ingest does. A sample's file is gone, and which of several files it belongs to, by the library's own
rules (`sqlclap.ingest.orphaned`, `sqlclap.ingest.store`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.addresses import is_address
from sqlclap.db.scratch import scratch_database
from sqlclap.db.set_membership import note_renames_sought, renames_sought
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement
from sqlclap.ingest.orphaned import GoneFiles
from sqlclap.ingest.path_tails import NearestPaths, paired
from sqlclap.ingest.shares import KnownFile
from sqlclap.shards.catalog import sounds_named
from sqlclap.shards.following import follow_in_catalog
from sqlclap.shards.handing_on import Succession, hand_on
from sqlclap.shards.slots import file_name
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from array import array

    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

AT_ONCE = 500
"""Sounds of which what was said is handed on together."""
LOOKED_UP_AT_ONCE = 5_000


@dataclass(frozen=True)
class ShareTaken:
    """What a shard has taken in.

    Attributes
    ----------
    sought : int
        Up to which sample others were looked for before that may have been renamed to it.
    highest : int
        The highest that it had before.
    gone : array of int
        Samples that were counted as missing.
    """

    sought: int
    highest: int
    gone: array[int]

    @staticmethod
    def begun(database: Database, gone: array[int]) -> ShareTaken:
        """Return what is known of a shard that is about to take its share."""
        return ShareTaken(renames_sought(database), _highest(database), gone)


@dataclass
class Followed:
    """What became of files that have another shard's name now.

    Attributes
    ----------
    moved : int
        Sounds of which is said what was said of the files' former ones.
    merged : int
        Sounds whose file is gone while the same one was there before, in another shard.
    told_new, told_missing : int
        Those among them that shards have told of as new, and as missing.
    """

    moved: int = 0
    merged: int = 0
    told_new: int = 0
    told_missing: int = 0


def remembered_in(
    shards: Sequence[Shard], names: Sequence[tuple[str, str]]
) -> list[KnownFile | None]:
    """Return what shards remember of files, but for those that they have taken in just now.

    Parameters
    ----------
    shards : sequence of Shard
        Of one that can't be read nothing is remembered.
    names : sequence of (str, str)
        Sources' roots and paths below them.
    """
    found: dict[int, KnownFile] = {}

    def look(shard: Shard, library: Library) -> None:
        own = [(at, file_name(*one)) for at, one in enumerate(names) if shard.holds(*one)]
        held = json.dumps(sounds_named(library.connection, own))
        rows = library.connection.execute(statement("shards/remembered"), (held,))
        found.update((int(row[0]), KnownFile(*row[1:])) for row in rows)

    Visit(shards).each("read", look)
    return [found.get(at) for at in range(len(names))]


class _Sound(NamedTuple):
    shard: int
    sample_id: int
    root: str
    file: Path
    status: str
    is_new: bool


class Renames:
    """Finds them, and hands on what was said; in a lease of work.

    Parameters
    ----------
    session : SetSession
    shares : mapping of int to ShareTaken
        Of the shards that could be written, by their numbers.

    Attributes
    ----------
    visit : Visit
        Which shards could not be looked at or written meanwhile.
    """

    def __init__(self, session: SetSession, shares: Mapping[int, ShareTaken]) -> None:
        self._session, self._shares = session, shares
        self._looked_up = scratch_database("shards/rename_tables")
        self._is_gone = GoneFiles(self._is_new)
        self._highest: dict[int, int] = {}
        self.visit = Visit([one for one in session.shards if one.number in shares])

    def follow(self) -> Followed:
        """Hand on what was said of all of them."""
        try:
            follow_in_catalog(self._session, self.visit)
            self.visit.each("read", self._collect_missing)
            if self._may_be_any():
                self.visit.each("read", self._collect_new)
                self.visit.each("read", self._collect_alike)
            contents: Any = self._looked_up.execute(statement("shards/rename_contents"))
            for content_hash, size in contents:
                self._decide(content_hash, size)
            followed = self._hand_on()
            self._note_sought()
            return followed
        finally:
            self._looked_up.close()

    def _collect_missing(self, shard: Shard, library: Library) -> None:
        self._highest[shard.number] = _highest(library.connection)
        self._add(shard, library.connection.execute(statement("shards/rename_missing")))

    def _may_be_any(self) -> bool:
        """Whether there can be any: not where all sounds are new."""
        if any(one.sought for one in self._shares.values()):
            return True
        return self._looked_up.execute("SELECT 1 FROM sounds LIMIT 1").fetchone() is not None

    def _collect_new(self, shard: Shard, library: Library) -> None:
        sought = self._shares[shard.number].sought
        self._add(shard, library.connection.execute(statement("shards/rename_new"), (sought,)))

    def _collect_alike(self, shard: Shard, library: Library) -> None:
        """Add the sounds that have what new ones hold, or missing ones held."""
        sought = self._shares[shard.number].sought
        if not sought:
            return
        query = (
            "SELECT DISTINCT content_hash FROM sounds WHERE content_hash > ? "
            "ORDER BY content_hash LIMIT ?"
        )
        last = ""
        while some := self._looked_up.execute(query, (last, LOOKED_UP_AT_ONCE)).fetchall():
            contents: list[Any] = [row[0] for row in some]
            last = contents[-1]
            bindings = (sought, json.dumps(contents))
            self._add(shard, library.connection.execute(statement("shards/rename_alike"), bindings))

    def _add(self, shard: Shard, rows: Iterable[tuple[Any, ...]]) -> None:
        sought = self._shares[shard.number].sought
        insert = "INSERT OR IGNORE INTO sounds VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self._looked_up.executemany(insert, (_as_row(shard.number, row, sought) for row in rows))

    def _is_new(self, name: str) -> bool:
        query = "SELECT 1 FROM sounds WHERE file = ? AND is_new LIMIT 1"
        return self._looked_up.execute(query, (os.fsencode(name),)).fetchone() is not None

    def _decide(self, content_hash: str, size: int) -> None:
        """Find heirs for the sounds of a content whose files are gone."""
        query = (
            "SELECT shard, sample_id, root, file, status, is_new FROM sounds "
            "WHERE content_hash = ? AND bytes = ? ORDER BY shard, sample_id"
        )
        found = self._looked_up.execute(query, (content_hash, size))
        sounds = [
            _Sound(shard, sample_id, root, Path(os.fsdecode(file)), status, bool(is_new))
            for shard, sample_id, root, file, status, is_new in found
        ]
        new = sorted((one for one in sounds if one.is_new), key=lambda one: str(one.file))
        gone = [one for one in sounds if not one.is_new and self._is_orphaned(one)]
        pairs = paired([(one.file, one) for one in gone], [(one.file, one) for one in new])
        following = {one for one, _ in pairs}
        lost = [one for one in sounds if one not in following and self._is_lost(one)]
        living = [one for one in sounds if one not in gone and _is_living(one)] if lost else []
        if living:
            nearest = NearestPaths([one.file for one in living])
            pairs += [(one, living[nearest.place(one.file)]) for one in lost]
        insert = "INSERT INTO heirs VALUES (?, ?, ?, ?, ?, ?)"
        for goes, heir in pairs:
            ends = (goes.shard, goes.sample_id, heir.shard, heir.sample_id)
            is_move = goes in following
            self._looked_up.execute(insert, (*ends, content_hash, is_move))

    def _is_orphaned(self, one: _Sound) -> bool:
        """Whether it belongs to a file that was taken in as new, if that holds the same."""
        if is_address(one.root):
            return one.status == "missing"
        return self._is_gone(one.root, one.file)

    def _is_lost(self, one: _Sound) -> bool:
        """Whether it is not to stay beside a living sound of the same content."""
        if one.status != "missing":
            return False
        if is_address(one.root):
            return True
        return self._is_gone.is_folder(one.root) and not one.file.is_file()

    def _hand_on(self) -> Followed:
        followed = Followed()
        shards = {one.number: one for one in self.visit.shards}
        query = "SELECT DISTINCT gone_shard, shard FROM heirs ORDER BY 1, 2"
        ends: list[Any] = self._looked_up.execute(query).fetchall()
        for source, target in ends:
            rows: list[Any] = self._looked_up.execute(
                "SELECT gone, heir, content_hash, is_move FROM heirs "
                "WHERE gone_shard = ? AND shard = ? ORDER BY gone",
                (source, target),
            ).fetchall()
            is_move = {int(row[0]): bool(row[3]) for row in rows}
            with self.visit.noted(shards[target]):
                for start in range(0, len(rows), AT_ONCE):
                    wanted = [Succession(*row[:3]) for row in rows[start : start + AT_ONCE]]
                    done = hand_on(self._session, shards[source], shards[target], wanted)
                    self._count(followed, (source, target), done, is_move)
        return followed

    def _count(
        self,
        followed: Followed,
        ends: tuple[int, int],
        done: Sequence[Succession],
        is_move: Mapping[int, bool],
    ) -> None:
        source, target = (self._shares[one] for one in ends)
        missing = {*source.gone}
        for one in done:
            followed.moved += is_move[one.gone]
            followed.merged += not is_move[one.gone]
            followed.told_new += is_move[one.gone] and one.heir > target.highest
            followed.told_missing += one.gone in missing

    def _note_sought(self) -> None:
        """Keep which sounds need not be looked at again, where all shards were looked at."""
        here = {one.number for one in self._session.shards if one.is_here}
        if self.visit.missing or here - self._shares.keys():
            return

        def note(shard: Shard, library: Library) -> None:
            note_renames_sought(library.connection, self._highest[shard.number])

        grown = [one for one in self.visit.shards if self._has_grown(one)]
        Visit(grown).each("write", note)

    def _has_grown(self, shard: Shard) -> bool:
        return self._highest[shard.number] > self._shares[shard.number].sought


def _highest(database: Database) -> int:
    return int(database.execute("SELECT ifnull(max(sample_id), 0) FROM samples").get)


def _as_row(shard: int, row: tuple[Any, ...], sought: int) -> tuple[Any, ...]:
    sample_id, content_hash, size, root, path, path_bytes, status = row
    file = os.fsencode(str(file_path(root, path, path_bytes)))
    is_new = int(sample_id) > sought and status != "missing"
    return shard, sample_id, content_hash, size, root, file, status, is_new


def _is_living(one: _Sound) -> bool:
    return one.status in ("ok", "silent") and (is_address(one.root) or one.file.is_file())
