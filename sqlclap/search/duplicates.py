"""Finds groups of duplicates: copies by their content, and sounds whose vectors coincide."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.samples import Audible
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import QueryError
from sqlclap.index.knn import neighbour_pairs
from sqlclap.search.duplicate_kinds import KINDS, Kind, Measured, arrange, widest
from sqlclap.search.sample_comparison import Verified
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Duplicate(Audible):
    """A sound of a group.

    Attributes
    ----------
    sample_id : int
    path : str
        Below its source's folder.
    file : Path
    bytes : int
    duration_s : float or None
        In seconds.
    score : float
        Cosine similarity to the group's first sound.
    format : str or None
    sample_rate : int or None
        In Hz.
    channels : int or None
    peak_db, rms_db : float or None
        In dBFS.
    level_diff_db, length_diff_s : float or None
        How much louder (RMS) and longer than the group's first sound.
    kind : {"copy", "format", "near", "length", "level"} or None
        How it is like the sound `of`; see `sqlclap.search.duplicate_kinds.kind_between`. None for
        the group's first.
    of : int or None
        The first sound in the group that it is a copy, another format or nearly the same of; where
        there is none, for another level or length, the group's first.
    keep : bool
        Whether it is the one to keep of those that are alike but for their bytes and format.
    keep_reason : str or None
        Why.
    heard_share : float or None
        As in `Match`: of what the model hardly hears, a score says little.
    verified : Verified or None
        What comparing the samples has shown, where `verify_duplicates` did.
    """

    sample_id: int
    path: str
    file: Path
    bytes: int
    duration_s: float | None
    score: float
    format: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    peak_db: float | None = None
    rms_db: float | None = None
    level_diff_db: float | None = None
    length_diff_s: float | None = None
    kind: Kind | None = None
    of: int | None = None
    keep: bool = True
    keep_reason: str | None = None
    heard_share: float | None = None
    verified: Verified | None = None


@dataclass(frozen=True)
class DuplicateGroup:
    """Sounds that are the same, or the same but for level, length or format.

    Attributes
    ----------
    kind : {"copy", "format", "near", "length", "level"}
        The widest of its sounds' kinds, in this order.
    sounds : list of Duplicate
        In the order of their ids: the first has been in the library longest, and the others are
        like it.
    """

    kind: Kind
    sounds: list[Duplicate]


def find_duplicates(
    connection: Database,
    model: StoredModel,
    threshold: float,
    kinds: Collection[str] = KINDS,
    passing: Collection[int] | None = None,
) -> list[DuplicateGroup]:
    """Group sounds of the same content, and sounds whose vectors nearly coincide.

    Each sound of a group reaches the threshold against the group's first: there are no chains in
    which the ends have nothing in common. The pairs come from each sound's nearest neighbours,
    not from all pairs, and every one is checked on the stored vectors.

    Parameters
    ----------
    connection : Database
    model : StoredModel
    threshold : float
        Cosine similarity; above 0, up to 1.
    kinds : collection of str
        Of `KINDS`: how sounds may be alike. Those of other kinds are left out of the groups.
    passing : collection of int, optional
        Ids of the samples that are looked at; all by default.

    Raises
    ------
    QueryError
        `threshold` is out of range, or there is no such kind.
    """
    check_request(threshold, kinds)
    rows = connection.execute(statement("search/duplicates_by_content")).fetchall()
    same = {key: first for first, key in rows if passing is None or key in passing}
    near: defaultdict[int, set[int]] = defaultdict(set)
    for first, second, _ in neighbour_pairs(connection, model, threshold):
        if passing is None or (first in passing and second in passing):
            near[first].add(second)
            near[second].add(first)
    groups = (sounds_of_group(connection, model, members) for members in grouped(same, near))
    return narrowed(starmap(described, groups), kinds)


def check_request(threshold: float, kinds: Collection[str]) -> None:
    """Check what is asked of duplicates.

    Raises
    ------
    QueryError
    """
    unknown = sorted({*several(kinds, "kinds")} - set(KINDS))
    if unknown or not kinds:
        raise QueryError(
            f"expected kinds of {', '.join(KINDS)}; got {', '.join(unknown) or 'none'}"
        )
    if not 0 < threshold <= 1:
        raise QueryError(f"expected a threshold above 0 and up to 1, got {threshold}")


def grouped(same: dict[int, int], near: Mapping[int, Collection[int]]) -> list[list[int]]:
    """Let each sample, in the order of ids, gather those that are like it and still free.

    Largest groups come first, each by ascending id.

    Parameters
    ----------
    same : dict of int to int
        Sample to the first sample of the same content.
    near : mapping of int to collection of int
    """
    copies: defaultdict[int, list[int]] = defaultdict(list)
    for sample_id, first in same.items():
        copies[first].append(sample_id)
    taken: set[int] = set()
    groups = []
    for leader in sorted(set(same) | set(near)):
        if leader in taken:
            continue
        alike = {leader, *near.get(leader, ())} - taken
        for member in list(alike):
            alike.update(copies.get(same.get(member, member), ()))
        alike -= taken
        if len(alike) > 1:
            taken |= alike
            groups.append(sorted(alike))
    return sorted(groups, key=lambda members: (-len(members), members[0]))


def described(sounds: Sequence[Duplicate], measured: Sequence[Measured]) -> DuplicateGroup:
    """Describe how a group's sounds are alike, and which to keep; both by ascending id."""
    placed = arrange(measured)
    first = sounds[0]
    told = [
        replace(
            sound,
            level_diff_db=_difference(sound.rms_db, first.rms_db),
            length_diff_s=_difference(sound.duration_s, first.duration_s),
            kind=place.kind,
            of=place.of,
            keep=place.keep_reason is not None,
            keep_reason=place.keep_reason,
        )
        for sound, place in zip(sounds, placed, strict=True)
    ]
    return DuplicateGroup(widest(sound.kind for sound in told), told)


def narrowed(groups: Iterable[DuplicateGroup], kinds: Collection[str]) -> list[DuplicateGroup]:
    """Leave sounds of other kinds out of groups, and groups that are empty then."""
    found = (_narrow(group, kinds) for group in groups)
    return [group for group in found if group is not None]


def _narrow(group: DuplicateGroup, kinds: Collection[str]) -> DuplicateGroup | None:
    """Leave sounds of other kinds out, and who is compared with none that is left."""
    kept = [sound for sound in group.sounds if sound.kind in kinds]
    leaders = {sound.of for sound in kept}
    sounds = [sound for sound in group.sounds if sound in kept or sound.sample_id in leaders]
    return DuplicateGroup(widest(sound.kind for sound in kept), sounds) if kept else None


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


_MEASURES = ("format", "sample_rate", "channels", "peak_db", "rms_db")


def sounds_of_group(
    connection: Database, model: StoredModel, sample_ids: Iterable[int]
) -> tuple[list[Duplicate], list[Measured]]:
    """Read the sounds of a group, each compared with the group's first, by ascending id."""
    query = statement("search/duplicates_sounds", model_id=model.model_id)
    rows = connection.execute(query, (json.dumps(list(sample_ids)),)).fetchall()
    sounds, measured = [], []
    for key, root, path, raw, size, duration_s, score, *columns, content, marks, heard in rows:
        file = file_path(root, path, raw)
        told = dict(zip(_MEASURES, columns, strict=True))
        shown = (key, path, file, size, duration_s, score)
        sounds.append(Duplicate(*shown, **told, heard_share=heard))
        measured.append(Measured(key, content, duration_s, **told, marks=bool(marks)))
    return sounds, measured
