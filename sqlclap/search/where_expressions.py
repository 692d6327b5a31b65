"""Checks expressions of SQL that callers give, before they become a part of a statement."""

from __future__ import annotations

import re

from sqlclap.errors import QueryError

SQL_LITERALS = r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \[[^\]]*\] | --[^\n]* | /\*.*?(?:\*/|\Z)"""

_COMMENTS = r"--[^\n]* | /\*.*?(?:\*/|\Z)"


def says_nothing(sql: str | None) -> bool:
    """Whether what follows a statement is nothing but comments; none of it is prepared."""
    return not re.sub(rf"(?xs){_COMMENTS} | [\s;]+", "", sql or "")


def checked_expression(where: str) -> str:
    """Return an expression that can't end the statement, or the parentheses around it.

    Raises
    ------
    QueryError
        It can, or is empty.
    """
    bare, depth = re.sub(f"(?xs){SQL_LITERALS}", " ", where), 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        if depth < 0 or sign == ";":
            break
    if depth != 0 or ";" in bare or not bare.strip():
        raise QueryError(f"expected one SQL expression, such as duration_s < 2; got {where!r}")
    return where
