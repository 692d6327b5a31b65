"""How help is laid out: options under headings, and subcommands with whole sentences."""

from __future__ import annotations

from difflib import get_close_matches

import click

from sqlclap.quantities import printable
from sqlclap.search.fields import FILTERS

FILTER_NAMES = frozenset(one.name for one in FILTERS)
_WHOLE = 1_000  # characters, that is, uncut
OUTPUT_NAMES = frozenset({"output", "fields", "as_json"})


class SectionedCommand(click.Command):
    """A command whose help lists its own options first, then filters, then forms of output."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by what they are for, each heading only where it has some."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Filters": [], "Output": []}
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for one in options:
            row = one.get_help_record(ctx)
            if row is not None:
                sections[_heading_of(one)].append(row)
        for heading, rows in sections.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


class SubcommandGroup(click.Group):
    """A group whose help has the first sentence of each of its commands, however long it is."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none of that name, those that there are are named."""
        check_command(self, ctx, args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; long sentences go on in the next line."""
        named = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [
            (name, one.get_short_help_str(_WHOLE))
            for name, one in named
            if one is not None and not one.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def check_command(group: click.Group, ctx: click.Context, given: str) -> None:
    """Check that a group has a command.

    Raises
    ------
    click.UsageError
        It names what is alike, or what can be said: many write the library first.
    """
    names = group.list_commands(ctx)
    if given in names or given.startswith("-") or ctx.resilient_parsing:
        return
    alike = get_close_matches(given, names, 1)
    if alike:
        hint = f"did you mean `{ctx.command_path} {alike[0]}`?"
    elif ctx.parent is None:
        hint = f"`{ctx.command_path} --help` lists them"
    else:
        hint = f"expected {', '.join(names[:-1])} or {names[-1]} after `{ctx.command_path}`"
    raise click.UsageError(printable(f"no such command: '{given}'; {hint}"), ctx)


def _heading_of(option: click.Option) -> str:
    if option.name in FILTER_NAMES:
        return "Filters"
    return "Output" if option.name in OUTPUT_NAMES else "Options"
