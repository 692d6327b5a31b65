"""Which of a library's samples an annotation file speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """

    recording: KnownRecording | None
    among: int = 1
    elsewhere: KnownRecording | None = None

    def reason(self) -> str:
        """Say why it means none."""
        if self.elsewhere is not None:
            return f"only {self.elsewhere.path} is called so; --by-name takes it for that"
        return f"{self.among:,} recordings could be meant" if self.among else "not in the library"


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
        parts = _parts(path)
        if not parts or parts[-1] not in self._by_name:
            return Match(None, 0)
        match, common = _nearest(parts, self._by_name[parts[-1]])
        if match.recording is None or len(parts) == 1 or common > 1 or self._by_name_alone:
            return match
        return Match(None, 0, match.recording)

    def count_nearest(self, path: str) -> tuple[int, int]:
        """Return how many parts of a path its nearest samples share, and how many those are."""
        parts = _parts(path)
        if not parts or parts[-1] not in self._by_name:
            return 0, 0
        match, common = _nearest(parts, self._by_name[parts[-1]])
        return common, match.among

    def find_beside(self, file: str) -> Match:
        """Return the sample that a file beside it, or called like it, is about.

        ``dawn.txt``, ``dawn.Table.1.selections.txt`` and ``dawn.BirdNET.results.csv`` are about
        ``dawn.wav``; the name is shortened from its end until there is one.
        """
        parts = _parts(file)
        stem = parts[-1] if parts else ""
        while stem:
            for held in (self._by_name, self._by_stem):
                if stem in held:
                    return _nearest(parts[:-1], held[stem], 1)[0]
            stem = stem.rpartition(".")[0]
        return Match(None, 0)


class OwnNames:
    """Tells which of a library's samples are known again by their paths below their sources.

    Recorders call their files alike; a path is no name where whoever reads it by the rules of
    `RecordingNames` could take it for another recording.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._names = RecordingNames(known_recordings(database))

    def tells_apart(self, path: str) -> bool:
        """Whether a path below a source means the one sample that has it."""
        found = self._names.find(path).recording
        return found is not None and found.path == path


def _parts(path: str) -> list[str]:
    named = spelled_alike(path).casefold().replace("\\", "/")
    return [part for part in named.split("/") if part not in ("", ".")]


def _nearest(parts: list[str], among: list[KnownRecording], without: int = 0) -> tuple[Match, int]:
    """Find the sample with most parts in common; the last ones of samples can be left out."""
    fits = [(_common(parts, one, without), one) for one in among]
    best = max(count for count, _ in fits)
    nearest = [one for count, one in fits if count == best]
    return Match(nearest[0] if len(nearest) == 1 else None, len(nearest)), best


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
