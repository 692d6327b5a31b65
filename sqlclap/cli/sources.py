"""``sqlclap sources``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import JSON, LIBRARY, REQUIRE_ALL, confirm, open_asked, tell_remarks
from sqlclap.cli.table_output import Column, format_options, print_done, print_rows
from sqlclap.quantities import printable, show_count

EPILOG = """\b
Examples:
    sqlclap sources list sounds.db
    sqlclap sources exclude sounds.db ~/Samples '*.mp3' 'packs/*/loops'
    sqlclap sources remove sounds.db /mnt/old
"""
KEYS = ("root", "kind", "samples", "missing", "exclude", "is_there")
COLUMNS = (
    Column("folder", lambda row: str(row["root"])),
    Column("kind", lambda row: show_kind(row["kind"])),
    Column("sounds", lambda row: f"{row['samples']:,}", right=True),
    Column("missing", lambda row: f"{row['missing']:,}" if row["missing"] else "", right=True),
    Column("passes over", lambda row: ", ".join(row["exclude"])),
    Column("", lambda row: "" if row["is_there"] else "not there"),
)


def show_kind(kind: str) -> str:
    """Say which part of its folder a source holds."""
    return {"tree": "all below", "files": "named files"}.get(kind, "vectors alone")


@click.group(cls=SubcommandGroup, name="sources", epilog=EPILOG)
def command() -> None:
    """Sources: the folders and files of a library.

    A folder that was named is a tree: all that lies below it, also what comes later. Files that
    were named one by one are only those files.
    """


@command.command(name="list", epilog="\b\nExample:\n    sqlclap sources list sounds.db")
@LIBRARY
@REQUIRE_ALL
@format_options
@one_line_errors
def list_command(library: str, require_all: bool, output: str) -> None:
    """List the sources, with their sounds and what they pass over."""
    with open_asked(library, require_all) as opened:
        rows = opened.sources.counted()
    tell_remarks(rows)
    if output in ("csv", "tsv"):
        rows = [row | {"exclude": "; ".join(row["exclude"])} for row in rows]
    print_rows(rows, COLUMNS, output, KEYS)


@command.command(
    name="exclude",
    epilog="""\b
Examples:
    sqlclap sources exclude sounds.db ~/Samples '*.mp3' 'packs/*/loops'
    sqlclap sources exclude sounds.db ~/Samples          passes nothing over any more
    sqlclap ingest sounds.db --prune                     and removes what is excluded now
""",
)
@LIBRARY
@click.argument("folder", type=click.Path())
@click.argument("patterns", nargs=-1)
@JSON
@one_line_errors
def exclude_command(library: str, folder: str, patterns: tuple[str, ...], as_json: bool) -> None:
    """Set the PATTERNS of files and folders that FOLDER's source passes over; none ends it.

    A pattern without / is compared with names, one with it with paths below the source; * also
    stands for /. The next ingest goes by them.
    """
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        source = opened.sources.exclude(folder, patterns)
    if as_json:
        print_done({"root": source.root, "exclude": list(source.exclude)}, source)
    else:
        passed = ", ".join(source.exclude) or "nothing"
        click.echo(printable(f"{source.root} passes over: {passed}"))
    end_if_not_written(source, "`sqlclap sources exclude`")


@command.command(
    name="remove", epilog="\b\nExample:\n    sqlclap sources remove sounds.db /mnt/old --yes"
)
@LIBRARY
@click.argument("folder", type=click.Path())
@click.option("--yes", is_flag=True, help="Don't ask.")
@JSON
@one_line_errors
def remove_command(library: str, folder: str, yes: bool, as_json: bool) -> None:
    """Take FOLDER's source out of LIBRARY, with its sounds and their tags; no file is touched.

    Anchors and votes wait: they come back when the same sounds do. Those of a set go on scoring:
    its catalog has copies of their sounds.
    """
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        root = opened.sources.find(folder).root
        count = {row["root"]: row["samples"] for row in opened.sources.counted()}[root]
        if count and not yes:
            description = f"{show_count(count, 'sound')} and their tags"
            confirm(f"remove {printable(root)} with {description}?")
        removed = opened.sources.remove(root)
    if as_json:
        print_done({"removed": int(removed)}, removed)
    else:
        click.echo(f"removed {show_count(int(removed), 'sound')}")
    end_if_not_written(removed, "`sqlclap sources remove`")
