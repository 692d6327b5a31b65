"""Which of a library's samples an annotation file speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlclap.db.sources import spelled_alike
from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class KnownRecording:
    """A sample, as annotations may mean it.

    Attributes
    ----------
    sample_id : int
    root, path : str
        Folder of its source, and its path below it.
    duration_s : float or None
    sample_rate : int or None
    """

    sample_id: int
    root: str
    path: str
    duration_s: float | None
    sample_rate: int | None


@dataclass(frozen=True)
class Match:
    """What a name was found to mean.

    Attributes
    ----------
    recording : KnownRecording or None
    among : int
        How many samples it could mean: 0 where there is none of that name.
    elsewhere : KnownRecording or None
        The only one of that name, which lies in a folder of another name.
    unknown : str
        Why it can't be told what it means, where not all samples could be looked at.
    common : int
        Parts of paths that the name shares with what it could mean.
    """

    recording: KnownRecording | None
    among: int = 1
    elsewhere: KnownRecording | None = None
    unknown: str = ""
    common: int = 0

    def settled(self, name: str, chosen: KnownRecording) -> Match:
        """Return what a name means where a recording is chosen among several that it could."""
        if self.recording is not None or self.among < 2 or self.unknown:
            return self
        fits = _common(_parts(name), chosen, without=0) == self.common
        return Match(chosen) if fits else self

    def reason(self) -> str:
        """Say why it means none."""
        if self.unknown:
            return self.unknown
        if self.elsewhere is not None:
            return f"only {self.elsewhere.path} is called so; --by-name takes it for that"
        if not self.among:
            return "not in the library"
        return f"{self.among:,} recordings could be meant; --recording says which"


class FindsRecordings(Protocol):
    """Tells which recordings names mean."""

    def find(self, path: str) -> Match:
        """Return the sample that a path means."""

    def find_beside(self, file: str) -> Match:
        """Return the sample that a file beside it, or called like it, is about."""


class Nearest(NamedTuple):
    """The samples that a path below a source, or a file beside a sample, fits best.

    Attributes
    ----------
    common : int
        Parts of paths that they share with it.
    among : int
        How many they are.
    has_own : bool
        Whether one of them has this very path.
    step : int
        How often a file's name was shortened until a sample was called so; the fewer the better.
    only : KnownRecording or None
        The one, where there are no others.
    """

    common: int
    among: int
    has_own: bool
    step: int = 0
    only: KnownRecording | None = None

    @property
    def tells_apart(self) -> bool:
        """Whether the path means the one sample that has it.

        Recorders call their files alike: a path is no name where whoever reads it by the rules of
        `RecordingNames` could take it for another recording.
        """
        return self.among == 1 and self.has_own

    def meant_by(self, path: str, by_name: bool) -> Match:
        """Return what a path means that fits these; see `RecordingNames`."""
        is_enough = self.common > 1 or len(_parts(path)) == 1 or by_name
        return self.meant if self.only is None or is_enough else Match(None, 0, self.only)

    @property
    def meant(self) -> Match:
        """What a file beside these is about."""
        return Match(self.only, self.among, common=self.common)


NOTHING = Nearest(0, 0, has_own=False)


def nearest_of_all(parts: Iterable[Nearest]) -> Nearest:
    """Return what a path fits best among all samples, from what it fits among parts of them."""
    found = [one for one in parts if one.among]
    if not found:
        return NOTHING
    step, common = min((one.step, -one.common) for one in found)
    best = [one for one in found if (one.step, -one.common) == (step, common)]
    among = sum(one.among for one in best)
    only = best[0].only if among == 1 else None
    return Nearest(-common, among, any(one.has_own for one in best), step, only)


class RecordingNames:
    """Finds samples by the names that other programs give their files.

    A name means the sample whose path ends like it in most parts, from the last one: so a file
    annotated on another machine, below another folder, is found. Where two fit equally well, it
    means none; and where even the innermost folders differ, for recorders at several places call
    their files alike. Capitals and the spelling of accents make no difference.

    Parameters
    ----------
    recordings : iterable of KnownRecording
    by_name : bool
        Whether the file's name alone is enough, where no other is called so.
    """

    def __init__(self, recordings: Iterable[KnownRecording], by_name: bool = False) -> None:
        self._by_name_alone = by_name
        self._by_name: defaultdict[str, list[KnownRecording]] = defaultdict(list)
        self._by_stem: defaultdict[str, list[KnownRecording]] = defaultdict(list)
        for one in recordings:
            name = _parts(one.path)[-1]
            self._by_name[name].append(one)
            self._by_stem[name.rpartition(".")[0] or name].append(one)

    def find(self, path: str) -> Match:
        """Return the sample that a path means."""
        return self.nearest(path).meant_by(path, self._by_name_alone)

    def nearest(self, path: str) -> Nearest:
        """Return which samples a path fits best, as `find` weighs them."""
        parts = _parts(path)
        among = self._by_name.get(parts[-1]) if parts else None
        if not among:
            return NOTHING
        nearest, common = _nearest(parts, among)
        return _told(nearest, common, has_own=any(one.path == path for one in nearest))

    def find_beside(self, file: str) -> Match:
        """Return the sample that a file beside it, or called like it, is about.

        ``dawn.txt``, ``dawn.Table.1.selections.txt`` and ``dawn.BirdNET.results.csv`` are about
        ``dawn.wav``; the name is shortened from its end until there is one.
        """
        return self.nearest_beside(file).meant

    def nearest_beside(self, file: str) -> Nearest:
        """Return which samples a file is beside, as `find_beside` weighs them."""
        parts, step = _parts(file), 0
        stem = parts[-1] if parts else ""
        while stem:
            for held in (self._by_name, self._by_stem):
                if stem in held:
                    return _told(*_nearest(parts[:-1], held[stem], 1), step=step)
                step += 1
            stem = stem.rpartition(".")[0]
        return NOTHING


def _parts(path: str) -> list[str]:
    named = spelled_alike(path).casefold().replace("\\", "/")
    return [part for part in named.split("/") if part not in ("", ".")]


def _told(
    nearest: list[KnownRecording], common: int, has_own: bool = False, step: int = 0
) -> Nearest:
    only = nearest[0] if len(nearest) == 1 else None
    return Nearest(common, len(nearest), has_own, step, only)


def _nearest(
    parts: list[str], among: list[KnownRecording], without: int = 0
) -> tuple[list[KnownRecording], int]:
    """Find the samples with most parts in common; the last ones of samples can be left out."""
    fits = [(_common(parts, one, without), one) for one in among]
    best = max(count for count, _ in fits)
    return [one for count, one in fits if count == best], best


def _common(parts: list[str], one: KnownRecording, without: int) -> int:
    own = _parts(f"{one.root}/{one.path}")
    count = 0
    for mine, theirs in zip(reversed(parts), reversed(own[: len(own) - without]), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def known_recordings(database: Database) -> list[KnownRecording]:
    """Return all samples."""
    rows = database.execute(statement("exchange/recordings"))
    return [KnownRecording(*row) for row in rows]
