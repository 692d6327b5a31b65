"""Every command of the command line, read from click's own tree: a new one is tried by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from sqlclap.cli import main

LIBRARY_NAMES = ("library", "libraries")
PLAIN = {
    "label": "kick",
    "labels": "kick",
    "name": "sqlclap-mini",
    "patterns": "kick=*",
    "sql": "SELECT 1",
    "words": "hum",
}
"""What arguments are given that nobody names; all others 1."""


CHOSEN = {"attach": ("--path", "path"), "export": ("--zip", "sounds.zip", "--dry-run")}
"""Of commands that need one of several options."""

OF_OTHERS = {"attach"}
"""They look at another database first; tests of their own try what is wrong with it."""


@dataclass(frozen=True)
class Leaf:
    """A command that does something, by the words that call it."""

    words: tuple[str, ...]
    command: click.Command

    @property
    def name(self) -> str:
        """The words, as one."""
        return " ".join(self.words)

    @property
    def takes_library(self) -> bool:
        """Whether a library is among what it is given."""
        named = any(one.name in LIBRARY_NAMES for one in self.command.params)
        return named and self.name not in OF_OTHERS

    @property
    def for_programs(self) -> list[str]:
        """``--json`` where the command has it."""
        opts = [opt for one in self.command.params for opt in one.opts]
        return ["--json"] if "--json" in opts else []

    def options(self) -> Iterator[click.Option]:
        """Options that take a value."""
        for one in self.command.params:
            if isinstance(one, click.Option) and not one.is_flag:
                yield one

    def call(self, given: Mapping[str, str | Path]) -> list[str]:
        """Return arguments that call it; what is needed and not given has a plain value."""
        words, arguments = [*self.words, *CHOSEN.get(self.name, ())], []
        for one in self.command.params:
            needed = one.required or isinstance(one, click.Argument)
            named = given.get(one.name or "", _plain(one, given) if needed else None)
            if one.name == "libraries":
                named = given["library"]
            if one.name == "yes":
                words += one.opts
            if named is None:
                continue
            if isinstance(one, click.Option):
                words += [one.opts[0], str(named)]
            else:
                arguments.append(str(named))
        return [*words, "--", *arguments] if arguments else words


def leaves() -> list[Leaf]:
    """Return all commands, those of groups among them."""
    return list(_below(main, click.Context(main, info_name="sqlclap"), ()))


def _below(
    command: click.Command, context: click.Context, words: tuple[str, ...]
) -> Iterator[Leaf]:
    if not isinstance(command, click.Group):
        yield Leaf(words, command)
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None, f"{words} lists {name}, which is not there"
        yield from _below(below, click.Context(below, context, name), (*words, name))


def _plain(one: click.Parameter, given: Mapping[str, str | Path]) -> str | Path:
    """Return a value that a parameter takes; `given` has a folder and a file for paths."""
    if isinstance(one.type, click.Choice):
        return str(one.type.choices[0])
    if isinstance(one.type, click.Path):
        return given["a folder"] if one.type.dir_okay else given["a file"]
    return PLAIN.get(one.name or "", "1")
