"""Lets the catalog's copies follow their sounds at nodes, where other programs take files in.

A shard that lies here tells which of its sounds have other names (`sqlclap.shards.following`). A
node's shards tell that to the copy of the catalog that lies there. So where a copy's sound at a
node is gone from under its name, the sounds of all shards that hold the same are asked for: of one
whose file is there is said from then on what was said of the one that is gone.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import merge_samples
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import UnknownSoundError
from sqlclap.ingest.path_tails import NearestPaths, paired
from sqlclap.shards.catalog import catalog_sounds, update_copy
from sqlclap.shards.copies import copied_within, read_copy
from sqlclap.shards.label_jobs import AlikeSound, CopyState, LivingAlike, StatesOfCopies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlclap.shards.session import SetSession

AT_ONCE = 5_000
"""Contents that are asked for at once."""


class _Copy(NamedTuple):
    sample_id: int
    path: str
    content_hash: str


def follow_at_nodes(session: SetSession) -> None:
    """Give copies of sounds at nodes what these are by now; nothing while a shard is missing.

    A sound that can't be found any more keeps its copy, by which it goes on scoring.
    """
    afar = {one.number for one in session.shards if not one.is_here}
    if not afar:
        return
    sounds = tuple(catalog_sounds(session.catalog.database, session.file))
    found, _ = session.ask(StatesOfCopies(sounds))
    if found.missing:
        return
    states = {copy: state for part in found.answers for copy, state in part.items()}
    at_nodes = {one.sample_id for one in sounds if one.shard in afar}
    gone: dict[str, list[_Copy]] = defaultdict(list)
    for copy in _copies(session):
        state = states.get(copy.sample_id)
        if state is None and copy.sample_id not in at_nodes:
            continue  # its folder was removed here
        if state is None or state.status == "missing":
            gone[copy.content_hash].append(copy)
        elif state.content_hash != copy.content_hash and copy.sample_id in at_nodes:
            _read_anew(session, copy, state)
    _pass_on(session, gone, {one.sample_id for one in states.values()})


def _copies(session: SetSession) -> list[_Copy]:
    """Return the copies of sounds that came of files."""
    rows = session.catalog.database.execute(statement("shards/catalog_sounds")).fetchall()
    return [_Copy(int(copy), str(path), str(held)) for copy, _, path, held in rows if held]


def _read_anew(session: SetSession, copy: _Copy, state: CopyState) -> None:
    """Let a copy be of what its sound's file holds by now."""
    if state.status not in ("ok", "silent") or not state.content_hash:
        return
    with suppress(UnknownSoundError):  # it went just now: the next ingest sees to it
        sound = read_copy(session, state.sample_id)
        with write_transaction(session.catalog.database) as catalog:
            update_copy(catalog, session.model, copy.sample_id, sound)


def _pass_on(session: SetSession, gone: Mapping[str, list[_Copy]], spoken_of: set[int]) -> None:
    """Say of sounds that hold the same what was said of those that are gone."""
    contents = [*gone]
    for start in range(0, len(contents), AT_ONCE):
        found, _ = session.ask(LivingAlike(tuple(contents[start : start + AT_ONCE])))
        if found.missing:
            return
        alike: dict[str, list[AlikeSound]] = defaultdict(list)
        for one in (one for part in found.answers for one in part):
            alike[one.content_hash].append(one)
        for content_hash, heirs in alike.items():
            for copy, heir in _pairs(gone[content_hash], heirs, spoken_of):
                _hand_on(session, copy, heir)


def _pairs(
    gone: Sequence[_Copy], heirs: Sequence[AlikeSound], spoken_of: set[int]
) -> Iterator[tuple[_Copy, AlikeSound]]:
    """Find heirs by their names: each its own, as far as nothing is said of some yet."""
    olds = [(PurePath(one.path), one) for one in gone]
    news = [(PurePath(one.path), one) for one in heirs if one.sample_id not in spoken_of]
    pairs = paired(olds, news)
    yield from pairs
    nearest = NearestPaths([PurePath(one.path) for one in heirs])
    left = {one for one, _ in pairs}
    for path, copy in olds:
        if copy not in left:
            yield copy, heirs[nearest.place(path)]


def _hand_on(session: SetSession, copy: _Copy, heir: AlikeSound) -> None:
    catalog = session.catalog.database
    with suppress(UnknownSoundError), write_transaction(catalog):
        kept = copied_within(session, catalog, [heir.sample_id])[heir.sample_id]
        if kept != copy.sample_id:
            merge_samples(catalog, keep=kept, drop=copy.sample_id)
