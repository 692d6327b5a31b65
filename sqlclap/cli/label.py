"""``sqlclap label``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.columns import show_score, show_text, told_id
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.label_transfer import (
    export_command,
    from_folders_command,
    from_names_command,
    import_command,
    suggest_command,
)
from sqlclap.cli.options import JSON, LIBRARY, confirm, tell_reach
from sqlclap.cli.result_output import LABEL, UNOPPOSED
from sqlclap.cli.table_output import Column, format_options, print_json, print_rows
from sqlclap.labels.aggregations import AGGREGATIONS, NAMES
from sqlclap.quantities import printable, show_count
from sqlclap.records import field_names, record, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.labels.rivals import RivalReport, SuggestedRival

Command = TypeVar("Command", bound=Callable[..., Any])

EPILOG = """\b
Examples:
    sqlclap label add sounds.db kick
    sqlclap label list sounds.db
    sqlclap label suggest sounds.db "kick drum" --anchor-first 5 --label kick
"""
OPTIONS = (
    click.option(
        "--aggregation",
        type=click.Choice(NAMES),
        help=f"The score: {'; '.join(f'{one.name}, {one.about}' for one in AGGREGATIONS)}.",
    ),
    click.option("--top-k", type=int, help="K of the mean of the K best similarities."),
    click.option("--threshold", type=float, help="Cosine from which confidence is high."),
    click.option("--gap", type=float, help="Margin to the best rival for high confidence."),
    click.option("--color", help="Like #2a9d8f."),
    click.option("--notes", help="Anything."),
)
COLUMNS = (
    Column("label", show_text("name")),
    Column("anchors", lambda row: str(row["anchors"]), right=True),
    Column("negative", lambda row: str(row["negative_anchors"]), right=True),
    Column("votes", lambda row: str(row["votes"]), right=True),
    Column("tagged", lambda row: str(row["tagged"]), right=True),
    Column("threshold", show_score("threshold"), right=True),
    Column("from", show_text("threshold_from")),
)


def settings_options(command: Command) -> Command:
    """Add the options for a label's settings."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group(cls=SubcommandGroup, name="label", epilog=EPILOG)
def command() -> None:
    """Labels: names that a few examples define."""


@command.command(
    name="add", epilog="\b\nExample:\n    sqlclap label add sounds.db kick --color '#e76f51'"
)
@LIBRARY
@LABEL
@settings_options
@JSON
@one_line_errors
def add_command(library: str, label: str, as_json: bool, **settings: Any) -> None:
    """Make a label. Then give it examples with `sqlclap anchor add`."""
    import sqlclap

    given = {key: value for key, value in settings.items() if value is not None}
    with sqlclap.open(library, mode="write") as opened:
        made = opened.labels.add(label, **given)
    _print_label(record(made), as_json, f"label {made.name!r} added")


@command.command(
    name="set",
    epilog="""\b
Examples:
    sqlclap label set sounds.db kick --threshold 0.8
    sqlclap label set sounds.db kick --unset threshold    back to calibrated or default
""",
)
@LIBRARY
@LABEL
@settings_options
@click.option("--unset", multiple=True, help="Reset a setting; can be repeated.")
@JSON
@one_line_errors
def set_command(
    library: str, label: str, as_json: bool, unset: tuple[str, ...], **settings: Any
) -> None:
    """Change a label's settings by hand: they go before what was calibrated."""
    import sqlclap

    given = {key: value for key, value in settings.items() if value is not None}
    given |= dict.fromkeys(name.replace("-", "_") for name in unset)
    with sqlclap.open(library, mode="write") as opened:
        changed = opened.labels.change(label, **given)
    _print_label(record(changed), as_json, f"label {changed.name!r} changed")


@command.command(name="list", epilog="\b\nExample:\n    sqlclap label list sounds.db")
@LIBRARY
@format_options
@one_line_errors
def list_command(library: str, output: str) -> None:
    """List labels with what they hold and what threshold is in force."""
    import sqlclap
    from sqlclap.labels.store import LabelOverview

    with sqlclap.open(library, mode="read") as opened:
        rows = opened.labels.overview()
    print_rows(records(rows), COLUMNS, output, field_names(LabelOverview))
    tell_reach(rows)


@command.command(name="show", epilog="\b\nExample:\n    sqlclap label show sounds.db kick")
@LIBRARY
@LABEL
@JSON
@one_line_errors
def show_command(library: str, label: str, as_json: bool) -> None:
    """Show a label's settings, anchors and votes in numbers, its precision, and its rivals.

    Rivals are what a label is told from: those that hold its best matches back, and those that it
    could have besides (labels near to it, clusters that its matches fall into).
    """
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        settings = record(opened.labels.get(label)) | _in_force(opened, label)
        details = _details(opened, label) if settings["anchors"] else {}
    if as_json:
        print_json(settings | {key: record(value) for key, value in details.items()})
        return
    _print_label(settings, as_json, "")
    if details:
        click.echo(str(details["precision"]))
        print_rivals(details["rivals"])


def _details(opened: sqlclap.Library, label: str) -> dict[str, Any]:
    """Return what takes a scan to tell; nothing for a label whose anchors can't score."""
    from sqlclap.errors import NoAnchorsError, NoVectorsError

    try:
        return {"precision": opened.labels.precision(label), "rivals": opened.labels.rivals(label)}
    except (NoAnchorsError, NoVectorsError):
        return {}


def _in_force(opened: sqlclap.Library, label: str) -> dict[str, Any]:
    name = opened.labels.get(label).name
    (row,) = [row for row in opened.labels.overview() if row["name"] == name]
    return {f"{key}_in_force": row[key] for key in ("threshold", "gap", "top_k")} | {
        key: row[key]
        for key in ("threshold_from", "anchors", "negative_anchors", "votes", "tagged")
    }


@command.command(
    name="rename", epilog="\b\nExample:\n    sqlclap label rename sounds.db kick 'kick drum'"
)
@LIBRARY
@LABEL
@click.argument("new")
@JSON
@one_line_errors
def rename_command(library: str, label: str, new: str, as_json: bool) -> None:
    """Give LABEL the name NEW; anchors, votes and tags stay with it."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        renamed = opened.labels.rename(label, new)
    _print_label(record(renamed), as_json, f"label {label!r} is now {renamed.name!r}")


@command.command(
    name="remove", epilog="\b\nExample:\n    sqlclap label remove sounds.db kick --yes"
)
@LIBRARY
@LABEL
@click.option("--yes", is_flag=True, help="Don't ask.")
@JSON
@one_line_errors
def remove_command(library: str, label: str, yes: bool, as_json: bool) -> None:
    """Remove a label with its anchors, votes, calibrations and tags.

    `sqlclap label export` keeps a copy.
    """
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        counts = _in_force(opened, label)
        lost = f"{show_count(counts['anchors'] + counts['negative_anchors'], 'anchor')} and "
        lost += show_count(counts["votes"], "vote")
        if not yes:
            confirm(f"remove {label!r} with {lost}?")
        removed = opened.labels.remove(label)
    _print_label(record(removed), as_json, f"label {removed.name!r} removed, with {lost}")


def print_rivals(report: RivalReport) -> None:
    """Say who holds a label's matches back, and who could be its rival."""
    if not report.can_be_high:
        click.echo(UNOPPOSED.format(label=report.label))
    for rival in report.held_back:
        name = rival.label if rival.label is not None else f"not {rival.path}"
        among = f"{rival.matches} of its {report.looked_at} best matches"
        click.echo(f"rival {printable(str(name))}: holds back {among}")
    for one in report.suggested:
        click.echo(f"suggested rival: {printable(_show_suggested(one))}")


def _show_suggested(one: SuggestedRival) -> str:
    ids = " ".join(map(told_id, one.sample_ids))
    if one.kind == "label":
        return f"label {one.name} (its anchors' cosine to these: {one.score:.3f})"
    if one.kind == "cluster":
        return f"cluster {one.name} ({one.score:.0%} of its matches; listen to {ids})"
    return f"{one.name} ({ids}): make those that aren't it anchors with --negative"


def _print_label(label: dict[str, Any], as_json: bool, action: str) -> None:
    if as_json:
        print_json(label)
    elif action:
        click.echo(action)
    else:
        for key, value in label.items():
            if value is not None:
                shown = f"{value:.4g}" if isinstance(value, float) else value
                click.echo(f"{key.replace('_', ' ')}: {shown}")


for _inner in (
    export_command,
    from_folders_command,
    from_names_command,
    import_command,
    suggest_command,
):
    command.add_command(_inner)
