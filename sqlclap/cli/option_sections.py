"""Help with options under headings, for commands that take all filters of searches."""

from __future__ import annotations

import click

from sqlclap.search.fields import FILTERS

FILTER_NAMES = frozenset(one.name for one in FILTERS)
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


def _heading_of(option: click.Option) -> str:
    if option.name in FILTER_NAMES:
        return "Filters"
    return "Output" if option.name in OUTPUT_NAMES else "Options"
