"""Composed queries as callers write them, in Python and in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsIndex, cast, get_args

from sqlclap.db.spans import format_span_target
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.search.query import Vector
    from sqlclap.search.targets import Target

TermKind = Literal["words", "sound", "label", "vector"]
KINDS: tuple[TermKind, ...] = get_args(TermKind)
MOST_TERMS = 32
SHOWN = 60


@dataclass(frozen=True)
class Term:
    """A term of a query.

    Attributes
    ----------
    kind : {"words", "sound", "label", "vector"}
    value : str, int, Path, bytes or tuple
        Words; a sound as `Library.similar` takes it: an id, a path, a span of one
        (``"12@3.0-4.5"``), encoded audio; a label's name; or the numbers of a vector.
    weight : float
        How much it counts, 1 by default. Negative: away from it.
    space : str or None
        Of a vector: the model that made it, by its name, its version, or its contract's source.
        One that is another than the model asked is refused; None takes the caller's word.

    Raises
    ------
    QueryError
        The weight is 0 or no finite number, or the value is empty or of another kind.
    """

    kind: TermKind
    value: Any
    weight: float = 1.0
    space: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise QueryError(f"expected a term of {', '.join(KINDS)}; got {self.kind!r}")
        if not math.isfinite(self.weight) or self.weight == 0:
            raise QueryError(f"{self}: expected a weight above or below 0, got {self.weight:g}")
        if self.space is not None and (self.kind != "vector" or not isinstance(self.space, str)):
            raise QueryError(f"{self}: expected a space, a model's name, of a vector alone")
        if self.kind in ("words", "label"):
            if not isinstance(self.value, str):
                raise QueryError(f"expected {self.kind} as text, got {str(self.value)[:SHOWN]!r}")
            if not self.value.strip():
                raise QueryError(f"expected {self.kind} in a term, got an empty text")

    @property
    def is_positive(self) -> bool:
        """Whether sounds like it are wanted."""
        return self.weight > 0

    def __str__(self) -> str:
        counted = "" if abs(self.weight) == 1 else f":{abs(self.weight):g}"
        return f"{'' if self.is_positive else 'not '}{self.kind} {self._shown()}{counted}"

    def _shown(self) -> str:
        if self.kind == "vector":
            return f"of {len(self.value)} numbers"
        if isinstance(self.value, bytes):
            return f"of {len(self.value):,} bytes"
        if isinstance(self.value, tuple):
            return format_span_target(str(self.value[0]), self.value[1])
        quoted = self.kind != "sound"
        shown = str(self.value)[:SHOWN]
        return repr(shown) if quoted else shown


@dataclass(frozen=True)
class Query:
    """A query of several terms: ``Query().more("kick").like(17).less("reverb", 0.5)``.

    How terms are weighed against each other stands in `sqlclap.finding.formula`.

    Attributes
    ----------
    terms : tuple of Term
        At least one of them is positive when it is asked.
    """

    terms: tuple[Term, ...] = ()

    def more(self, words: str, weight: float = 1.0) -> Self:
        """Add words that describe what is wanted."""
        return self._with("words", words, weight)

    def less(self, words: str, weight: float = 1.0) -> Self:
        """Add words that describe what is not wanted."""
        return self._with("words", words, -weight)

    def like(self, sound: Target, weight: float = 1.0) -> Self:
        """Add a sound that is like what is wanted; one of the library's is no answer itself."""
        return self._with("sound", sound, weight)

    def unlike(self, sound: Target, weight: float = 1.0) -> Self:
        """Add a sound that is like what is not wanted."""
        return self._with("sound", sound, -weight)

    def like_label(self, label: str, weight: float = 1.0) -> Self:
        """Add a label: what is wanted is like its examples."""
        return self._with("label", label, weight)

    def unlike_label(self, label: str, weight: float = 1.0) -> Self:
        """Add a label whose examples are like what is not wanted."""
        return self._with("label", label, -weight)

    def toward(self, vector: Vector, weight: float = 1.0, space: str | None = None) -> Self:
        """Add a vector of the model; its length makes no difference.

        `space` names the model that made it: one of another is refused.
        """
        return self._with("vector", _numbers(vector), weight, space)

    def away_from(self, vector: Vector, weight: float = 1.0, space: str | None = None) -> Self:
        """Add a vector of the model that what is wanted is far from; see `toward`."""
        return self._with("vector", _numbers(vector), -weight, space)

    def _with(self, kind: TermKind, value: Any, weight: float, space: str | None = None) -> Self:
        return type(self)((*self.terms, Term(kind, value, weight, space)))

    @property
    def positive(self) -> tuple[Term, ...]:
        """The terms that say what is wanted."""
        return tuple(term for term in self.terms if term.is_positive)

    def checked(self) -> Query:
        """Return the query itself if it can be asked.

        Raises
        ------
        QueryError
            It has no positive term, or too many terms.
        """
        if not self.positive:
            raise QueryError(
                "expected at least one term that says what is wanted, such as words or a sound "
                "to be like: there is nothing to look for"
            )
        if len(self.terms) > MOST_TERMS:
            raise QueryError(f"expected at most {MOST_TERMS} terms, got {len(self.terms)}")
        return self

    def as_json(self) -> str:
        """Return it as `read_query` reads it.

        Raises
        ------
        QueryError
            It holds encoded audio, which JSON can't.
        """
        return json.dumps([_written(term) for term in self.terms], ensure_ascii=False)


def _numbers(vector: Vector) -> tuple[float, ...]:
    import numpy as np

    try:
        array = np.asarray(vector, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise QueryError(f"expected a vector of numbers: {error}") from error
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise QueryError(f"expected a vector of finite numbers, got shape {array.shape}")
    return tuple(array.tolist())


def _written(term: Term) -> dict[str, Any]:
    value = term.value
    if isinstance(value, bytes):
        raise QueryError(f"{term}: encoded audio can't be written as JSON; embed it first")
    if isinstance(value, tuple) and term.kind == "sound":
        value = format_span_target(value[0], value[1])
    elif isinstance(value, SupportsIndex) and not isinstance(value, int):
        value = int(value)
    elif isinstance(value, Path):
        value = str(value)
    weight = {} if term.weight == 1 else {"weight": term.weight}
    space = {} if term.space is None else {"space": term.space}
    return {term.kind: list(value) if term.kind == "vector" else value} | weight | space


def as_query(given: Query | Term | str) -> Query:
    """Return a query; a text is words that are wanted."""
    if isinstance(given, Query):
        return given
    return Query((given,)) if isinstance(given, Term) else Query().more(given)


def ends_of(*ends: Target | Term) -> Query:
    """Return the ends of a path as terms; what is no term is a sound."""
    return Query(tuple(one if isinstance(one, Term) else Term("sound", one) for one in ends))


def read_query(text: str) -> Query:
    """Read a query from JSON: an array of terms.

    Each is an object of ``words``, ``sound`` (an id, a path, ``"12@3.0-4.5"``), ``label`` or
    ``vector`` (an array of numbers), and of a ``weight``, 1 by default; below 0 it is not wanted.
    With a vector, ``space`` names the model that made it.

    >>> read_query('[{"words": "kick"}, {"sound": 17, "weight": -0.5}]').terms[1].weight
    -0.5

    Raises
    ------
    QueryError
    """
    return query_of(read_terms(text))


def read_terms(text: str) -> list[object]:
    """Read the array alone; what its terms are is not looked at."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if isinstance(error, QueryError):
            raise
        raise _no_array(text) from error
    if not isinstance(found, list):
        raise _no_array(text)
    return found


def query_of(terms: Sequence[object]) -> Query:
    """Return the query of terms as JSON has them; see `read_query`."""
    return Query(tuple(map(_read_term, terms)))


def _no_array(text: str) -> QueryError:
    example = '[{"words": "kick"}]'
    return QueryError(f"expected a JSON array of terms, such as {example}; got {text[:SHOWN]!r}")


def _no_number(text: str) -> object:
    raise QueryError(f"expected finite numbers in a query, got {text}")


def _read_term(found: object) -> Term:
    if not isinstance(found, Mapping):
        raise QueryError(f"expected a term as a JSON object, got {str(found)[:SHOWN]!r}")
    unknown = sorted(set(found) - {*KINDS, "weight", "space"})
    kinds = [kind for kind in KINDS if kind in found]
    if unknown or len(kinds) != 1:
        got = ", ".join(unknown or kinds) or "none"
        raise QueryError(
            f"expected in a term one of {', '.join(KINDS)}, and a weight; got {got[:SHOWN]}"
        )
    weight, value = found.get("weight", 1.0), found[kinds[0]]
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise QueryError(f"expected a number as weight, got {str(weight)[:SHOWN]!r}")
    read = _read_value(kinds[0], value)
    return Term(kinds[0], read, _as_float(weight), found.get("space"))


def _as_float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _read_value(kind: TermKind, value: object) -> Any:
    if kind == "vector":
        numbers = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        if not numbers or any(isinstance(one, bool | str) for one in numbers):
            raise QueryError("expected a vector as an array of numbers")
        return _numbers(cast("Vector", numbers))
    if kind == "sound" and not (isinstance(value, str | int) and not isinstance(value, bool)):
        raise QueryError(f"expected a sound's id or path, got {str(value)[:SHOWN]!r}")
    return value
