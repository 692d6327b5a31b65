"""Help: quick, and with an example for every command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

import sqlclap
from sqlclap.cli import COMMANDS, SECTIONS, main
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


def test_each_command_is_under_one_heading_with_its_whole_sentence() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names.split()) == [*COMMANDS]
    formatter = click.HelpFormatter(width=78)  # in a terminal of 80 columns
    main.format_commands(click.Context(main), formatter)
    lines = formatter.getvalue().splitlines()
    for name, says in COMMANDS.items():
        assert f"  {name:<14}  {says.removesuffix('.')}." in lines
    assert max(map(len, lines)) <= 78


def test_filters_and_forms_of_output_have_headings_of_their_own() -> None:
    for words in (["search"], ["similar"], ["find"], ["matches"], ["duplicates"], ["export"]):
        own, _, rest = succeed(*words, "--help").partition("\nFilters:\n")
        filters, _, output = rest.partition("\nOutput:\n")
        assert "--folder" in filters
        assert "--min-rating" in filters
        assert "--json" in output
        assert "--help" in own
        assert own.count("[LIBRARY]") == 1


def test_the_version_is_the_packages() -> None:
    assert succeed("--version") == f"sqlclap, version {sqlclap.__version__}\n"


def test_the_module_runs_as_a_program() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sqlclap", "--help"], capture_output=True, text=True, check=True
    )
    assert "Search your sounds by sound, by words and by SQL." in ended.stdout
