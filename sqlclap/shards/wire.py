"""How questions and answers travel between machines: JSON of a closed list of kinds, never pickle.

Plain values stand as they are; anything else is an object whose ``~`` names its kind. What is read
becomes one of the kinds below, made by its own constructor, or an error. Paths of files don't
travel: a node's are its own matter.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np

from sqlclap import errors
from sqlclap.curation.keeping import KeptSample
from sqlclap.db.exact import Scored
from sqlclap.db.samples import ListedSample
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.summary import CountedColumn
from sqlclap.finding.formula import Formula
from sqlclap.finding.measures import ByAspect, ByMeasure
from sqlclap.labels.match_request import MatchRequest
from sqlclap.labels.matching import LabelMatch
from sqlclap.labels.moments import LabelEvent
from sqlclap.labels.review import ReviewItem
from sqlclap.labels.scored_moments import ScoredMoments
from sqlclap.labels.scorer import AnchorSet
from sqlclap.labels.scoring import LabelSettings
from sqlclap.labels.tag_conflicts import Conflict
from sqlclap.labels.tag_planning import Planning, Reached, RunPart
from sqlclap.labels.tag_preview import PlannedTag
from sqlclap.labels.tags import Tag
from sqlclap.labels.zero_shot import NamedSample, Names
from sqlclap.map.drawing import Picture
from sqlclap.map.shown_points import ShownLayout, ShownName
from sqlclap.map.store import Points
from sqlclap.recordings.listing import Recording, RecordingsPage
from sqlclap.search.background import Background, Texts
from sqlclap.search.duplicate_kinds import Measured
from sqlclap.search.duplicates import Duplicate
from sqlclap.search.event_search import SoundEvent
from sqlclap.search.events import EventRule
from sqlclap.search.facets import FacetCounts, FacetValue
from sqlclap.search.folder_tree import FolderBelow
from sqlclap.search.moments import Moment
from sqlclap.search.neighbors import Neighbors
from sqlclap.search.request import Filter, Request
from sqlclap.search.results import Match, Plan
from sqlclap.search.sort_order import SortOrder
from sqlclap.shards.annotation_jobs import ANNOTATION_JOBS
from sqlclap.shards.between import NearPart, NearPoints
from sqlclap.shards.catalog import CatalogSound, CopiedSound
from sqlclap.shards.collections import KeptCopies
from sqlclap.shards.density_jobs import DENSITY_JOBS, ScoredPart
from sqlclap.shards.duplicate_jobs import DUPLICATE_JOBS, VersionsHere
from sqlclap.shards.failures import FailedFile, ListFailures
from sqlclap.shards.importing import FindRecorded
from sqlclap.shards.jobs import JOBS, SetSound
from sqlclap.shards.label_jobs import LABEL_JOBS, AlikeSound, CopyState, LabelPart
from sqlclap.shards.listing_jobs import LISTING_JOBS
from sqlclap.shards.map_jobs import MAP_JOBS
from sqlclap.shards.measured_columns import CountColumns
from sqlclap.shards.measuring import LookInside, Thin, ValuesOf, Weighing
from sqlclap.shards.moment_jobs import MOMENT_JOBS, OpenMoments
from sqlclap.shards.naming_jobs import NAMING_JOBS
from sqlclap.shards.neighbors import NEIGHBOR_JOBS
from sqlclap.shards.order_statistics import Inside, Thinned
from sqlclap.shards.point_jobs import POINT_JOBS, PointsPart
from sqlclap.shards.questions import Candidate, Part, Question, ShardPlace
from sqlclap.shards.recording_jobs import RECORDING_JOBS, ActivityPart, SoughtLabel
from sqlclap.shards.review_jobs import REVIEW_JOBS, OpenScores
from sqlclap.shards.said_facets import SaidOfSounds
from sqlclap.shards.shown import ShownFits
from sqlclap.shards.sound_files import SOUND_FILE_JOBS, SoundBytes, SoundState
from sqlclap.shards.sounds import TellSounds
from sqlclap.shards.tag_jobs import TAG_JOBS, SaidOfCopies, TagWork
from sqlclap.shards.together import Together
from sqlclap.shards.travelling import Luggage
from sqlclap.shards.walking import Begins, Page
from sqlclap.shards.word_ranks import WORD_JOBS, WordFigures, WordsPart

MOST_DEPTH = 24
DTYPES = {"|b1": "bool", "<f4": "float32", "<f8": "float64", "<i8": "int64"}
"""Kinds of arrays, with the names that they have on the way."""

ASKED = (
    *(*JOBS, *LABEL_JOBS, *REVIEW_JOBS, *WORD_JOBS, *NEIGHBOR_JOBS, *MAP_JOBS),
    *(*RECORDING_JOBS, *SOUND_FILE_JOBS, *POINT_JOBS, *LISTING_JOBS),
    *(*NAMING_JOBS, *TAG_JOBS, *DUPLICATE_JOBS, *MOMENT_JOBS, *DENSITY_JOBS),
    *(CountColumns, FindRecorded, KeptCopies, ListFailures, LookInside, NearPoints),
    *(*ANNOTATION_JOBS, TellSounds, Thin, ValuesOf),
)
"""What nodes can be asked."""

_KINDS = (
    *(Background, Candidate, EventRule, Filter, Formula, Match, Moment, Part, Plan, Question),
    *(Request, SampleSpan, Scored, SetSound, ShardPlace, SortOrder, SoundEvent, Span, Texts),
    *(AnchorSet, CatalogSound, CopiedSound, LabelEvent, LabelMatch, LabelPart, LabelSettings),
    *(KeptSample, Luggage, MatchRequest, NearPart, Neighbors, OpenScores, ReviewItem),
    *(ActivityPart, Recording, RecordingsPage, SoughtLabel, SoundBytes, SoundState),
    *(Picture, Points, ShownFits, ByAspect, ByMeasure, Inside, Thinned, Weighing),
    *(WordFigures, WordsPart, Duplicate, Measured, OpenMoments, ScoredMoments, ScoredPart),
    *(FacetCounts, FacetValue, FolderBelow, ListedSample, PointsPart, ShownLayout, ShownName),
    *(Begins, CountedColumn, FailedFile, NamedSample, Names, Page, SaidOfSounds, Together),
    *(Conflict, PlannedTag, Planning, Reached, RunPart, SaidOfCopies, Tag, TagWork),
    *(AlikeSound, CopyState, VersionsHere, *ASKED),
)
KINDS: dict[str, type[Any]] = {one.__name__: one for one in _KINDS}
MATCHES = {
    one.__name__: one
    for one in (
        *(Duplicate, KeptSample, LabelEvent, LabelMatch, Match, Moment),
        *(PlannedTag, ReviewItem, SoundEvent, Tag),
    )
}
"""Kinds of rows, which travel as kinds, too."""

PLAIN = frozenset({str, int, bool, type(None)})
"""Values that stand as they are."""

STANDING = PLAIN | {float}
"""Those of what was read: JSON's numbers are finite, or nobody made them by `pack`."""

if len(KINDS) != len(set(_KINDS)):
    raise TypeError("two kinds that travel have the same name")

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, ArithmeticError)


class WireError(ValueError):
    """Something can't travel, or what came is nothing that does."""


def pack(value: Any) -> bytes:
    """Write a value as JSON.

    Raises
    ------
    WireError
        It is of no kind that travels.
    """
    return json.dumps(_told(value), separators=(",", ":"), check_circular=False).encode()


def unpack(text: bytes) -> Any:
    """Read what `pack` wrote.

    Raises
    ------
    WireError
        It is something else.
    """
    try:
        return _read(json.loads(text), 0)
    except UNREADABLE as error:
        raise WireError(f"it can't be read: {error}") from error


def _told(value: Any) -> Any:
    kind = type(value)
    if kind in PLAIN:
        return value
    teller = TELLERS.get(kind)
    return teller(value) if teller is not None else _told_otherwise(value)


def _told_float(value: float) -> Any:
    return value if math.isfinite(value) else {"~": "float", "of": repr(value)}


def _told_list(value: Iterable[Any]) -> list[Any]:
    return [one if type(one) in PLAIN else _told(one) for one in value]


def _told_tuple(value: tuple[Any, ...]) -> Any:
    return {"~": "tuple", "of": _told_list(value)}


def _told_error(value: errors.SqlclapError) -> Any:
    return {"~": "error", "of": type(value).__name__, "text": str(value)}


def _told_rows(value: list[Any]) -> Any:
    kind = type(value[0]) if value else None
    if kind not in TAGS or any(type(one) is not kind for one in value):
        return _told_list(value)
    if kind is Candidate:
        return {"~": "candidates", "of": [[*one[:3], *one.scored[:2]] for one in value]}
    values, tag = VALUES[kind], TAGS[kind]
    return {"~": "rows", "kind": tag, "of": [_told_list(values(one)) for one in value]}


def _told_mapping(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str and key != "~" for key in value):
        return {"~": "row", "of": dict(zip(value, _told_list(value.values()), strict=True))}
    keys, rows = _told_list(value), [*value.values()]
    columns = _columns(rows)
    if columns is None:
        return {"~": "map", "of": [*zip(keys, _told_list(rows), strict=True)]}
    return {
        "~": "table",
        "columns": columns,
        "of": [*zip(keys, (_told_list(one.values()) for one in rows), strict=True)],
    }


def _columns(rows: list[Any]) -> list[str] | None:
    """Return the keys of rows that have the same ones in the same order, else nothing."""
    if not rows or type(rows[0]) is not dict:
        return None
    columns = [*rows[0]]
    if not all(type(one) is str for one in columns):
        return None
    return columns if all(type(one) is dict and [*one] == columns for one in rows) else None


def _told_kind(value: Any) -> dict[str, Any]:
    kind = type(value)
    return {"~": TAGS[kind], "of": _told_list(VALUES[kind](value))}


def _told_otherwise(value: Any) -> Any:
    for kind, tell in LIKE:
        if isinstance(value, kind):
            return tell(value)
    if isinstance(value, type) and value in MATCHES.values():
        return {"~": "kind", "of": value.__name__}
    return _told_numbers(value)


def _told_numbers(value: Any) -> Any:
    if isinstance(value, np.generic):
        return _told(value.item())
    if isinstance(value, np.ndarray) and value.dtype.str in DTYPES:
        told = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        name = DTYPES[value.dtype.str]
        return {"~": "array", "of": told, "dtype": name, "shape": list(value.shape)}
    if isinstance(value, bytes):
        return {"~": "bytes", "of": base64.b64encode(value).decode()}
    raise WireError(f"a {type(value).__name__} doesn't travel")


def _fields(name: str) -> tuple[str, ...]:
    """Return a kind's fields; a match's file is told by its path alone."""
    kind = KINDS[name]
    if not dataclasses.is_dataclass(kind):
        return tuple(kind._fields)  # of a named tuple
    names = tuple(one.name for one in dataclasses.fields(kind) if one.init)
    return tuple(one for one in names if one != "file") if name in MATCHES else names


def _tag(name: str) -> str:
    """Return how a kind is called on the way: by its name, and by what its fields are called.

    So values can stand without their names, and another version's are not mistaken for ours.
    """
    digest = hashlib.blake2b(",".join(_fields(name)).encode(), digest_size=3)
    return f"{name}.{digest.hexdigest()}"


def _values_of(names: tuple[str, ...]) -> Callable[[Any], Iterable[Any]]:
    """Return what gives the values of fields."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: [getattr(one, key) for key in names]


TAGS: dict[Any, str] = {kind: _tag(name) for name, kind in KINDS.items()}
VALUES: dict[Any, Callable[[Any], Iterable[Any]]] = {
    kind: _values_of(_fields(name)) for name, kind in KINDS.items()
}
TELLERS: dict[type, Callable[[Any], Any]] = {
    float: _told_float,
    list: _told_rows,
    dict: _told_mapping,
    tuple: _told_tuple,
    **dict.fromkeys(_KINDS, _told_kind),
}
"""What tells values of these very types."""

LIKE: tuple[tuple[type | UnionType, Callable[[Any], Any]], ...] = (
    (int | str, lambda value: value),
    (float, _told_float),
    (list, _told_rows),
    (tuple, _told_tuple),
    (Mapping, _told_mapping),
    (errors.SqlclapError, _told_error),
)
"""What tells values of types like these, tried in turn."""


def _read(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in STANDING:
        return value
    if depth > MOST_DEPTH:
        raise WireError("it is too deep")
    if kind is list:
        return _read_list(value, depth)
    name = value["~"]
    reader = READERS.get(name)
    if reader is None:
        raise WireError(f"there is no such {name!s:.40}")
    return reader(value, depth + 1)


def _read_list(value: list[Any], depth: int) -> list[Any]:
    return [one if type(one) in STANDING else _read(one, depth + 1) for one in value]


def _maker_of(name: str) -> Callable[[list[Any]], Any]:
    """Return what makes one of a kind of its values."""
    kind, names = KINDS[name], _fields(name)
    count, is_match = len(names), name in MATCHES

    def make(values: list[Any]) -> Any:
        if len(values) != count:  # nothing may be left out, not even what has defaults
            raise WireError(f"a {name} has {count} fields")
        if not is_match:
            return kind(*values)
        named = dict(zip(names, values, strict=True))
        return kind(**named, file=Path(named["path"]))  # where the node keeps it is its own matter

    return make


MAKERS = {_tag(name): _maker_of(name) for name in KINDS}


def _read_kind(value: dict[str, Any], depth: int) -> Any:
    return MAKERS[value["~"]](_read_list(value["of"], depth))


def _read_rows(value: dict[str, Any], depth: int) -> list[Any]:
    make = MAKERS[value["kind"]]
    return [make(_read_list(one, depth)) for one in value["of"]]


def _read_row(value: dict[str, Any], depth: int) -> dict[str, Any]:
    row: dict[str, Any] = value["of"]
    return dict(zip(row, _read_list([*row.values()], depth), strict=True))


def _read_table(value: dict[str, Any], depth: int) -> dict[Any, dict[str, Any]]:
    columns = [str(one) for one in value["columns"]]
    return {
        _read(key, depth): dict(zip(columns, _read_list(row, depth), strict=True))
        for key, row in value["of"]
    }


def _read_array(value: dict[str, Any], _: int) -> Any:
    if value["dtype"] not in DTYPES.values():
        raise WireError("an array of another type")
    data = base64.b64decode(value["of"], validate=True)
    return np.frombuffer(data, value["dtype"]).reshape([int(one) for one in value["shape"]]).copy()


def _read_candidates(value: dict[str, Any], _: int) -> list[Candidate]:
    """Read an answer's rows: they are many, and of numbers alone."""
    return [
        Candidate(float(score), int(whole), int(shard), Scored(int(one), int(sample), float(score)))
        for score, whole, shard, one, sample in value["of"]
    ]


def _read_error(value: dict[str, Any], _: int) -> errors.SqlclapError:
    kind = getattr(errors, str(value["of"]), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.SqlclapError)):
        kind = errors.QueryError
    try:
        return kind(str(value["text"]))
    except TypeError:  # one that is made of something else
        return errors.QueryError(str(value["text"]))


READERS: dict[str, Callable[[dict[str, Any], int], Any]] = {
    "row": _read_row,
    "table": _read_table,
    "tuple": lambda value, depth: tuple(_read_list(value["of"], depth)),
    "map": lambda value, depth: {_read(key, depth): _read(one, depth) for key, one in value["of"]},
    "float": lambda value, _: float(value["of"]),
    "bytes": lambda value, _: base64.b64decode(value["of"], validate=True),
    "array": _read_array,
    "candidates": _read_candidates,
    "kind": lambda value, _: MATCHES[value["of"]],
    "error": _read_error,
    "rows": _read_rows,
    **dict.fromkeys(MAKERS, _read_kind),
}
