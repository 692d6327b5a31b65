"""The set's ids in a filter's `where`: each shard numbers its own sounds, and SQL tells the set's.

``sample_id`` becomes ``sqlclap_set_id(sample_id)``, wherever it stands, so that it is what answers
tell: a number, or, compared by ``=``, ``<>`` or ``IN``, text such as ``'3:17'``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError
from sqlclap.search.where_expressions import SQL_LITERALS
from sqlclap.shards.ids import SetId

if TYPE_CHECKING:
    import apsw

    from sqlclap.shards.ids import IdMap

FUNCTION = "sqlclap_set_id"
_PIECES = re.compile(rf"(?xsi)(?P<literal>{SQL_LITERALS})|[:@$]\w+|(?:\w+\s*\.\s*)?\bsample_id\b")
_HAS_IT = re.compile(r"(?i)\bsample_id\b")
_NAMES_IT = re.compile(r"(?i)\busing\s*\([^)]*\bsample_id\b|\bas\s+sample_id\b")
_EQUALS = re.compile(r"(?i)\b(sample_id\s*(?:==?|<>|!=|is(?:\s+not)?)\s*)'(\d+):(\d+)'")
_AMONG = re.compile(r"(?i)\b(sample_id\s+(?:not\s+)?in\s*\()([^()]*)\)")
_BOUND = re.compile(r"(?i)\bsample_id\s*(?:==?|<>|!=|is(?:\s+not)?)\s*[:@$](\w+)")
_TYPED = re.compile(r"'(\d+):(\d+)'")


def with_set_ids(where: str, params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return an expression, and its parameters, in which ``sample_id`` is the set's id.

    Raises
    ------
    QueryError
        It stands where a name is needed: in ``USING``, behind ``AS``, or quoted.
    """
    if not _HAS_IT.search(where):
        return where, params
    quoted = [one["literal"] for one in _PIECES.finditer(where) if one["literal"]]
    is_quoted = any(one[0] in '"`[' and _HAS_IT.search(one) for one in quoted)
    if is_quoted or _NAMES_IT.search(where):
        raise QueryError(
            "sample_id is the set's in a where, and can't be a name there: write it without "
            "quotes, and `ON a.sample_id = b.sample_id` instead of USING"
        )
    told = dict(params)
    for name in _BOUND.findall(where):
        told[name] = _as_number(told.get(name))
    where = _EQUALS.sub(lambda one: f"{one[1]}{_whole(one[2], one[3])}", where)
    where = _AMONG.sub(lambda one: f"{one[1]}{_TYPED.sub(_number, one[2])})", where)
    return _PIECES.sub(_as_set_id, where), told


def register_set_ids(connection: apsw.Connection, ids: IdMap) -> None:
    """Let a shard's connection tell the set's ids."""

    def told(*values: Any) -> Any:
        (number,) = values
        return ids.told(number) if isinstance(number, int) else number

    connection.create_scalar_function(FUNCTION, told, 1, deterministic=True)


def _as_set_id(piece: re.Match[str]) -> str:
    text = piece[0]
    if piece["literal"] or text[0] in ":@$":
        return text
    return f"{FUNCTION}({text})"


def _number(typed: re.Match[str]) -> str:
    return str(_whole(typed[1], typed[2]))


def _whole(shard: str, number: str) -> int:
    return SetId(int(shard), int(number)).whole


def _as_number(value: Any) -> Any:
    typed = re.fullmatch(r"(\d+):(\d+)", value) if isinstance(value, str) else None
    return value if typed is None else _whole(typed[1], typed[2])
