"""Lists that are asked for: one text alone would be taken letter by letter."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from pathlib import PurePath
from typing import TypeVar

from sqlclap.errors import NotAListError
from sqlclap.quantities import brief

T = TypeVar("T")


def several(given: Iterable[T], noun: str) -> list[T]:
    """Return what was given as a list.

    A text is a list of its letters to Python, so that ``"12"`` would name the sounds 1 and 2, and
    ``"*.mp3"`` the pattern ``*``, which passes over everything.

    Parameters
    ----------
    given : iterable
    noun : str
        What it is a list of, such as "sounds".

    Raises
    ------
    NotAListError
        It is one thing alone.

    Examples
    --------
    >>> several(("kick.wav", 12), "sounds")
    ['kick.wav', 12]
    """
    if isinstance(given, (str, bytes, bytearray, PurePath, Number)):
        shown = brief(given)
        raise NotAListError(
            f"expected a list of {noun}, got {shown} alone: put it into brackets, [{shown}]"
        )
    return [*given]
