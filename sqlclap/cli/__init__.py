"""The command line: one command a file, each loaded when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from sqlclap import __version__
from sqlclap.cli.error_output import open_missing_streams, output_ends_well

COMMANDS = {
    "activity": "sqlclap.cli.activity",
    "anchor": "sqlclap.cli.anchor",
    "annotations": "sqlclap.cli.annotations",
    "bench": "sqlclap.cli.bench",
    "calibrate": "sqlclap.cli.calibrate",
    "classify": "sqlclap.cli.classify",
    "cluster": "sqlclap.cli.cluster",
    "density": "sqlclap.cli.density",
    "deployments": "sqlclap.cli.deployments",
    "doctor": "sqlclap.cli.doctor",
    "duplicates": "sqlclap.cli.duplicates",
    "index": "sqlclap.cli.index",
    "explore": "sqlclap.cli.explore",
    "export": "sqlclap.cli.export",
    "find": "sqlclap.cli.find",
    "hoplite": "sqlclap.cli.hoplite",
    "info": "sqlclap.cli.info",
    "ingest": "sqlclap.cli.ingest",
    "label": "sqlclap.cli.label",
    "map": "sqlclap.cli.map",
    "matches": "sqlclap.cli.matches",
    "metadata": "sqlclap.cli.metadata",
    "models": "sqlclap.cli.models",
    "neighbors": "sqlclap.cli.neighbors",
    "query": "sqlclap.cli.query",
    "relocate": "sqlclap.cli.relocate",
    "review": "sqlclap.cli.review",
    "search": "sqlclap.cli.search",
    "serve": "sqlclap.cli.serve",
    "shell": "sqlclap.cli.shell",
    "similar": "sqlclap.cli.similar",
    "sources": "sqlclap.cli.sources",
    "tag": "sqlclap.cli.tag",
    "tags": "sqlclap.cli.tags",
    "untag": "sqlclap.cli.untag",
    "vote": "sqlclap.cli.vote",
}


VARIABLES = ("SQLCLAP_HOME", "SQLCLAP_MODEL")
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
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; see `output_ends_well`, which is for the help's reader, too."""
        open_missing_streams()
        try:
            with output_ends_well():
                return super().main(*args, **extra)
        except UnicodeEncodeError as error:  # of a path, before a command sees it
            shown = error.object.encode("utf-8", "backslashreplace").decode()
            click.echo(
                f"Error: expected text that can be written as UTF-8, got '{shown}'", err=True
            )
            sys.exit(1)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except SystemExit as ended:
            # How click marks that the reader went away.
            if type(sys.stdout).__name__ == "PacifyFlushWrapper":
                ended.code = 0
            raise


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
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("SQLCLAP_") and name not in VARIABLES
    )
    for name in unknown:
        known = ", ".join(VARIABLES)
        click.echo(f"warning: nothing looks at the variable {name}; there are {known}", err=True)
