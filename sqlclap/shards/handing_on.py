"""Says of sounds of a set what was said of others, which go: within a shard, or across two.

What is said of sounds lies in the catalog and in their shards. It is handed on step by step, each
of which finds what is done already: what a killed process began is ended when it is done again.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import merge_samples
from sqlclap.db.sources import list_sources, remove_vacant_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import default_model, list_models
from sqlclap.shards.catalog import CopiedSound, copy_of, read_sound, store_sound, store_vectors
from sqlclap.shards.kept_tables import OF_SOUNDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlclap.db.database import Database
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


class Succession(NamedTuple):
    """A sound that goes, and its heir: of that one is said from then on what was said of it.

    Attributes
    ----------
    gone, heir : int
        Their ids in their libraries.
    content_hash : str or None
        What both hold, or else nothing is done; None: whatever they hold.
    """

    gone: int
    heir: int
    content_hash: str | None = None


def hand_on(
    session: SetSession, source: Shard, target: Shard, wanted: Sequence[Succession]
) -> list[Succession]:
    """Hand on what was said of sounds of one shard to sounds of another, or of the same.

    Parameters
    ----------
    session : SetSession
    source, target : Shard
        Those of the sounds that go, and of their heirs.
    wanted : sequence of Succession
        Not too many: they are committed together.

    Returns
    -------
    list of Succession
        Those of which both sounds were there.

    Raises
    ------
    LibraryError, SetError
        A library can't be written; what was said stays where it is, or is in both.
    """
    with ExitStack() as opened:
        heirs = opened.enter_context(target.open("write")).connection
        goers = heirs
        if source.number != target.number:
            goers = opened.enter_context(source.open("write")).connection
        there = _those_there(goers, heirs, wanted)
        _in_catalog(session, goers, heirs, there)
        if goers is heirs:
            with write_transaction(heirs):
                for one in _those_there(goers, heirs, there):
                    merge_samples(heirs, keep=one.heir, drop=one.gone)
                remove_vacant_sources(heirs)
            return there
        # What they had is committed in its new place before it goes from the old one.
        with write_transaction(goers), write_transaction(heirs):
            _in_shards(goers, heirs, _those_there(goers, heirs, there))
            remove_vacant_sources(goers)
        return there


def spoken_of(session: SetSession, database: Database, sample_ids: Collection[int]) -> set[int]:
    """Return those of some samples of a shard of which anything is said there or in the catalog."""
    kept = database.execute(statement("shards/kept_here"), (json.dumps([*sample_ids]),))
    names = _named(database, sample_ids)
    catalog, file = session.catalog.database, session.file
    copied = (one for one in names if copy_of(catalog, file, *names[one][:2]) is not None)
    return {*(int(row[0]) for row in kept), *copied}


def _those_there(
    goers: Database, heirs: Database, wanted: Sequence[Succession]
) -> list[Succession]:
    """Return those of which both sounds are there, with the content that they are to have."""
    gone = _named(goers, [one.gone for one in wanted])
    heir = _named(heirs, [one.heir for one in wanted])
    return [
        one
        for one in wanted
        if one.gone in gone
        and one.heir in heir
        and one.content_hash in (None, gone[one.gone][2])
        and one.content_hash in (None, heir[one.heir][2])
    ]


def _named(database: Database, sample_ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Return sources' folders, paths and contents of the samples that there are."""
    rows = database.execute(statement("shards/names_of"), (json.dumps([*sample_ids]),))
    return {int(sample_id): (root, path, held) for sample_id, root, path, held in rows}


def _in_catalog(
    session: SetSession, goers: Database, heirs: Database, wanted: Sequence[Succession]
) -> None:
    """Say in the catalog of the heirs what is said there of the others."""
    catalog, file, model = session.catalog.database, session.file, default_model(heirs)
    names = _named(goers, [one.gone for one in wanted])
    copies = {one: copy_of(catalog, file, *names[one.gone][:2]) for one in wanted}
    for one, copy in copies.items():
        if copy is None:
            continue
        heir = read_sound(heirs, model, one.heir)
        with write_transaction(catalog):
            kept = store_sound(catalog, session.model, heir)
            if kept != copy:
                merge_samples(catalog, keep=kept, drop=copy)


def _in_shards(goers: Database, heirs: Database, wanted: Sequence[Succession]) -> None:
    """Give heirs what the other shard keeps of sounds, which go; in write transactions of both."""
    ids = json.dumps([one.gone for one in wanted])
    kept = {int(row[0]) for row in goers.execute(statement("shards/kept_here"), (ids,))}
    has_others = len(list_models(goers)) > 1
    for one in wanted:
        if has_others:
            _take_vectors(goers, heirs, one)
        if one.gone in kept:
            _take_over(goers, heirs, one)
    drop = statement("db/merge_drop")
    goers.executemany(drop, [{"drop": one.gone} for one in wanted])


def _take_vectors(goers: Database, heirs: Database, one: Succession) -> None:
    """Give an heir the vectors of other models that the same sound had."""
    if one.content_hash:
        sound = read_sound(goers, default_model(goers), one.gone)
        store_vectors(heirs, default_model(heirs), one.heir, sound)


def _take_over(goers: Database, heirs: Database, one: Succession) -> None:
    """Give an heir what another library keeps of a sound, as if that lay in its own library."""
    row = read_sound(goers, default_model(goers), one.gone).row
    known = {source.root for source in list_sources(heirs)}
    guest = store_sound(heirs, default_model(heirs), CopiedSound(row, []))
    for table in OF_SOUNDS:
        for values in goers.execute(_of_table("shards/kept_read", table), (one.gone,)):
            heirs.execute(_of_table("shards/kept_insert", table), (guest, *values))
    for tag in goers.execute(statement("shards/run_tags_read"), (one.gone,)):
        heirs.execute(statement("shards/run_tag_insert"), (guest, *tag))
    merge_samples(heirs, keep=one.heir, drop=guest)
    if row["root"] not in known:  # else the next ingest would look there
        heirs.execute("DELETE FROM sources WHERE root = ?", (row["root"],))


def _of_table(name: str, table: str) -> str:
    columns = OF_SOUNDS[table]
    text = statement(name).replace("{table}", table).replace("{columns}", ", ".join(columns))
    return text.replace("{values}", ", ".join("?" * (len(columns) + 1)))
