"""Duplicates of a set that go: moved into a folder, and what was said of them to those that stay.

The file that stays may be of another shard, and what is said of sounds lies in the catalog and in
their shards. It is passed on step by step, each of which finds what is done already: what a killed
process began is ended by the next one, as of a library (`sqlclap.curation.quarantine`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.curation.quarantine import Quarantine, QuarantineReport
from sqlclap.db.samples import Sample, merge_samples
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import UnknownSoundError
from sqlclap.search.keep_rules import PlannedFile, plan_keeping
from sqlclap.search.request import Filter
from sqlclap.shards.catalog import CopiedSound, read_sound, store_sound
from sqlclap.shards.copies import copied
from sqlclap.shards.duplicate_jobs import Passing
from sqlclap.shards.filters import in_shards
from sqlclap.shards.joining import OF_SOUNDS
from sqlclap.shards.leases import work_lease
from sqlclap.shards.searching import answered
from sqlclap.shards.sounds import SampleAfar, copy_of_sound, find_sounds, samples_of
from sqlclap.shards.sources import SetSources
from sqlclap.shards.targets import shard_of, sound_by_id

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.db.database import Database
    from sqlclap.notebook.results import Results
    from sqlclap.progress import ProgressListener
    from sqlclap.search.duplicates import DuplicateGroup
    from sqlclap.shards.session import SetSession


class SetQuarantine(Quarantine):
    """Duplicates of a set that go: planned by rules, moved into a folder, and back.

    Files of sounds that lie at nodes are not on this machine: they take no part.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        super().__init__(session.catalog)
        self._set = session

    @property
    def _library_name(self) -> str:
        return str(self._set.path)

    def plan(
        self,
        groups: Iterable[DuplicateGroup],
        rules: Sequence[str],
        kinds: Sequence[str] = ("copy",),
    ) -> Results[PlannedFile]:
        """Say which of duplicates' files stay by some rules, and which go; see `Quarantine.plan`.

        Where no rule decides, the sound of the least id of the set stays.
        """
        listed = [*groups]
        ids = [sound.sample_id for group in listed for sound in group.sounds]
        return plan_keeping(_SetSounds(self._set, ids), listed, rules, kinds)

    def move(
        self,
        plan: Iterable[PlannedFile],
        folder: str | Path,
        listener: ProgressListener | None = None,
    ) -> QuarantineReport:
        """Move the files of a plan that go into a folder; see `Quarantine.move`.

        Raises
        ------
        QuarantineError
        SetError
            The set is open for reading only, or its shards are being changed.
        """
        self._set.check_writable()
        with work_lease(self._set.path, alone=False):
            return super().move(plan, folder, listener)

    def _roots(self) -> list[str]:
        return [one.root for one in SetSources(self._set).list()]

    def _merge(self, keep: int, drop: int) -> None:
        try:
            stays, goes = samples_of(self._set, [keep, drop])
        except UnknownSoundError:  # it is done already, or one has gone
            return
        self._merge_copies(stays, goes)
        here, there = (sound_by_id(self._set, one) for one in (keep, drop))
        with ExitStack() as opened:
            target = opened.enter_context(shard_of(self._set, here).open("write")).connection
            if here.shard == there.shard:
                with write_transaction(target):
                    merge_samples(target, keep=here.sample_id, drop=there.sample_id)
                return
            source = opened.enter_context(shard_of(self._set, there).open("write")).connection
            # What it had is committed in its new place before it goes from the old one.
            with write_transaction(source), write_transaction(target):
                _take_over(target, here.sample_id, source, there.sample_id, self._set)
                source.execute(statement("db/merge_drop"), {"drop": there.sample_id})

    def _merge_copies(self, stays: Sample, goes: Sample) -> None:
        """Say in the catalog of one sound what was said of the other."""
        copy = copy_of_sound(self._set, goes)
        if copy is None:
            return
        ((kept, _),) = copied(self._set, [stays.sample_id])
        with write_transaction(self._set.catalog.database) as database:
            merge_samples(database, keep=kept, drop=copy)


def _take_over(
    target: Database, keep: int, source: Database, drop: int, session: SetSession
) -> None:
    """Give a sound what another library keeps of one, as if that lay in its own library."""
    row = read_sound(source, session.model, drop).row
    guest = store_sound(target, session.model, CopiedSound(row, []))
    for table in OF_SOUNDS:
        for values in source.execute(_of_table("shards/kept_read", table), (drop,)):
            target.execute(_of_table("shards/kept_insert", table), (guest, *values))
    for tag in source.execute(statement("shards/run_tags_read"), (drop,)):
        target.execute(statement("shards/run_tag_insert"), (guest, *tag))
    merge_samples(target, keep=keep, drop=guest)


def _of_table(name: str, table: str) -> str:
    columns = OF_SOUNDS[table]
    text = statement(name).replace("{table}", table).replace("{columns}", ", ".join(columns))
    return text.replace("{values}", ", ".join("?" * (len(columns) + 1)))


class _SetSounds:
    """The sounds of a set that are in groups of duplicates, as `KnownSounds`."""

    def __init__(self, session: SetSession, set_ids: Sequence[int]) -> None:
        self._session, self._ids = session, set_ids

    @cached_property
    def _found(self) -> dict[int, Sample]:
        return find_sounds(self._session, self._ids)

    def samples(self, sample_ids: Iterable[int]) -> Iterable[Sample]:
        """Return some of them, those at nodes left out."""
        for one in sample_ids:
            sample = self._found[one]
            if not isinstance(sample, SampleAfar):
                yield sample

    def below(self, folder: str) -> Collection[int]:
        """Return the sounds of a folder."""
        found, reach = self._session.ask(Passing(in_shards(self._session, Filter(folder=folder))))
        reach.check(require_all=True)
        return {whole for part in answered(found.answers) for whole in part.tolist()}
