"""HTTP's single byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)[ \t]*", re.IGNORECASE)
# No file is that long; Python refuses to read numbers of thousands of digits.
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Span:
    """Bytes from `start` up to and including `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start + 1


class UnsatisfiableRangeError(ValueError):
    """The range lies outside the file."""


def parse_range(header: str | None, size: int) -> Span | None:
    """Return the part of a file that a Range header asks for.

    Parameters
    ----------
    header : str or None
    size : int
        Of the file, in bytes.

    Returns
    -------
    Span or None
        None means the whole file: there is no header, or it is none that one part can answer
        (several ranges, other units, nonsense), which a server may leave out of account.

    Raises
    ------
    UnsatisfiableRangeError
        It asks only for bytes that aren't there.
    """
    found = _ONE_RANGE.fullmatch(header) if header else None
    if not found or found.groups() == ("", ""):
        return None
    first, last = map(_number, found.groups())
    if first is None:
        return _suffix(last or 0, size)
    if last is not None and last < first:
        return None
    start, end = first, size - 1 if last is None else min(last, size - 1)
    if start >= size:
        raise UnsatisfiableRangeError(header)
    return Span(start, end)


def _suffix(length: int, size: int) -> Span:
    if not length or not size:
        raise UnsatisfiableRangeError(f"-{length}")
    return Span(max(0, size - length), size - 1)


def _number(digits: str) -> int | None:
    """Return a number, cut to what no file reaches, or None where there are no digits."""
    if not digits:
        return None
    plain = digits.lstrip("0")
    return int(plain or "0") if len(plain) < _MOST_DIGITS else 10**_MOST_DIGITS
