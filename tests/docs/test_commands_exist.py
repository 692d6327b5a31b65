"""Every command that the docs show, anywhere in a text, is there and has the options shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import REPOSITORY
from tests.support.command_tree import leaves

COMMANDS = {leaf.words: leaf.command for leaf in leaves()}
GROUPS = {words[0] for words in COMMANDS if len(words) > 1}
GENERATED = "cli.md"
PAGES = [
    *(
        REPOSITORY / name
        for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
    ),
    *(page for page in sorted((REPOSITORY / "docs").glob("*.md")) if page.name != GENERATED),
]
IN_TEXT = re.compile(r"(?<!`)`(?:\$ )?(sqlclap [^`]+)`(?!`)")
IN_BLOCK = re.compile(r"^(?:\$ )?(sqlclap .+?)(?:  +.*| #.*)?$", re.MULTILINE)
WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""")
INDENTED = re.compile(r"^ {4}(sqlclap .+)$", re.MULTILINE)
FENCE = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)


def shown(page: Path) -> Iterator[str]:
    """Yield what a page shows of the command line, in texts and in blocks."""
    text = page.read_text(encoding="utf-8")
    for block in FENCE.findall(text):
        yield from IN_BLOCK.findall(block)
    yield from INDENTED.findall(FENCE.sub("", text))
    yield from (" ".join(line.split()) for line in IN_TEXT.findall(FENCE.sub("", text)))


def wrong(line: str) -> str | None:
    """Return what a line names that there isn't; words after ``|`` or ``...`` are not looked at."""
    words = WORD.findall(re.split(r"\s[|>]|\.\.\.|…", line)[0])[1:]
    if not words or words[0].startswith("-") or words[0].isupper():
        return None
    name = tuple(words[:2] if words[0] in GROUPS else words[:1])
    if name in {(group,) for group in GROUPS}:
        return None
    if name not in COMMANDS:
        return f"{' '.join(name)} is no command"
    known = {opt for one in COMMANDS[name].params for opt in (*one.opts, *one.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    unknown = given - known - {"-h", "--help"}
    return f"{' '.join(name)} takes no {', '.join(sorted(unknown))}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_are_there(page: Path) -> None:
    assert [f"{line}: {what}" for line in shown(page) if (what := wrong(line))] == []


def test_commands_are_found_in_the_docs() -> None:
    lines = [line for page in PAGES for line in shown(page)]
    named = {words for line in lines for words in COMMANDS if line.split()[1:2] == [words[0]]}
    assert {words[0] for words in named} >= {"ingest", "search", "similar", "explore", "doctor"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sqlclap search sounds.db 'deep kick' -n 5 --json", None),
        ("sqlclap label add sounds.db kick", None),
        ("sqlclap seek sounds.db", "seek is no command"),
        ("sqlclap label paint sounds.db", "label paint is no command"),
        ("sqlclap search sounds.db kick --loud", "search takes no --loud"),
        ("sqlclap sources list | exclude | remove", None),
    ],
)
def test_what_there_is_not_is_noticed(line: str, said: str | None) -> None:
    assert wrong(line) == said
