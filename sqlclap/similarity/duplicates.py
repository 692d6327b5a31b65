"""The same sound twice: by content, and by vectors that nearly coincide.

A vector says nothing of the level: a hit played or saved softer has nearly the same one. What was
measured of each sound tells copies from other levels, lengths and formats of it
(`sqlclap.similarity.versions`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.ann import neighbour_pairs
from sqlclap.errors import QueryError
from sqlclap.library import Audible, file_path, statement
from sqlclap.similarity.verify import Verified
from sqlclap.similarity.versions import KINDS, Kind, Measured, arrange, widest
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database


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
        How it is like the sound `of`; see `sqlclap.similarity.versions.kind_between`. None for the
        group's first.
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
    connection: Database, model: StoredModel, threshold: float, kinds: Collection[str] = KINDS
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

    Raises
    ------
    QueryError
        `threshold` is out of range, or there is no such kind.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise QueryError(
            f"expected kinds of {', '.join(KINDS)}; got {', '.join(unknown) or 'none'}"
        )
    if not 0 < threshold <= 1:
        raise QueryError(f"expected a threshold above 0 and up to 1, got {threshold}")
    same = dict(connection.execute(statement("duplicates_by_content")).fetchall())
    near: defaultdict[int, set[int]] = defaultdict(set)
    for first, second, _ in neighbour_pairs(connection, model, threshold):
        near[first].add(second)
        near[second].add(first)
    groups = [_describe(connection, model, members) for members in _group(same, near)]
    narrowed = [_narrow(group, kinds) for group in groups]
    return [group for group in narrowed if group is not None]


def _group(same: dict[int, int], near: dict[int, set[int]]) -> list[list[int]]:
    """Let each sample, in the order of ids, gather those that are like it and still free.

    Parameters
    ----------
    same : dict of int to int
        Sample to the first sample of the same content.
    near : dict of int to set of int
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


def _describe(connection: Database, model: StoredModel, members: list[int]) -> DuplicateGroup:
    sounds, measured = _sounds(connection, model, members)
    placed = arrange(measured)
    first = sounds[0]
    described = [
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
    return DuplicateGroup(widest(sound.kind for sound in described), described)


def _narrow(group: DuplicateGroup, kinds: Collection[str]) -> DuplicateGroup | None:
    """Leave sounds of other kinds out, and who is compared with none that is left."""
    kept = [sound for sound in group.sounds if sound.kind in kinds]
    leaders = {sound.of for sound in kept}
    sounds = [sound for sound in group.sounds if sound in kept or sound.sample_id in leaders]
    return DuplicateGroup(widest(sound.kind for sound in kept), sounds) if kept else None


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


_MEASURES = ("format", "sample_rate", "channels", "peak_db", "rms_db")


def _sounds(
    connection: Database, model: StoredModel, sample_ids: Iterable[int]
) -> tuple[list[Duplicate], list[Measured]]:
    query = statement("duplicates_sounds", model_id=model.model_id)
    rows = connection.execute(query, (json.dumps(list(sample_ids)),)).fetchall()
    sounds, measured = [], []
    for key, root, path, raw, size, duration_s, score, *columns, content, marks, heard in rows:
        file = file_path(root, path, raw)
        told = dict(zip(_MEASURES, columns, strict=True))
        shown = (key, path, file, size, duration_s, score)
        sounds.append(Duplicate(*shown, **told, heard_share=heard))
        measured.append(Measured(key, content, duration_s, **told, marks=bool(marks)))
    return sounds, measured
