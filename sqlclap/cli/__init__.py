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
    "activity": "Show when recordings were made, and in how many of them LABEL was found.",
    "anchor": "Anchors: the examples that define a label.",
    "annotations": "Take annotations of other programs in, and give annotations to them.",
    "attach": "Take in the sounds that a table of another SQLite database names, row by row.",
    "bench": "Measure this machine: medians, and ratios against a peer in the same run.",
    "calibrate": "Fit LABEL's threshold, gap and top-k to its votes.",
    "classify": "Sort all sounds among names, without labels, anchors or votes.",
    "cluster": "Find groups of sounds in LIBRARY and name them.",
    "collection": "Collections: named sets of sounds.",
    "config": "Show or change settings: NAME alone shows one, NAME and VALUE sets it.",
    "density": "Estimate the share of sounds that hold LABEL, from the answers to its reviews.",
    "deployments": "Deployments: recorders at places, known by the folders of their recordings.",
    "detach": "Follow the rows of an attached table no more, and take its sounds away.",
    "doctor": "Look LIBRARY over: file, schema, rows, vectors, index, disk.",
    "duplicates": "Find sounds that LIBRARY holds more than once.",
    "explore": "Go from FOLDER to the page in one step: take in, index, map, name clusters, serve.",
    "export": "Give out sounds of LIBRARY: files, links, an archive, lists, or clips.",
    "export-vectors": "Write sounds' vectors from LIBRARY to a new FILE, exactly as they are "
    "stored.",
    "favourite": "Favourites: sounds to come back to.",
    "find": "Find sounds by several terms: more of some, less of others.",
    "hoplite": "Exchange whole databases with perch-hoplite: recordings, windows, vectors, "
    "annotations.",
    "import-vectors": "Take vectors that another program made into LIBRARY, under a model of a "
    "name.",
    "index": "Build, look at, verify and drop the index beside a library.",
    "info": "Show what a library holds.",
    "ingest": "Take the sounds of folders, files and object storage into LIBRARY.",
    "label": "Labels: names that a few examples define.",
    "map": "Draw LIBRARY's map: sounds that are alike lie close together.",
    "matches": "Show what LABEL finds: high confidence first, then by score.",
    "mcp": "Let assistants ask LIBRARY: a server of the Model Context Protocol.",
    "metadata": "Show what a file and its name say of SOUND, and which field said so.",
    "models": "Get models, check them, and choose a library's own.",
    "neighbors": "List the sounds nearest to each of many sounds, given by their ids, or to all.",
    "note": "Write a note on SOUND (an id, path or pattern), or show what there is.",
    "open": "Open sounds in the program that the system opens such files with.",
    "play": "Play sounds, or spans of them, one after the other; - reads ids from standard input.",
    "query": "Run one SQL statement on LIBRARY, with sqlclap's functions at hand.",
    "query-vector": "Make a query a vector; keep it under a name for clients without sqlclap.",
    "rate": "Give sounds a rating in STARS, from 1 to 5; `none` takes it away, `list` shows all.",
    "recent": "List the sounds that were played, opened, revealed or exported last.",
    "relocate": "Tell LIBRARY that the folder OLD is NEW now: moved, renamed, or mounted "
    "elsewhere.",
    "reveal": "Show the files of sounds in the file manager; on Linux, their folders.",
    "review": "Ask about sounds drawn near LABEL's threshold, from the top, and at random.",
    "search": "Find sounds by WORDS.",
    "serve": "Show LIBRARY, or a set, in the browser: a map to see, hear, search and label.",
    "shards": "Sets: many libraries that answer as one.",
    "shell": "Open a SQL shell on LIBRARY, with sqlclap's functions at hand.",
    "similar": "Find sounds like SOUND.",
    "sources": "Sources: the folders and files that a library was filled from.",
    "tag": "Tag every sound that LABELS match with enough confidence; one run a label.",
    "tags": "List tags: each sound's, or span's, last one of a label.",
    "untag": "Take RUN's tags back; tags of other runs stay as they are.",
    "vote": "Say of sounds whether LABEL fits them; - reads ids from standard input.",
    "watch": "Watch LIBRARY's folders, and take in what is new as soon as it is whole.",
}
"""Commands, and the first sentence of each one's help: `sqlclap --help` imports none of them."""


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
        """Write the list of commands as click does, from `COMMANDS`."""
        width = formatter.width - 6 - max(len(name) for name in COMMANDS)
        listed = [click.Command(name, help=COMMANDS[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(str(one.name), one.get_short_help_str(width)) for one in listed])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and put the default library where it names none."""
        from sqlclap.cli.default_library import with_library

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

    Without a LIBRARY, commands are about the one of SQLCLAP_LIBRARY, of `sqlclap config`, or the
    one used last.
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("SQLCLAP_") and name not in VARIABLES
    )
    for name in unknown:
        known = ", ".join(VARIABLES)
        click.echo(f"warning: nothing looks at the variable {name}; there are {known}", err=True)
