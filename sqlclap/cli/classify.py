"""``sqlclap classify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL, tell_reach
from sqlclap.cli.result_output import PATH, SAMPLE_ID, note_hardly_heard, print_model, show_text
from sqlclap.cli.table_output import Column, format_options, print_rows
from sqlclap.errors import QueryError
from sqlclap.quantities import printable, show_count
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap classify sounds.db --labels "kick drum, snare, hi-hat"
    sqlclap classify sounds.db --labels "rain, traffic, birds" --only rain --nl
    sqlclap classify sounds.db --labels "kick, snare" --template "a {} drum" --template "{} hit"
"""
COLUMNS = (
    Column("name", show_text("name")),
    Column("share", lambda row: f"{row['share']:.0%}", right=True),
    Column("runner-up", lambda row: f"{row['runner_up']} {row['runner_up_share']:.0%}"),
    SAMPLE_ID,
    PATH,
)
NOTE = "shares compare these names with one another; they are no probability of being right"


@click.command(name="classify", epilog=EPILOG)
@LIBRARY
@click.option("--labels", "names", required=True, help="Names, separated by commas.")
@click.option("--template", "templates", multiple=True, help="Like 'a {} drum'; repeatable.")
@click.option("--unknown/--no-unknown", default=True, help="Allow 'unknown' as a result.")
@click.option("--only", help="Show only the sounds of one name.")
@click.option("-n", "--limit", default=0, help="Number of sounds to show [default: all].")
@MODEL
@format_options
@one_line_errors
def command(library: str, names: str, output: str, **settings: Any) -> None:
    """Sort sounds among names that you give.

    It needs no labels, anchors or votes. Each name is put into prompt templates. "unknown" takes
    part with the score that lies above what meaningless words reach in this library, and can win;
    names that the model doesn't know, and those of which the library holds nothing, lose to it.
    Scores of words are never compared with labels' scores.
    """
    import sqlclap
    from sqlclap.labels.zero_shot import NamedSample

    templates = settings["templates"] or ("{}",)
    with sqlclap.open(library, model=settings["model"], mode="read") as opened:
        classified = opened.labels.classify(names.split(","), templates, settings["unknown"])
        print_model(opened, classified, output)
    tell_reach(classified)
    for name, doubt in classified.doubts.items():
        click.echo(f"Doubtful: {printable(name)}: {printable(doubt)}", err=True)
    _check(settings, [*names.split(","), "unknown"])
    rows = records(classified)
    counts = Counter(str(row["name"]) for row in rows)
    if settings["only"] is not None:
        rows = [row for row in rows if str(row["name"]).lower() == settings["only"].lower()]
    if settings["limit"]:
        rows = rows[: settings["limit"]]
    print_rows(rows, COLUMNS, output, field_names(NamedSample))
    note_hardly_heard(rows, output)
    if output == "table":
        _print_counts(counts, rows)


def _check(settings: Mapping[str, Any], names: Sequence[str]) -> None:
    if settings["limit"] < 0:
        raise QueryError(f"expected --limit of at least 0, got {settings['limit']}")
    only, known = settings["only"], [name.strip() for name in names]
    if only is not None and only.lower() not in map(str.lower, known):
        raise QueryError(f"no name {only!r} to show: expected one of {', '.join(known)}")


def _print_counts(counts: Mapping[str, int], rows: Sequence[Mapping[str, Any]]) -> None:
    of_each = [f"{name} {count:,}" for name, count in sorted(counts.items())]
    click.echo(f"{show_count(len(rows), 'sound')} shown; in all: {', '.join(of_each)}")
    click.echo(NOTE)
