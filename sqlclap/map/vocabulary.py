"""The editable vocabulary: names for clusters, and qualifiers, as a text file holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlclap.errors import VocabularyError
from sqlclap.homes import expand_home
from sqlclap.models.vocabulary import TaughtVocabulary, content_words
from sqlclap.sqlite_files import no_database

QUALIFIERS = "qualifiers"

MAX_CHARACTERS = 16 << 20  # of a vocabulary file


@dataclass(frozen=True)
class VocabularyName:
    """A name for clusters.

    Attributes
    ----------
    name : str
    prompts : tuple of str
        Texts that are embedded; the name itself is one of them.
    section : str
        The heading under which it stands in the file.
    """

    name: str
    prompts: tuple[str, ...]
    section: str


@dataclass(frozen=True)
class Vocabulary:
    """Names, and qualifiers that distinguish clusters of the same name.

    Attributes
    ----------
    names : tuple of VocabularyName
    qualifiers : tuple of VocabularyName
    """

    names: tuple[VocabularyName, ...]
    qualifiers: tuple[VocabularyName, ...]


def read_vocabulary(path: str | Path | None = None) -> Vocabulary:
    """Read a vocabulary file; without a path, the one that comes with sqlclap.

    A line is a name, or ``name: other words for it, more of them``. ``[heading]`` starts a
    section; entries under ``[qualifiers]`` distinguish clusters of the same name. ``#`` starts
    a comment.

    Raises
    ------
    VocabularyError
        The file can't be read, holds no names, or holds a name twice.
    """
    where = str(path) if path is not None else "the vocabulary"
    try:
        source = Path(__file__).with_name("vocabulary.txt") if path is None else expand_home(path)
        with no_database(source).open(encoding="utf-8") as names:
            text = names.read(MAX_CHARACTERS + 1)  # a device may never end
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"can't read {where}: {error}") from error
    if len(text) > MAX_CHARACTERS:
        raise VocabularyError(
            f"{where} holds more than {MAX_CHARACTERS >> 20} MB: no list of names"
        )
    return parse_vocabulary(text, where)


def known_names(vocabulary: Vocabulary, taught: TaughtVocabulary) -> Vocabulary:
    """Leave out names without a word that the model was taught; keep all if that isn't known.

    The vector of such a name is near to some sounds by chance, so the name would mean nothing.
    """
    if not taught.is_complete:
        return vocabulary
    known = tuple(
        entry
        for entry in vocabulary.names
        if any(map(taught.holds, content_words(" ".join(entry.prompts))))
    )
    return Vocabulary(known, vocabulary.qualifiers) if known else vocabulary


def parse_vocabulary(text: str, where: str) -> Vocabulary:
    """Read a vocabulary's text; see `read_vocabulary`.

    >>> vocabulary = parse_vocabulary("[drums]\\nkick drum: kick\\n[qualifiers]\\ndeep", "here")
    >>> vocabulary.names[0].prompts, vocabulary.qualifiers[0].name
    (('kick drum', 'kick'), 'deep')
    """
    section, entries = "", []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("[") and content.endswith("]"):
            section = content[1:-1].strip().lower()
        elif content:
            name, _, others = content.partition(":")
            prompts = [name, *others.split(",")]
            prompts_of_entry = tuple(
                dict.fromkeys(text.strip() for text in prompts if text.strip())
            )
            entries.append(VocabularyName(name.strip(), prompts_of_entry, section))
    if any(not entry.name for entry in entries):
        raise VocabularyError(f"{where}: expected a name before ':'")
    names = tuple(entry for entry in entries if entry.section != QUALIFIERS)
    qualifiers = tuple(entry for entry in entries if entry.section == QUALIFIERS)
    if not names:
        raise VocabularyError(f"{where} holds no names: write one a line, such as 'kick drum'")
    seen: set[str] = set()
    for entry in names:
        if entry.name.lower() in seen:
            raise VocabularyError(f"{where} holds {entry.name!r} twice")
        seen.add(entry.name.lower())
    return Vocabulary(names, qualifiers)
