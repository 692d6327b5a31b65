"""Queries as the bundle reads them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlclap.models.vocabulary import parse_vocabulary
from sqlclap.models.wording import Wording, parse_wording
from training.taught import taught_text
from training.text_table import tokenizer

WORDS_FILE = Path(__file__).parent / "taxonomy" / "words.txt"


@cache
def wording() -> Wording:
    """Return the words that ship, read with what is taught."""
    text = WORDS_FILE.read_text(encoding="utf-8")
    return parse_wording(text, parse_vocabulary(taught_text(), is_complete=True))


@cache
def _vocabulary() -> dict[str, int]:
    return tokenizer().get_vocab()


def read_as_taught(text: str) -> str:
    """Return a text as the bundle's text tower gets it."""
    return wording().read(text, _vocabulary().__contains__).text
