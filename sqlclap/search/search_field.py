"""What a search field is: its name, its kind, its condition, and how surfaces show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from sqlclap.arrays import plain_number
from sqlclap.errors import QueryError
from sqlclap.quantities import brief

Surface = Literal["python", "cli", "sql", "http"]
Kind = Literal["expression", "values", "text", "choice", "number", "whole", "flag"]
"""How a value is read: an SQL expression, values of its parameters, a text, ..."""

_TYPES: Mapping[Kind, tuple[tuple[type, ...], str]] = {
    "expression": ((str,), "an SQL expression"),
    "text": ((str,), "a text"),
    "choice": ((str,), "a text"),
    "number": ((int, float), "a number"),
    "flag": ((bool,), "True or False"),
}
"""What a value of a kind is to Python, and in an error; `check_count` has whole numbers."""

PREFIX = "sqlclap_"
"""Of the names under which fields' values are bound: they can't meet a parameter of `where`."""


@dataclass(frozen=True)
class SearchField:
    """A search field: a filter, or an option of how a search is done.

    Attributes
    ----------
    name : str
        The name on every surface; the command line writes ``min_length`` as ``--min-length``.
    kind : Kind
    help : str
        For ``--help``: a sentence.
    about : str
        For the docs, in Markdown: what it means, with its unit.
    condition : str
        SQL over the columns of ``samples`` and ``sources``, true for sounds that pass the filter.
        The value is bound as ``:sqlclap_NAME``. Empty if the field is no filter.
    statement : str
        A file in ``sql/queries`` with the condition, where that is longer than a line.
    touched, within : str
        Of times: files in ``sql/queries`` with the condition for sounds that may hold moments
        that pass, where that is another one, and for a moment that begins ``at`` a time.
    names : str
        Of a text that must name something that there is: SQL that gives the names that there are,
        and whether each is the value, which is bound as ``?``.
    stored : callable, optional
        Turns the value into what the condition compares with.
    default : int, bool or str, optional
        Default value; None means that the field has no effect.
    choices : tuple of str
        Values of a "choice".
    cli_name : str
        Of the command line's option, where that has another name.
    not_on : mapping
        Surfaces that don't have the field, with the reason.
    former : tuple of str
        Former names that HTTP accepts for one more version.
    repeats : bool
        The command line's option can be given several times; commas join the texts.
    facet : str
        A file in ``sql/queries`` that gives sounds by the field's values, where these are names;
        see `sqlclap.search.facets`.
    reads : tuple of str
        Tables of the library that the answer depends on beside `samples`, so that it needs
        permission to see them.
    """

    name: str
    kind: Kind
    help: str
    about: str
    condition: str = ""
    statement: str = ""
    touched: str = ""
    within: str = ""
    names: str = ""
    stored: Callable[[Any], Any] | None = None
    default: int | bool | str | None = None
    choices: tuple[str, ...] = ()
    cli_name: str = ""
    not_on: Mapping[Surface, str] = field(default_factory=dict)
    former: tuple[str, ...] = ()
    repeats: bool = False
    facet: str = ""
    reads: tuple[str, ...] = ()

    @property
    def is_filter(self) -> bool:
        """Whether the field is a filter, and so a field of `Filter`."""
        return bool(self.condition or self.statement) or self.kind in ("expression", "values")

    def taken(self, value: Any) -> Any:
        """Return a value as Python has it, NumPy's numbers as Python's own.

        Raises
        ------
        QueryError
            It is of another kind: SQLite would compare it with anything, and find nothing.
        """
        plain = plain_number(value)
        types, noun = _TYPES.get(self.kind, ((object,), ""))
        is_flag_as_number = self.kind == "number" and isinstance(plain, bool)
        if is_flag_as_number or not isinstance(plain, types):
            raise QueryError(f"expected {noun} as {self.name}, got {brief(value)}")
        return plain

    @cached_property
    def parameter(self) -> str:
        """The name under which its value is bound."""
        return f"{PREFIX}{self.name}"


def take_kinds(given: object, fields: Iterable[SearchField]) -> None:
    """Make a frozen dataclass's values what their fields have it; see `SearchField.taken`.

    Raises
    ------
    QueryError
    """
    for one in fields:
        value = getattr(given, one.name)
        if value is not None and value is not one.default:
            object.__setattr__(given, one.name, one.taken(value))


class Quantity(NamedTuple):
    """A measured quantity that two fields bound: ``min_NAME`` and ``max_NAME``.

    Attributes
    ----------
    name, plural : str
    column : str
        Of ``samples``. Sounds where it is NULL reach no bound. Empty: ``filter_min_NAME`` and
        ``filter_max_NAME`` in ``sql/queries/search`` have the conditions.
    unit, units : str
        After a number, and in a sentence.
    extent : str
        The adjective of the quantity: "long".
    about : str
        Additional text for the docs.
    reads : tuple of str
        See `SearchField`.
    """

    name: str
    plural: str
    column: str
    unit: str
    units: str
    extent: str
    about: str = ""
    reads: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the two fields."""
        return f"min_{self.name}", f"max_{self.name}"

    def fields(self) -> Iterator[SearchField]:
        """Make the two fields."""
        for name, word, sign in zip(self.ends, ("least", "most"), (">=", "<="), strict=True):
            much = f"at {word} so {self.extent}"
            yield SearchField(
                name=name,
                kind="number",
                help=f"Only sounds {much} ({self.units}).",
                about=f"only sounds {much} (in {self.units}, included){self.about}",
                condition=f"{self.column} {sign} :{PREFIX}{name}" if self.column else "",
                statement="" if self.column else f"search/filter_{name}",
                reads=self.reads,
            )
