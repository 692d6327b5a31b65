"""Labels that file names already hold: from a folder tree, or from patterns over paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sqlclap.errors import LabelValueError
from sqlclap.library import spelled_alike, statement
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library.database import Database


@dataclass(frozen=True)
class PathRequest:
    """How names are read from paths.

    Attributes
    ----------
    anchors : int
        How many samples become anchors of a label: spread evenly over its paths in order.
    at_least : int
        Names with fewer samples are left out.
    """

    anchors: int = 10
    at_least: int = 3

    def __post_init__(self) -> None:
        if self.anchors < 1 or self.at_least < 1:
            raise LabelValueError(
                "expected anchors and at_least of at least 1, "
                f"got {self.anchors} and {self.at_least}"
            )


@dataclass(frozen=True)
class PathLabel:
    """A label that paths propose.

    Attributes
    ----------
    name : str
    samples : int
        How many paths speak for it.
    anchors : list of int
        The samples that are to be its anchors.
    """

    name: str
    samples: int
    anchors: list[int]


def labels_from_folders(
    connection: Database, model: StoredModel, request: PathRequest
) -> list[PathLabel]:
    """Propose a label for each folder's own name, case made no difference, by name."""
    named: dict[str, list[int]] = defaultdict(list)
    for sample_id, path in _paths(connection, model):
        folder = PurePosixPath(path).parent.name
        if folder:
            named[_comparable(folder)].append(sample_id)
    return _propose(named, request)


def labels_from_patterns(
    connection: Database,
    model: StoredModel,
    patterns: Mapping[str, Sequence[str]],
    request: PathRequest,
) -> list[PathLabel]:
    """Propose labels whose patterns match paths; case makes no difference.

    A path that matches several labels speaks for none.

    Parameters
    ----------
    connection : Database
    model : StoredModel
    patterns : mapping of str to sequence of str
        Patterns by label, such as ``{"kick": ["*kick*", "*/bd_*"]}``.
    request : PathRequest

    Raises
    ------
    LabelValueError
        There are no patterns.
    """
    if not patterns or not all(patterns.values()):
        raise LabelValueError("expected patterns such as 'kick=*kick*'")
    named: dict[str, list[int]] = {name: [] for name in patterns}
    for sample_id, path in _paths(connection, model):
        speaks_for = [
            name
            for name, several in patterns.items()
            if any(fnmatchcase(_comparable(path), _comparable(pattern)) for pattern in several)
        ]
        if len(speaks_for) == 1:
            named[speaks_for[0]].append(sample_id)
    return _propose(named, request)


def _comparable(name: str) -> str:
    return spelled_alike(name).lower()


def _paths(connection: Database, model: StoredModel) -> list[tuple[int, str]]:
    rows = connection.execute(statement("label_paths"), (model.model_id,))
    return [(int(str(sample_id)), str(path)) for sample_id, path in rows]


def _propose(named: Mapping[str, list[int]], request: PathRequest) -> list[PathLabel]:
    return [
        PathLabel(name, len(ids), spread(ids, request.anchors))
        for name, ids in sorted(named.items())
        if len(ids) >= max(1, request.at_least)
    ]


def spread(ids: Sequence[int], n: int) -> list[int]:
    """Return up to `n` of a sequence, evenly spread over it.

    >>> spread([1, 2, 3, 4, 5, 6], 3)
    [1, 3, 5]
    """
    count = min(n, len(ids))
    return [ids[index * len(ids) // count] for index in range(count)]
