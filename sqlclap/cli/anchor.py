"""``sqlclap anchor``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.columns import PATH, SAMPLE_ID, show_text, span_columns
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import JSON, LIBRARY, MODEL, tell_reach
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.sound_arguments import SOUNDS, named_sounds
from sqlclap.cli.table_output import Column, format_options, print_json, print_rows
from sqlclap.errors import QueryError
from sqlclap.quantities import show_count
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap anchor add sounds.db kick 12 drums/bd_haus.wav
    sqlclap anchor list sounds.db kick
"""
COLUMNS = (
    SAMPLE_ID,
    Column("polarity", show_text("polarity")),
    Column("weight", lambda row: f"{row['weight']:g}", right=True),
    Column("state", show_text("state")),
)


@click.group(cls=SubcommandGroup, name="anchor", epilog=EPILOG)
def command() -> None:
    """Anchors: the examples that define a label."""


@command.command(
    name="add",
    epilog="""\b
Examples:
    sqlclap anchor add sounds.db kick 12 57 drums/bd_haus.wav
    sqlclap anchor add sounds.db kick 'kicks/*' --weight 0.5
    sqlclap anchor add sounds.db bird dawn.wav@12.5-15.0
    sqlclap anchor add sounds.db kick 99 --negative
    sqlclap anchor add sounds.db kick --search "deep kick" -n 3
    sqlclap similar sounds.db 12 --nl | sqlclap anchor add sounds.db kick -
""",
)
@LIBRARY
@LABEL
@SOUNDS
@click.option("--negative", is_flag=True, help="A counter-example: like the label, but not it.")
@click.option("--weight", default=1.0, show_default=True, help="0 to 1: how much it counts.")
@click.option("--search", "words", help="Take the best matches of these words.")
@click.option("-n", "--limit", default=5, show_default=True, help="How many with --search.")
@MODEL
@JSON
@one_line_errors
def add_command(
    library: str, label: str, sounds: tuple[str, ...], as_json: bool, **settings: Any
) -> None:
    """Make sounds anchors of LABEL: ids, paths, patterns, or - for ids on standard input.

    12@3.0-4.5 and PATH@3.0-4.5 are a span of a sound, from 3 to 4.5 seconds, and so is
    12@1:03-1:04.5 in minutes and seconds: the anchor's vector is of exactly that.
    """
    import sqlclap

    words = settings["words"]
    if words is not None and sounds:
        raise QueryError("expected sounds or --search, not both")
    with sqlclap.open(library, model=settings["model"], mode="write") as opened:
        opened.labels.get(label)
        if words is not None:
            chosen: list[Any] = [one.sample_id for one in opened.search(words, settings["limit"])]
        else:
            chosen = named_sounds(sounds)
        polarity: Any = "negative" if settings["negative"] else "positive"
        changed = opened.labels.add_anchors(label, chosen, polarity, settings["weight"])
    _tell({"label": label, "changed": changed}, as_json, f"{label}: {_anchors(changed)} set")


@command.command(
    name="remove",
    epilog="\b\nExamples:\n    sqlclap anchor remove sounds.db kick 12"
    "\n    sqlclap anchor remove sounds.db bird 12@12.5-15.0",
)
@LIBRARY
@LABEL
@SOUNDS
@JSON
@one_line_errors
def remove_command(library: str, label: str, sounds: tuple[str, ...], as_json: bool) -> None:
    """Take sounds out of LABEL's anchors; a sound's id leaves anchors on spans of it."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        removed = opened.labels.remove_anchors(label, named_sounds(sounds))
    _tell({"label": label, "removed": removed}, as_json, f"{label}: {_anchors(removed)} removed")


@command.command(name="list", epilog="\b\nExample:\n    sqlclap anchor list sounds.db kick")
@LIBRARY
@LABEL
@format_options
@one_line_errors
def list_command(library: str, label: str, output: str) -> None:
    """List LABEL's anchors, and say which can't score.

    gone: the sample was removed. no vector: none under this model. past the end: a span that the
    sound, which has become shorter, no longer holds. changed: the file holds another sound than
    when it was chosen.
    """
    import sqlclap
    from sqlclap.labels.anchors import Anchor

    with sqlclap.open(library, mode="read") as opened:
        anchors = opened.labels.anchors(label)
    tell_reach(anchors)
    rows = records(anchors)
    print_rows(rows, (*COLUMNS, *span_columns(rows), PATH), output, field_names(Anchor))


def _anchors(count: int) -> str:
    return show_count(count, "anchor")


def _tell(document: dict[str, Any], as_json: bool, action: str) -> None:
    if as_json:
        print_json(document)
    else:
        click.echo(action)
