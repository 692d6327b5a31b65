"""Puts the default library in front of a command's arguments, where none is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import click

from sqlclap.cli.error_output import LIBRARY_SUFFIXES, may_be_library
from sqlclap.cli.settings import DefaultLibrary, default_library, remember_library
from sqlclap.errors import SettingsError
from sqlclap.homes import expand_home
from sqlclap.opening import SET_SUFFIX
from sqlclap.quantities import printable


def with_library(context: click.Context, command: click.Command, args: list[str]) -> list[str]:
    """Return a command's arguments with a library as the first: the one named, or the default.

    A first argument that is a library's file is always the library. One that isn't is, if all
    arguments that the command takes are there, or if it is called like a library that is to be
    made.

    Raises
    ------
    click.ClickException
        No library is named, and there is no default.
    """
    depth, group = 0, command.name
    while isinstance(command, click.Group) and depth < len(args):
        inner = command.get_command(context, args[depth])
        if inner is None:
            return args
        command, depth = inner, depth + 1
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    if not arguments or arguments[0].name != "library":
        return args
    given = _positionals(context, command, arguments, args[depth:])
    if given is None:
        return args
    _check_count(given, arguments, context)
    if _is_named(given, arguments):
        context.call_on_close(lambda: remember_library(given[0]))
        return args
    found = _default()
    if found is None and len(given) <= _least(arguments[1:]):
        words = " ".join([context.command_path, str(group), *args[:depth]])
        raise click.UsageError(
            f"no library is named, and none was used before: `{words} sounds.db ...`, or "
            "`sqlclap config library sounds.db`, or the variable SQLCLAP_LIBRARY"
        )
    if found is None:
        return args
    click.echo(f"library: {printable(found.path)} ({found.origin})", err=True)
    return [*args[:depth], str(expand_home(found.path)), *args[depth:]]


def _positionals(
    context: click.Context,
    command: click.Command,
    arguments: Sequence[click.Argument],
    args: list[str],
) -> list[str] | None:
    """Return the arguments that are no options; None where help is asked for, or they are wrong."""
    if set(args) & set(context.help_option_names):
        return None
    inner = click.Context(command, parent=context, info_name=command.name, resilient_parsing=True)
    try:
        values, left, _ = command.make_parser(inner).parse_args(list(args))
    except click.UsageError:  # told when they are parsed once more
        return None
    found: list[str] = []
    for one in arguments:
        value = values.get(one.name or "")
        several = value if isinstance(value, tuple | list) else (value,)
        found += [part for part in several if isinstance(part, str)]
    return [*found, *left]


def _check_count(
    given: Sequence[str], arguments: Sequence[click.Argument], context: click.Context
) -> None:
    """Refuse more arguments than a command takes: mostly a text was typed without its quotes."""
    if len(given) <= _most(arguments):
        return
    expected = " ".join(one.make_metavar(context).strip("[]") for one in arguments)
    left = " ".join(map(printable, given[int(_most(arguments)) :]))
    has_text = len(arguments) > 1
    cure = 'what has blanks goes in quotes, such as "deep kick"' if has_text else "see --help"
    raise click.UsageError(f"expected {expected}, and {left} is more than that: {cure}")


def _is_named(given: Sequence[str], arguments: Sequence[click.Argument]) -> bool:
    """Tell whether the first of the arguments given is the library."""
    others = arguments[1:]
    most = _most(others)
    if not given:
        return False
    # One that is damaged, say, must not be taken for a sound of the default library; and where a
    # library comes later, the order is wrong, which is told.
    is_called_so = Path(given[0]).suffix.lower() in LIBRARY_SUFFIXES | {SET_SUFFIX}
    if len(given) > most or is_called_so or any(may_be_library(one) for one in given):
        return True
    if len(given) <= _least(others):
        return False
    # `ingest new ~/Samples` makes a library called new; only folders come before other paths.
    reads_path = isinstance(others[0].type, click.Path)
    return reads_path and len(given) > 1 and not _is_folder(given[0])


def _most(arguments: Sequence[click.Argument]) -> float:
    """Return how many values arguments take at most."""
    is_endless = any(one.nargs < 0 for one in arguments)
    return math.inf if is_endless else sum(one.nargs for one in arguments)


def _least(arguments: Sequence[click.Argument]) -> int:
    """Return how many values arguments take at least."""
    return sum(max(one.nargs, 1) for one in arguments if one.required)


def _is_folder(name: str) -> bool:
    try:
        return expand_home(name).is_dir()
    except (OSError, ValueError):
        return False


def _default() -> DefaultLibrary | None:
    try:
        return default_library()
    except SettingsError as error:
        raise click.ClickException(printable(str(error))) from error
