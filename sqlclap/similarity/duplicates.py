"""The same sound twice: by content, and by vectors that nearly coincide."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlclap.ann import neighbour_pairs
from sqlclap.errors import QueryError
from sqlclap.library import file_path, statement
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database


@dataclass(frozen=True)
class Duplicate:
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
    """

    sample_id: int
    path: str
    file: Path
    bytes: int
    duration_s: float | None
    score: float


@dataclass(frozen=True)
class DuplicateGroup:
    """Sounds that are the same.

    Attributes
    ----------
    kind : {"content", "near"}
        The same bytes; or sounds of different bytes among them.
    sounds : list of Duplicate
        In the order of their ids: the first has been in the library longest, and the others are
        like it.
    """

    kind: Literal["content", "near"]
    sounds: list[Duplicate]


def find_duplicates(
    connection: Database, model: StoredModel, threshold: float
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

    Raises
    ------
    QueryError
        `threshold` is out of range.
    """
    if not 0 < threshold <= 1:
        raise QueryError(f"expected a threshold above 0 and up to 1, got {threshold}")
    same = dict(connection.execute(statement("duplicates_by_content")).fetchall())
    near: defaultdict[int, set[int]] = defaultdict(set)
    for first, second, _ in neighbour_pairs(connection, model, threshold):
        near[first].add(second)
        near[second].add(first)
    groups = _group(same, near)
    return [_describe(connection, model, members, same) for members in groups]


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


def _describe(
    connection: Database, model: StoredModel, members: list[int], same: dict[int, int]
) -> DuplicateGroup:
    contents = {same.get(member, member) for member in members}
    sounds = _sounds(connection, model, members)
    return DuplicateGroup("content" if len(contents) == 1 else "near", sounds)


def _sounds(connection: Database, model: StoredModel, sample_ids: Iterable[int]) -> list[Duplicate]:
    query = statement("duplicates_sounds", model_id=model.model_id)
    rows = connection.execute(query, (json.dumps(list(sample_ids)),))
    return [
        Duplicate(sample_id, path, file_path(root, path, raw), size, duration_s, score)
        for sample_id, root, path, raw, size, duration_s, score in rows
    ]
