"""Names that clusters can be given: an editable text file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlclap.errors import VocabularyError
from sqlclap.models import TaughtVocabulary, content_words

QUALIFIERS = "qualifiers"


MOST_CHARACTERS = 16 << 20  # of a file of names


@dataclass(frozen=True)
class Name:
    """A name for clusters.

    Attributes
    ----------
    name : str
    prompts : tuple of str
        What the text tower is asked; the name itself is one of them.
    section : str
        The heading that it stands under.
    """

    name: str
    prompts: tuple[str, ...]
    section: str


@dataclass(frozen=True)
class Vocabulary:
    """Names, and words that tell apart clusters of the same name.

    Attributes
    ----------
    names : tuple of Name
    qualifiers : tuple of Name
    """

    names: tuple[Name, ...]
    qualifiers: tuple[Name, ...]


def read_vocabulary(path: Path | None = None) -> Vocabulary:
    """Read a vocabulary file; without a path, the one that comes with sqlclap.

    A line is a name, or ``name: other words for it, more of them``. ``[heading]`` starts a
    section; what stands under ``[qualifiers]`` tells apart clusters of the same name. ``#`` starts
    a comment.

    Raises
    ------
    VocabularyError
        The file can't be read, holds no names, or the same one twice.
    """
    where = str(path) if path is not None else "the vocabulary"
    try:
        source = path if path is not None else files("sqlclap.clusters") / "vocabulary.txt"
        with source.open(encoding="utf-8") as names:
            text = names.read(MOST_CHARACTERS + 1)  # a device may never end
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"can't read {where}: {error}") from error
    if len(text) > MOST_CHARACTERS:
        raise VocabularyError(
            f"{where} holds more than {MOST_CHARACTERS >> 20} MB: no list of names"
        )
    return parse_vocabulary(text, where)


def known_names(vocabulary: Vocabulary, taught: TaughtVocabulary) -> Vocabulary:
    """Leave out the names of which no word was taught to the model; all, where that isn't known.

    Such a name would still lie near to some sounds: it would name them, and mean nothing.
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
    section, found = "", []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("[") and content.endswith("]"):
            section = content[1:-1].strip().lower()
        elif content:
            name, _, others = content.partition(":")
            prompts = [name, *others.split(",")]
            asked = tuple(dict.fromkeys(text.strip() for text in prompts if text.strip()))
            found.append(Name(name.strip(), asked, section))
    if any(not entry.name for entry in found):
        raise VocabularyError(f"{where}: expected a name before ':'")
    names = tuple(entry for entry in found if entry.section != QUALIFIERS)
    qualifiers = tuple(entry for entry in found if entry.section == QUALIFIERS)
    if not names:
        raise VocabularyError(f"{where} holds no names: write one a line, such as 'kick drum'")
    seen: set[str] = set()
    for entry in names:
        if entry.name.lower() in seen:
            raise VocabularyError(f"{where} holds {entry.name!r} twice")
        seen.add(entry.name.lower())
    return Vocabulary(names, qualifiers)
