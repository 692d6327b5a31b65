"""Labels in the library's tables."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from sqlclap.arrays import plain_number
from sqlclap.db.samples import unknown_label
from sqlclap.db.statements import statement
from sqlclap.errors import LabelExistsError, LabelValueError, UnknownLabelError
from sqlclap.given_names import given_name
from sqlclap.labels.aggregations import AGGREGATIONS, NAMES, AggregationName
from sqlclap.records import Row

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

SETTINGS = ("aggregation", "top_k", "threshold", "gap", "color", "notes")
_FORMER = {"positive": "anchors", "negative": "negative_anchors", "depth": "top_k"}


@dataclass(frozen=True)
class Label:
    """A row of ``labels``. What is None is calibrated, or the model's default.

    Attributes
    ----------
    label_id : int
    name : str
    aggregation : AggregationName
        How the score is made of the anchors' similarities; see `sqlclap.labels.aggregations`.
    top_k : int or None
    threshold, gap : float or None
        Set by hand: a cosine (0 to 1), and a lead over the best rival (0 to 2).
    color : str or None
        Like ``#2a9d8f``.
    notes : str or None
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold", "gap")
    label_id: int
    name: str
    aggregation: AggregationName
    top_k: int | None
    threshold: float | None
    gap: float | None
    color: str | None
    notes: str | None


class GivenSettings(TypedDict, total=False):
    """Settings of a `Label` as keywords; None goes back to what is calibrated, or the default."""

    aggregation: AggregationName
    top_k: int | None
    threshold: float | None
    gap: float | None
    color: str | None
    notes: str | None


class LabelOverview(Row):
    """A label's line in an overview: what it holds, and what scores it under a model.

    Attributes
    ----------
    label_id : int
    name : str
    color, notes : str or None
    aggregation : AggregationName
    anchors, negative_anchors, votes, accepted, rejected, unsure, tagged : int
        How many there are: votes of all kinds, those in force by verdict, and samples.
    threshold, gap : float or None
        In force; None where no model has been at work yet, like those below.
    top_k : int or None
    threshold_from : {"hand", "calibrated", "default"} or None
    threshold_by_hand, gap_by_hand : float or None
    calibration_id : int or None
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold", "gap", "threshold_by_hand", "gap_by_hand")
    SHOWN: ClassVar[tuple[str, ...]] = (
        "name", "anchors", "negative_anchors", "votes", "tagged", "threshold", "gap", "top_k",
        "threshold_from",
    )  # fmt: skip
    NOUN: ClassVar[str] = "label"
    label_id: int
    name: str
    color: str | None
    notes: str | None
    aggregation: AggregationName
    anchors: int
    negative_anchors: int
    votes: int
    accepted: int
    rejected: int
    unsure: int
    tagged: int
    threshold: float | None
    gap: float | None
    top_k: int | None
    threshold_from: str | None
    threshold_by_hand: float | None
    gap_by_hand: float | None
    calibration_id: int | None

    def __missing__(self, key: str) -> Any:
        if key not in _FORMER:
            raise KeyError(key)
        message = f"an overview's {key!r} is called {_FORMER[key]!r} now"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return self[_FORMER[key]]


def overview(connection: Database, model: StoredModel | None) -> list[LabelOverview]:
    """Return all labels with what they hold and what scores them under a model, by name.

    Parameters
    ----------
    connection : Database
    model : StoredModel or None
        None, where none has been at work yet, leaves out what scores them.
    """
    rows = connection.execute(
        statement("labels/overview"), (model.model_id if model else None,)
    ).fetchall()
    return [LabelOverview.of(row) for row in rows]


def find_label(connection: Database, name: str) -> Label:
    """Return a label by name; case makes no difference.

    Raises
    ------
    UnknownLabelError
    """
    columns = statement("labels/columns")
    row = connection.execute(f"{columns} WHERE name = ?", (label_name(name),)).fetchone()
    if row is None:
        raise unknown_label(name, (label.name for label in list_labels(connection)))
    return Label(*row)


def found_or_made(connection: Database, name: str) -> Label:
    """Return a label by name, and make it first if it is missing; in a write transaction.

    Raises
    ------
    LabelValueError
        The name is empty.
    """
    try:
        return find_label(connection, name)
    except UnknownLabelError:
        return add_label(connection, name, {})


def list_labels(connection: Database) -> list[Label]:
    """Return all labels, by name."""
    return [
        Label(*row) for row in connection.execute(f"{statement('labels/columns')} ORDER BY name")
    ]


def add_label(connection: Database, name: str, settings: Mapping[str, object]) -> Label:
    """Make a label; in a write transaction.

    Parameters
    ----------
    connection : Database
    name : str
    settings : mapping
        Some of `SETTINGS`; see `Label`.

    Raises
    ------
    LabelExistsError
        The name is taken.
    LabelValueError
        The name is empty, or a setting is unknown or out of range.
    """
    name = _check_name(connection, name)
    settings = _checked_settings(settings)
    unset = dict.fromkeys(SETTINGS) | {"aggregation": AGGREGATIONS[0].name}
    row = unset | dict(settings) | {"name": name}
    connection.execute(statement("labels/insert"), row)
    return find_label(connection, name)


def change_label(connection: Database, name: str, settings: Mapping[str, object]) -> Label:
    """Change some of a label's settings; in a write transaction.

    A setting of None goes back to the calibrated value, or the model's default.

    Raises
    ------
    UnknownLabelError
    LabelValueError
    """
    label = find_label(connection, name)
    settings = _checked_settings(settings)
    row = {key: getattr(label, key) for key in SETTINGS} | dict(settings)
    connection.execute(statement("labels/update"), row | {"label_id": label.label_id})
    return find_label(connection, name)


def rename_label(connection: Database, name: str, new: str) -> Label:
    """Give a label another name; anchors, votes and tags stay with it. In a write transaction."""
    label = find_label(connection, name)
    new = label_name(new)
    if new.lower() != label.name.lower():
        _check_name(connection, new)
    row = (new, label.label_id)
    connection.execute(statement("labels/rename"), row)
    return find_label(connection, new)


def remove_label(connection: Database, name: str) -> Label:
    """Remove a label with its anchors, votes, calibrations and tags; in a write transaction."""
    label = find_label(connection, name)
    connection.execute("DELETE FROM labels WHERE label_id = ?", (label.label_id,))
    return label


def label_name(name: object) -> str:
    """Return a label's name without blanks around it, or raise a `LabelValueError`."""
    return given_name(name, "a label's name", LabelValueError)


def _check_name(connection: Database, name: str) -> str:
    name = label_name(name)
    if not name or not name.isprintable():
        raise LabelValueError(f"expected a name for the label, such as 'kick'; got {name!r}")
    if connection.execute("SELECT 1 FROM labels WHERE name = ?", (name,)).fetchone():
        raise LabelExistsError(f"there is a label {name!r} already; choose another name")
    return name


def _checked_settings(settings: Mapping[str, object]) -> dict[str, object]:
    plain = {key: plain_number(value) for key, value in settings.items()}
    for key, value in plain.items():
        rule = _RULES.get(key)
        if rule is None:
            raise LabelValueError(f"expected one of {', '.join(SETTINGS)}; got {key!r}")
        expected, is_valid = rule
        if not is_valid(value):
            raise LabelValueError(f"{key}: expected {expected}, got {value!r}")
    return plain


def _number_within(low: float, high: float, value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and low <= float(str(value)) <= high)


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and 1 <= value <= 10_000)


def _is_color(value: object) -> bool:
    return value is None or (
        isinstance(value, str) and bool(re.fullmatch("#[0-9a-fA-F]{6}", value))
    )


_RULES: dict[str, tuple[str, Callable[[object], bool]]] = {
    "aggregation": (" or ".join(map(repr, NAMES)), lambda value: value in NAMES),
    "top_k": ("a whole number of at least 1", _is_count),
    "threshold": ("a cosine from 0 to 1", lambda value: _number_within(0, 1, value)),
    "gap": ("a lead from 0 to 2", lambda value: _number_within(0, 2, value)),
    "color": ("a colour like #2a9d8f", _is_color),
    "notes": ("a text", lambda value: value is None or isinstance(value, str)),
}
