"""Help: quick, and with an example for every command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

import sqlclap
from sqlclap.cli import COMMANDS, main
from tests.cli.running import succeed


def commands(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(words: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        printed = succeed(*words, flag)
        assert "Example" in printed
        assert f"sqlclap {' '.join(words)}" in printed.split("Example")[1]


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    context = click.Context(main)
    loaded = {name: main.get_command(context, name) for name in main.list_commands(context)}
    assert {
        name: command.get_short_help_str(1_000) for name, command in loaded.items() if command
    } == COMMANDS
    for width in (60, 80, 200):  # as click lists commands itself
        ours, clicks = (click.HelpFormatter(width=width) for _ in range(2))
        main.format_commands(context, ours)
        click.Group.format_commands(main, context, clicks)
        assert ours.getvalue() == clicks.getvalue()


def test_the_version_is_the_packages() -> None:
    assert succeed("--version") == f"sqlclap, version {sqlclap.__version__}\n"


def test_the_module_runs_as_a_program() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sqlclap", "--help"], capture_output=True, text=True, check=True
    )
    assert "Search your sounds by sound, by words and by SQL." in ended.stdout
