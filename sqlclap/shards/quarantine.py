"""Duplicates of a set that go: moved into a folder, and what was said of them to those that stay.

The file that stays may be of another shard (`sqlclap.shards.handing_on`). What a killed process
began is ended by the next one, as of a library (`sqlclap.curation.quarantine`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.curation.quarantine import Quarantine, QuarantineReport
from sqlclap.errors import PartialAnswerError
from sqlclap.quantities import show_count
from sqlclap.search.keep_rules import KeepingPlan, PlannedFile, plan_keeping
from sqlclap.search.request import Filter
from sqlclap.shards.asking import answered
from sqlclap.shards.duplicate_jobs import Passing
from sqlclap.shards.filters import in_shards
from sqlclap.shards.handing_on import Succession, hand_on
from sqlclap.shards.leases import work_lease
from sqlclap.shards.sounds import SampleAfar, find_sounds
from sqlclap.shards.sources import SetSources
from sqlclap.shards.targets import shard_of, sounds_by_ids

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.db.samples import Sample
    from sqlclap.progress import ProgressListener
    from sqlclap.search.duplicates import Duplicate, DuplicateGroup
    from sqlclap.shards.session import SetSession


class SetPlan(KeepingPlan):
    """Which files of duplicates in a set stay, and which go.

    Attributes
    ----------
    afar : int
        How many of the duplicates lie at nodes: their files take no part, and aren't `absent`.
    """

    def __init__(self, files: Iterable[PlannedFile], absent: Iterable[int], afar: int) -> None:
        super().__init__(files, absent)
        self.afar = afar

    def remarks(self) -> list[str]:
        """Return what is left out, as lines."""
        if not self.afar:
            return super().remarks()
        return [
            *super().remarks(),
            f"at nodes: {show_count(self.afar, 'sound')} more among these; files that are not on "
            "this machine stay, and no file goes for their sake",
        ]


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
    ) -> SetPlan:
        """Say which of duplicates' files stay by some rules, and which go; see `Quarantine.plan`.

        Where no rule decides, the sound of the least id of the set stays.
        """
        listed = [*groups]
        ids = [sound.sample_id for group in listed for sound in group.sounds]
        known = _SetSounds(self._set, ids)
        plan = plan_keeping(known, listed, rules, kinds)
        alike = [one for one in listed if any(sound.kind in kinds for sound in one.sounds)]
        sounds = [sound for one in alike for sound in one.sounds]
        afar = [one for one in sounds if one.kind in (None, *kinds) and known.is_afar(one)]
        away = {one.sample_id for of in listed for one in of.sounds if known.is_afar(one)}
        return SetPlan(plan, (one for one in plan.absent if one not in away), len(afar))

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
        found, missing = sounds_by_ids(self._set, [keep, drop])
        if len(found) < 2 and missing:
            raise PartialAnswerError(f"not all is known of a sound that goes{missing}")
        if len(found) < 2:  # it is done already, or one has gone
            return
        stays, goes = found[keep], found[drop]
        source, target = (shard_of(self._set, one) for one in (goes, stays))
        hand_on(self._set, source, target, [Succession(goes.sample_id, stays.sample_id)])


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

    def is_afar(self, sound: Duplicate) -> bool:
        """Whether one of them lies at a node."""
        return isinstance(self._found.get(sound.sample_id), SampleAfar)

    def below(self, folder: str) -> Collection[int]:
        """Return the sounds of a folder."""
        found, reach = self._session.ask(Passing(in_shards(self._session, Filter(folder=folder))))
        reach.check(require_all=True)
        return {whole for part in answered(found.answers) for whole in part.tolist()}
