"""The command line: one command a file, each loaded when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from sqlclap import __version__
from sqlclap.cli.error_output import open_missing_streams, output_ends_well
from sqlclap.cli.program_errors import errors_as_asked

COMMANDS = {
    "activity": "Count recordings by hour and date, and those with LABEL.",
    "anchor": "Anchors: the examples that define a label.",
    "annotations": "Exchange annotations with Raven, Audacity and others.",
    "attach": "Take in the sounds that a table of a database names.",
    "bench": "Measure speed and quality on this machine.",
    "calibrate": "Fit LABEL's threshold, gap and top-k to its votes.",
    "classify": "Sort sounds among names that you give.",
    "cluster": "Find groups of sounds in LIBRARY and name them.",
    "collection": "Collections: named sets of sounds.",
    "config": "Show or change settings.",
    "density": "Estimate the share of sounds that hold LABEL.",
    "deployments": "Deployments: recorders at places, known by folders.",
    "detach": "Stop following an attached table; remove its sounds.",
    "doctor": "Check a library or set: file, rows, vectors, index, disk.",
    "duplicates": "Find sounds that LIBRARY holds more than once.",
    "explore": "Go from a FOLDER of sounds to its map in one step.",
    "export": "Export sounds: files, links, an archive, lists, or clips.",
    "export-vectors": "Write vectors to a new FILE, exactly as they are stored.",
    "favourite": "Favourites: sounds to come back to.",
    "find": "Find by several terms: more of some, less of others.",
    "hoplite": "Exchange whole databases with perch-hoplite.",
    "import-vectors": "Take in vectors that another program made.",
    "index": "Build, inspect, verify and drop the search index.",
    "info": "Show what a library holds.",
    "ingest": "Take in sounds: folders, files, object storage.",
    "label": "Labels: names that a few examples define.",
    "map": "Draw the map: sounds that are alike lie close together.",
    "matches": "Show the sounds that LABEL finds, best first.",
    "mcp": "Serve LIBRARY to assistants (Model Context Protocol).",
    "metadata": "Show what a file's metadata and its name say.",
    "models": "Get models, check them, and choose a library's own.",
    "neighbors": "List the nearest sounds of many sounds, or of all.",
    "note": "Write a note on SOUND, or show the notes there are.",
    "open": "Open sounds in the system's program for such files.",
    "play": "Play sounds, or spans of them, one after the other.",
    "query": "Run one SQL statement, with sqlclap's functions.",
    "query-vector": "Make a query a vector, for clients without sqlclap.",
    "rate": "Rate sounds with one to five stars.",
    "recent": "List the sounds that were used last.",
    "relocate": "Tell LIBRARY that a folder or a file has moved.",
    "reveal": "Show sounds in the file manager.",
    "review": "Listen to sounds, and say whether LABEL fits them.",
    "search": "Find sounds by WORDS.",
    "serve": "Show a library or a set in the browser.",
    "shards": "Sets: many libraries that answer as one.",
    "shell": "Open a SQL shell, with sqlclap's functions.",
    "similar": "Find sounds like SOUND.",
    "sources": "Sources: the folders and files of a library.",
    "tag": "Tag the sounds that LABELS match confidently enough.",
    "tags": "List tags, or write them into the sounds' files.",
    "untag": "Take RUN's tags back; tags of other runs stay as they are.",
    "vote": "Say whether LABEL fits sounds.",
    "watch": "Watch folders, and take in new sounds when complete.",
}
"""Commands, and the first sentence of each one's help: `sqlclap --help` imports none of them."""

SECTIONS = {
    "Start here": "explore ingest info search similar serve",
    "Ask": "find classify neighbors duplicates query shell",
    "Label by example": "label anchor matches vote review calibrate density tag tags untag",
    "Map and clusters": "map cluster",
    "Use sounds": "play open reveal recent metadata favourite rate note collection export",
    "Folders and tables": "sources relocate watch attach detach",
    "Field recordings": "deployments activity annotations hoplite",
    "Vectors, models, programs": "models export-vectors import-vectors query-vector mcp",
    "Look after it": "index shards doctor config bench",
}
"""The headings of `sqlclap --help`, and the commands below each, in the order of use."""


VARIABLES = ("SQLCLAP_HOME", "SQLCLAP_LIBRARY", "SQLCLAP_MODEL", "SQLCLAP_NODE_TOKEN")
"""Environment variables that are read."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module; errors of the import are raised, not hidden."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"sqlclap.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by what they are for, from `SECTIONS` and `COMMANDS`."""
        widest = max(len(name) for name in COMMANDS)
        width = formatter.width - 6 - widest
        for heading, names in SECTIONS.items():
            listed = [click.Command(name, help=COMMANDS[name]) for name in names.split()]
            with formatter.section(heading):
                formatter.write_dl(
                    [(str(one.name).ljust(widest), one.get_short_help_str(width)) for one in listed]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and put the default library where it names none."""
        from sqlclap.cli.default_library import with_library

        if args[0] not in COMMANDS:
            from sqlclap.cli.help_layout import check_command

            check_command(self, ctx, args[0])
        name, found, rest = super().resolve_command(ctx, args)
        if found is None or ctx.resilient_parsing:  # a shell completes
            return name, found, rest
        return name, found, with_library(ctx, found, rest)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the command line up to the command; what is wrong with it is shown as it asks."""
        given = [*args]
        with errors_as_asked(given):
            context = super().make_context(info_name, args, parent, **extra)
        context.obj = given
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error is shown as its command line asks."""
        with errors_as_asked(ctx.obj):
            return super().invoke(ctx)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; see `output_ends_well`, which is for the help's reader, too."""
        open_missing_streams()
        named = args[0] if args else extra.get("args")
        given = sys.argv[1:] if named is None else [*named]
        try:
            with errors_as_asked(given), _texts_in_words(), output_ends_well():
                return super().main(*args, **extra)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except SystemExit as ended:
            # How click marks that the reader went away.
            if type(sys.stdout).__name__ == "PacifyFlushWrapper":
                ended.code = 0
            raise


@contextmanager
def _texts_in_words() -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:  # of a path, before a command sees it
        shown = error.object.encode("utf-8", "backslashreplace").decode()
        raise click.ClickException(
            f"expected text that can be written as UTF-8, got '{shown}'"
        ) from error


@click.group(
    name="sqlclap", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="sqlclap")
def main() -> None:
    """Search your sounds by sound, by words and by SQL.

    A LIBRARY is one SQLite file. Fill it from a folder, then ask it:

    \b
        sqlclap ingest sounds.db ~/Samples
        sqlclap search sounds.db "deep kick"
        sqlclap similar sounds.db ~/Samples/snare.wav

    Or see it as a map, in one step: sqlclap explore ~/Samples

    Where no LIBRARY is named, it is the one of SQLCLAP_LIBRARY, else that of `sqlclap config`,
    else the one used last. `sqlclap COMMAND --help` has the options and examples of a command.
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("SQLCLAP_") and name not in VARIABLES
    )
    for name in unknown:
        known = ", ".join(VARIABLES)
        click.echo(f"warning: nothing looks at the variable {name}; there are {known}", err=True)
