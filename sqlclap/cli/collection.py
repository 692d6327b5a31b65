"""``sqlclap collection``."""

from __future__ import annotations

import click

from sqlclap.cli.columns import show_text
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.kept_output import LENGTH, print_change, print_kept
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.sound_arguments import SOUNDS, named_sounds
from sqlclap.cli.table_output import Column, format_options, print_json, print_rows
from sqlclap.quantities import printable
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap collection add sounds.db "Track 7" 12 57 'kicks/*'
    sqlclap collection list sounds.db
    sqlclap collection show sounds.db "Track 7"
    sqlclap similar sounds.db 12 --collection "Track 7"
    sqlclap export sounds.db --collection "Track 7" --copy track-7
"""
NAME = click.argument("name")
COLUMNS = (
    Column("collection", show_text("name")),
    Column("sounds", lambda row: f"{row['sounds']:,}", right=True),
    LENGTH,
    Column("made", lambda row: row["created_at"][:10]),
)


@click.group(cls=SubcommandGroup, name="collection", epilog=EPILOG)
def command() -> None:
    """Collections: named sets of sounds. A sound may be in several."""


@command.command(
    name="add", epilog='\b\nExample:\n    sqlclap collection add sounds.db "Track 7" 12 57'
)
@LIBRARY
@NAME
@SOUNDS
@JSON
@one_line_errors
def add_command(library: str, name: str, sounds: tuple[str, ...], as_json: bool) -> None:
    """Put sounds into the collection NAME, which is made if it isn't there.

    - reads ids, paths or lines of --nl from standard input. No sounds make an empty collection.
    """
    import sqlclap

    named = named_sounds(sounds) if sounds else []
    with sqlclap.open(library, mode="write") as opened:
        count = opened.collections.add(name, named)
    print_change(count, as_json, printable(f"added to {name}"))


@command.command(
    name="remove", epilog='\b\nExample:\n    sqlclap collection remove sounds.db "Track 7" 12'
)
@LIBRARY
@NAME
@SOUNDS
@JSON
@one_line_errors
def remove_command(library: str, name: str, sounds: tuple[str, ...], as_json: bool) -> None:
    """Take sounds out of the collection NAME; the sounds stay."""
    import sqlclap

    named = named_sounds(sounds)
    with sqlclap.open(library, mode="write") as opened:
        count = opened.collections.remove(name, named)
    print_change(count, as_json, printable(f"taken out of {name}"))


@command.command(name="list", epilog="\b\nExample:\n    sqlclap collection list sounds.db")
@LIBRARY
@format_options
@one_line_errors
def list_command(library: str, output: str) -> None:
    """List the collections."""
    import sqlclap
    from sqlclap.curation.collections import Collection

    with sqlclap.open(library, mode="read") as opened:
        rows = records(opened.collections.list())
    print_rows(rows, COLUMNS, output, field_names(Collection))


@command.command(
    name="show", epilog='\b\nExample:\n    sqlclap collection show sounds.db "Track 7"'
)
@LIBRARY
@NAME
@format_options
@one_line_errors
def show_command(library: str, name: str, output: str) -> None:
    """List the sounds of the collection NAME, in the order in which they came in."""
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        found = opened.collections.sounds(name)
    print_kept(found, output)


@command.command(
    name="rename",
    epilog='\b\nExample:\n    sqlclap collection rename sounds.db "Track 7" "Overture"',
)
@LIBRARY
@NAME
@click.argument("new")
@JSON
@one_line_errors
def rename_command(library: str, name: str, new: str, as_json: bool) -> None:
    """Call the collection NAME by a NEW name."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        opened.collections.rename(name, new)
    if as_json:
        print_json({"renamed": name, "to": new})
    else:
        click.echo(printable(f"{name} is called {new} now"))


@command.command(
    name="delete", epilog='\b\nExample:\n    sqlclap collection delete sounds.db "Track 7"'
)
@LIBRARY
@NAME
@JSON
@one_line_errors
def delete_command(library: str, name: str, as_json: bool) -> None:
    """Remove the collection NAME; its sounds stay."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        opened.collections.delete(name)
    if as_json:
        print_json({"deleted": name})
    else:
        click.echo(printable(f"deleted {name}; its sounds stay"))
