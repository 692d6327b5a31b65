"""What a file's name says: tempo, key, and the parts of a Universal Category System name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlclap.metadata.entries import Entry
from sqlclap.metadata.keys import key_text

_TEMPO = re.compile(
    r"(?<![a-z0-9.])(?:(\d{2,3}(?:\.\d{1,3})?)[ _-]?bpm(?![a-z])|bpm[ _-]?(\d{2,3})(?!\d))", re.I
)
_EDGE = r"(?:^|(?<=[\s_.()\[\]-]))"
_END = r"(?=$|[\s_.()\[\]-])"
_WORDED = re.compile(
    rf"{_EDGE}([A-G](?:#|b|sharp|flat)?[ _-]?|[a-g](?:#|b|sharp|flat)?)"
    rf"((?:[Mm]aj|[Mm]in)(?:or)?|MAJ(?:OR)?|MIN(?:OR)?){_END}"
)
_SHORT = re.compile(rf"{_EDGE}([A-G][#b]?)m{_END}")
_BARE = re.compile(r"[\s_-]?([A-G][#b]?)(?=$|[\s_.()\[\]-])")
_BARE_BEFORE = re.compile(rf"{_EDGE}([A-G][#b]?)[\s_-]$")
_CATEGORY = re.compile(r"([A-Z]{2,5})([A-Z][a-z][A-Za-z]*)(?:-([^_]+))?")
UCS_PARTS = 4
"""CatID, FXName, CreatorID and SourceID: a Universal Category System name has all of them."""


def name_entries(stem: str) -> Iterator[Entry]:
    """Yield what a file's name without its suffix says.

    Only what is unmistakable counts: a number with "bpm"; a key with its mode, or one right beside
    the tempo. So "A_kick" has no key, and "808 Am" one only if an underscore or a hyphen sets it
    apart or a tempo stands in the name, too.

    >>> [(one.field, one.value) for one in name_entries("loop_128bpm_Am")]
    [('tempo', '128'), ('key', 'A minor')]
    >>> list(name_entries("A_kick"))
    []
    """
    tempo = _TEMPO.search(stem)
    if tempo is not None:
        yield Entry("name", "bpm", "tempo", tempo[1] or tempo[2])
    key = _key_in(stem, tempo)
    if key is not None:
        yield Entry("name", "key", "key", key)
    yield from _ucs_entries(stem)


def _key_in(stem: str, tempo: re.Match[str] | None) -> str | None:
    worded = _WORDED.search(stem)
    if worded is not None:
        return key_text(worded[1] + worded[2])
    for short in _SHORT.finditer(stem):
        around = stem[max(0, short.start() - 1) : short.start()] + stem[short.end() :][:1]
        if tempo is not None or len(short[1]) > 1 or ("_" in around or "-" in around):
            return key_text(f"{short[1]}m")
    if tempo is None:
        return None
    bare = _BARE.match(stem, tempo.end()) or _BARE_BEFORE.search(stem[: tempo.start()])
    return key_text(bare[1]) if bare else None


def _ucs_entries(stem: str) -> Iterator[Entry]:
    """Read ``CatID(-UserCategory)_FXName_CreatorID_SourceID`` (universalcategorysystem.com).

    Which words a CatID abbreviates stands in a list of its own, which sqlclap doesn't have: its
    two parts are kept as they are.
    """
    parts = stem.split("_")
    category = _CATEGORY.fullmatch(parts[0])
    if category is None or len(parts) < UCS_PARTS:
        return
    short, rest, user = category.groups()
    yield Entry("ucs", "CatID", "cat_id", short + rest)
    yield Entry("ucs", "CatID", "category", short)
    yield Entry("ucs", "CatID", "subcategory", rest)
    if user:
        yield Entry("ucs", "UserCategory", "user_category", user)
    yield Entry("ucs", "FXName", "title", parts[1])
    yield Entry("ucs", "CreatorID", "originator", parts[2])
    yield Entry("ucs", "SourceID", "source", parts[3])
