"""``sqlclap shards``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.library_counts import print_remarks
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import printable, show_bytes, show_count, show_seconds, typed
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.shards.inspection import SetStatus

EPILOG = """\b
Examples:
    sqlclap shards init set.toml --shards 4
    sqlclap ingest set.toml /archive
    sqlclap search set.toml "rain on a roof"
    sqlclap shards status set.toml
    sqlclap shards verify set.toml --json
"""
COLUMNS = (
    Column("shard", lambda row: str(row["number"]), right=True),
    Column("slots", lambda row: f"{row['slots']:,}", right=True),
    Column("sounds", lambda row: f"{row['sounds']:,}", right=True),
    Column("vectors", lambda row: f"{row['vectors']:,}", right=True),
    Column("windows", lambda row: f"{row['windows']:,}", right=True),
    Column("on map", lambda row: f"{row['on_map']:,}", right=True),
    Column("size", lambda row: show_bytes(row["bytes"]), right=True),
    Column("index", lambda row: "none" if row["generation"] is None else str(row["generation"])),
    Column("node", lambda row: row["node"]),
    Column("file", lambda row: row["path"]),
)
SET = click.argument("set_file", type=click.Path(), metavar="SET")


SERVE_EPILOG = """\b
Examples:
    sqlclap shards serve set.toml --node left
    sqlclap shards serve set.toml --node left --port 9000 --token-file token
"""


@click.group(cls=SubcommandGroup, name="shards", epilog=EPILOG)
def command() -> None:
    """Sets: many libraries that answer as one.

    A SET is a file such as set.toml: it names its shards, each an ordinary library. Other commands
    take it in a library's place.
    """


@command.command(name="init", epilog="\b\nExample:\n    sqlclap shards init set.toml --shards 8")
@SET
@click.option("--shards", default=4, show_default=True, help="Number of libraries.")
@click.option("--model", help="Name or folder of the model [default: the embedded one].")
@JSON
@one_line_errors
def init_command(set_file: str, shards: int, model: str | None, as_json: bool) -> None:
    """Make SET with empty shards beside it.

    A million sounds a shard is a good size; shards can be split later.
    """
    from sqlclap.shards.inspection import set_status
    from sqlclap.shards.making import init_set

    with init_set(set_file, shards, model) as opened:
        status = set_status(opened)
    if as_json:
        print_json(record(status))
        return
    click.echo(
        f"made {printable(status.path)}: {show_count(shards, 'shard')} of {status.model}; fill it "
        f"with `sqlclap ingest {typed(set_file)} FOLDER`"
    )


@command.command(name="status", epilog="\b\nExample:\n    sqlclap shards status set.toml")
@SET
@JSON
@one_line_errors
def status_command(set_file: str, as_json: bool) -> None:
    """Show the shards of SET: what they hold, and which can't be asked."""
    print_set(set_file, as_json)


def print_set(set_file: str, as_json: bool) -> None:
    """Print the state of a set."""
    from sqlclap.shards.inspection import set_status
    from sqlclap.shards.opened import open_set

    with open_set(set_file) as opened:
        status = set_status(opened)
    if as_json:
        print_json(record(status))
    else:
        _print_status(status)


def _print_status(status: SetStatus) -> None:
    """Print the state of a set as people read it."""
    from sqlclap.shards.shown import not_the_sets

    length = show_seconds(status.counts.get("duration_s", 0.0))
    click.echo(
        f"{printable(status.path)}: {show_count(status.sounds, 'sound')}, {length} in all; model "
        f"{status.model} ({status.model_version}), generation {status.generation}"
    )
    print_remarks(status.counts)
    print_table(records(status.shards), COLUMNS)
    for one in status.shards:
        for what in one.differing:
            click.echo(f"shard {one.number} {not_the_sets(what)}", err=True)
        if one.problem is not None:
            click.echo(f"shard {one.number} can't be asked: {printable(one.problem)}", err=True)


@command.command(name="verify", epilog="\b\nExample:\n    sqlclap shards verify set.toml")
@SET
@JSON
@one_line_errors
def verify_command(set_file: str, as_json: bool) -> None:
    """Check that every sound of SET lies in the shard of its slot, and nothing is there twice.

    Ends with 1 where something is wrong.
    """
    from sqlclap.shards.inspection import verify_set
    from sqlclap.shards.opened import open_set

    with open_set(set_file) as opened:
        report = verify_set(opened)
    if as_json:
        print_json(record(report))
    else:
        for problem in report.problems:
            click.echo(printable(problem), err=True)
        found = "all is well" if report.is_well else show_count(len(report.problems), "problem")
        told = f"{show_count(report.asked, 'shard')}, {show_count(report.sounds, 'sound')}"
        click.echo(f"{told}: {found}")
    if not report.is_well:
        sys.exit(1)


NUMBER = click.argument("number", type=click.IntRange(1), metavar="SHARD")


@command.command(name="split", epilog="\b\nExample:\n    sqlclap shards split set.toml 2")
@SET
@NUMBER
@JSON
@one_line_errors
def split_command(set_file: str, number: int, as_json: bool) -> None:
    """Split SHARD of SET in two: half of its sounds move to a new shard, and keep their ids.

    Searches go on meanwhile. It takes as much room as the shard, until the old file goes.
    """
    from sqlclap.cli.progress_bar import TerminalProgress
    from sqlclap.shards.opened import open_set
    from sqlclap.shards.splitting import split_shard

    with TerminalProgress() as progress, open_set(set_file) as opened:
        split_shard(opened.path, number, progress)
    print_set(set_file, as_json)


@command.command(name="merge", epilog="\b\nExample:\n    sqlclap shards merge set.toml 2 5")
@SET
@NUMBER
@click.argument("other", type=click.IntRange(1), metavar="OTHER")
@JSON
@one_line_errors
def merge_command(set_file: str, number: int, other: int, as_json: bool) -> None:
    """Join the shard OTHER of SET to SHARD; its sounds keep their ids.

    Searches go on meanwhile. Favourites, notes and ratings go along; what files say is read again
    by the next ingest.
    """
    from sqlclap.cli.progress_bar import TerminalProgress
    from sqlclap.shards.joining import merge_shards
    from sqlclap.shards.opened import open_set

    with TerminalProgress() as progress, open_set(set_file) as opened:
        merge_shards(opened.path, number, other, progress)
    print_set(set_file, as_json)


@command.command(name="serve", epilog=SERVE_EPILOG)
@SET
@click.option("--node", metavar="NAME", help="Serve the shards whose node this is [default: all].")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8451, show_default=True, help="0: a free one."
)
@click.option(
    "--token-file", type=click.Path(), help="File of the token [default: $SQLCLAP_NODE_TOKEN]."
)
@click.option("--model", help="Folder of the set's model, where it is not installed.")
@one_line_errors
def serve_command(set_file: str, token_file: str | None, **given: Any) -> None:
    """Serve shards of SET to other machines, until it is stopped.

    Who opens SET elsewhere, with this node's address under [nodes] in its file, asks it over HTTP.
    Whoever has the token can search all its sounds. It speaks no TLS: where others than this
    machine ask, put a proxy or a tunnel before it.
    """
    from sqlclap.shards.node import NodeOptions
    from sqlclap.shards.node_server import serve
    from sqlclap.shards.protocol import find_token

    options = NodeOptions(token=find_token(token_file), **given)

    def say(url: str, shards: int) -> None:
        click.echo(f"{show_count(shards, 'shard')} of {printable(set_file)} at {url}")
        sys.stdout.flush()

    serve(set_file, options, say)
