"""Rules for which of duplicates stay: what the files are called, how old and in what format."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sqlclap.db.samples import Sample, samples_by_ids
from sqlclap.errors import QueryError
from sqlclap.notebook.results import Results
from sqlclap.quantities import show_count
from sqlclap.search.duplicate_kinds import SAME, Kind, Measured, kind_between
from sqlclap.search.duplicates import Duplicate, DuplicateGroup
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.session import Session

IN_FOLDER = "in-folder="
RULES = ("shortest-path", "oldest", "newest", "best-format", f"{IN_FOLDER}FOLDER")
TIED = "in the library longest"
"""What decides where no rule does."""


@dataclass(frozen=True)
class PlannedFile:
    """A file among duplicates, and whether it stays.

    Attributes
    ----------
    set : int
        Number of the files of which one stays, from 1.
    stays : bool
    kind : {"copy", "format", "near"} or None
        How it is like the one that stays; None for that one.
    kept_id : int
        Sample id of the one that stays.
    reason : str or None
        The rule by which this one stays; None where it goes.
    sample_id : int
    path : str
        Below its source's folder.
    file : Path
    bytes : int
    content_hash : str
        As the library knows it.
    """

    NOUN: ClassVar[str] = "file"
    set: int
    stays: bool
    kind: Kind | None
    kept_id: int
    reason: str | None
    sample_id: int
    path: str
    file: Path
    bytes: int
    content_hash: str


class KeepingPlan(Results[PlannedFile]):
    """Which files stay and which go.

    Attributes
    ----------
    absent : tuple of int
        Sounds that take no part, since their files are not there, as of a disk that is unplugged.
    """

    def __init__(self, files: Iterable[PlannedFile], absent: Iterable[int]) -> None:
        super().__init__(files, PlannedFile)
        self.absent = tuple(absent)

    def remarks(self) -> list[str]:
        """Say how many take no part."""
        if not self.absent:
            return []
        told = show_count(len(self.absent), "sound")
        return [f"{told} of these groups left out: their files are not there (an unplugged disk?)"]


class KnownSounds(Protocol):
    """What rules ask of a library, or of a set."""

    def samples(self, sample_ids: Iterable[int]) -> Iterable[Sample]:
        """Return some sounds; of a set's, those whose files are on this machine."""

    def below(self, folder: str) -> Collection[int]:
        """Return the sounds of a folder."""


@dataclass(frozen=True)
class LibrarySounds:
    """The sounds of a library.

    Attributes
    ----------
    session : Session
    """

    session: Session

    def samples(self, sample_ids: Iterable[int]) -> Iterable[Sample]:
        """Return some of them."""
        return samples_by_ids(self.session.database, sample_ids)

    def below(self, folder: str) -> Collection[int]:
        """Return those of a folder."""
        filters = self.session.cache(Planner).filters
        found = filters.sample_ids(self.session.database, Filter(folder=folder))
        return {*found.tolist()}


@dataclass(frozen=True)
class _Rated:
    """A sound whose file is there, with what each rule says of it; the least is the best."""

    sample: Sample
    measured: Measured
    ranks: tuple[Any, ...]


def plan_keeping(
    known: KnownSounds,
    groups: Iterable[DuplicateGroup],
    rules: Sequence[str],
    kinds: Collection[str] = ("copy",),
) -> KeepingPlan:
    """Say which files among duplicates stay, and which go; nothing is changed.

    Of sounds that are the same, the best by the rules stays; what is like it in one of `kinds`
    goes. With what is left it begins anew, so that of two copies in another format one stays, too.
    Files that aren't there take no part; the plan counts them.

    Parameters
    ----------
    known : KnownSounds
    groups : iterable of DuplicateGroup
    rules : sequence of str
        Of `RULES`; each decides where those before it don't. Then the oldest sample stays.
    kinds : collection of str
        Of "copy", "format", "near".

    Raises
    ------
    QueryError
        There is no such rule, kind or folder.
    """
    unknown = sorted({*several(kinds, "kinds")} - set(SAME))
    if unknown or not kinds:
        raise QueryError(
            f"expected kinds of {', '.join(SAME)}, got {', '.join(unknown) or 'none'}: sounds of "
            "another length or level are sounds of their own, and all of them stay"
        )
    ranks = [_rank_by(known, rule) for rule in several(rules, "rules")]
    if not ranks:
        raise QueryError(f"expected a rule by which files stay: {', '.join(RULES)}")
    planned: list[PlannedFile] = []
    absent: list[int] = []
    number = 0
    for version in _versions(groups):
        rated = list(_rated(known, version, ranks))
        there = {one.sample.sample_id for one in rated}
        absent += [one.sample_id for one in version if one.sample_id not in there]
        for kept, others in _sets(rated, kinds):
            number += 1
            planned += _told(number, kept, others, rules)
    return KeepingPlan(planned, absent)


def _versions(groups: Iterable[DuplicateGroup]) -> Iterator[list[Duplicate]]:
    """Yield the sounds that are one sound but for their bytes and format."""
    for group in groups:
        versions: defaultdict[int, list[Duplicate]] = defaultdict(list)
        for sound in group.sounds:
            first = sound.of if sound.kind in SAME and sound.of is not None else sound.sample_id
            versions[first].append(sound)
        yield from (version for version in versions.values() if len(version) > 1)


def _rated(
    known: KnownSounds, version: Sequence[Duplicate], ranks: Sequence[Callable[[Sample], Any]]
) -> Iterator[_Rated]:
    for sample in known.samples(sound.sample_id for sound in version):
        if os.path.isfile(sample.file):  # noqa: PTH113 - never raises
            yield _Rated(sample, _measured(sample), tuple(rank(sample) for rank in ranks))


def _measured(sample: Sample) -> Measured:
    form = (sample.format, sample.sample_rate, sample.channels)
    known = (sample.sample_id, sample.content_hash, sample.duration_s, *form)
    return Measured(*known, sample.peak_db, sample.rms_db)


def _sets(
    rated: Iterable[_Rated], kinds: Collection[str]
) -> Iterator[tuple[_Rated, Mapping[_Rated, Kind]]]:
    """Yield each sound that stays, with those that go for its sake and how they are like it."""
    left = sorted(rated, key=lambda one: (*one.ranks, one.sample.sample_id))
    while left:
        kept, *left = left
        alike = {one: kind_between(kept.measured, one.measured) for one in left}
        going = {one: kind for one, kind in alike.items() if kind in kinds}
        left = [one for one in left if one not in going]
        if going:
            yield kept, going


def _told(
    number: int, kept: _Rated, others: Mapping[_Rated, Kind], rules: Sequence[str]
) -> Iterator[PlannedFile]:
    next_best = min(others, key=lambda one: (*one.ranks, one.sample.sample_id))
    pairs = zip(rules, kept.ranks, next_best.ranks, strict=True)
    reason = next((rule for rule, mine, other in pairs if mine != other), TIED)
    for one, kind in ((kept, None), *others.items()):
        sample, stays = one.sample, one is kept
        yield PlannedFile(
            number,
            stays,
            kind,
            kept.sample.sample_id,
            reason if stays else None,
            sample.sample_id,
            sample.path,
            sample.file,
            sample.bytes,
            sample.content_hash,
        )


def _rank_by(known: KnownSounds, rule: str) -> Callable[[Sample], Any]:
    """Return what a rule makes of a sample; the least stays."""
    if rule.startswith(IN_FOLDER):
        inside = known.below(rule.removeprefix(IN_FOLDER))
        return lambda sample: sample.sample_id not in inside
    if rule not in _RANKS:
        raise QueryError(f"expected a rule of {', '.join(RULES)}; got {rule!r}")
    return _RANKS[rule]


def _by_format(sample: Sample) -> tuple[bool, int, int]:
    measured = _measured(sample)
    return (not measured.is_lossless, -(sample.sample_rate or 0), -measured.bits)


def _changed_ns(sample: Sample) -> int:
    try:
        return sample.file.stat().st_mtime_ns
    except OSError:  # it went this moment; the move looks again
        return 0


_RANKS: dict[str, Callable[[Sample], Any]] = {
    "shortest-path": lambda sample: len(str(sample.file)),
    "oldest": _changed_ns,
    "newest": lambda sample: -_changed_ns(sample),
    "best-format": _by_format,
}
