"""Words of names and texts, split for full-text search, and what people search for by them."""

from __future__ import annotations

import re

from sqlclap.errors import QueryError

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[^\W\d_]+")
_WHOLE = re.compile(r"[^\W_]+")
_ASKED = re.compile(r'"([^"]*)"(\*?)|(\bOR\b)|([^\s"]+)')
MOST_WORDS = 64


def split_words(text: str) -> str:
    """Return a name as words: split at capitals, digits and signs, and whole where that differs.

    >>> split_words("GlassBreak_02-kick808")
    'Glass Break 02 kick 808 GlassBreak kick808'
    """
    whole = _WHOLE.findall(text)
    split = [_PARTS.findall(one) for one in whole]
    parts = [part for one in split for part in one]
    return " ".join([*parts, *(one for one, of in zip(whole, split, strict=True) if len(of) > 1)])


def _quoted(words: list[str], prefix: str) -> str:
    return f'"{" ".join(words)}"{prefix}'


def _term(text: str, prefix: str) -> str:
    """Return one word or phrase as FTS5 takes it; empty for one without a letter or digit."""
    whole = _WHOLE.findall(text)
    if not whole:
        return ""
    parts = [part for one in whole for part in _PARTS.findall(one)]
    forms = dict.fromkeys((_quoted(whole, prefix), _quoted(parts or whole, prefix)))
    return f"({' OR '.join(forms)})" if len(forms) > 1 else next(iter(forms))


def match_expression(text: str) -> str:
    """Return what people typed as an expression of FTS5, whose syntax it can't break.

    All words must be there, in any order; ``"glass break"`` is a phrase, ``gla*`` a beginning, and
    ``OR`` (in capitals) stands between alternatives.

    Raises
    ------
    QueryError
        There is no word in it, or more than `MOST_WORDS`.
    """
    alternatives: list[list[str]] = [[]]
    for phrase, star, either, word in _ASKED.findall(text.replace("\0", " ")):
        if either:
            alternatives.append([])
            continue
        bare = phrase or word.rstrip("*")
        term = _term(bare, "*" if star or word.endswith("*") else "")
        if term:
            alternatives[-1].append(term)
    found = [" AND ".join(terms) for terms in alternatives if terms]
    if not found:
        raise QueryError(f"expected words to look for in names and metadata, got {text!r}")
    if sum(map(len, alternatives)) > MOST_WORDS:
        raise QueryError(f"expected at most {MOST_WORDS} words")
    return " OR ".join(f"({one})" for one in found)
