"""``sqlclap matches``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.option_sections import SectionedCommand
from sqlclap.cli.options import (
    EXPLAIN,
    LIBRARY,
    MODEL,
    REQUIRE_ALL,
    field_option,
    open_asked,
    parameter_values,
    tell_reach,
)
from sqlclap.cli.result_output import (
    CONFIDENCE,
    GAP,
    HELD_BACK,
    LABEL,
    MOMENT,
    PATH,
    PEAK,
    SAMPLE_ID,
    SCORE,
    UNOPPOSED,
    key_columns,
    note_hardly_heard,
    print_model,
)
from sqlclap.cli.table_output import Column, format_options, print_rows
from sqlclap.labels.match_fields import MATCH_FIELDS, split_filter
from sqlclap.records import field_names, records
from sqlclap.search.fields import fields_of

Command = TypeVar("Command", bound=Callable[..., Any])

EPILOG = """\b
Examples:
    sqlclap matches sounds.db kick
    sqlclap matches sounds.db kick -n 100 --confidence high --csv > kicks.csv
    sqlclap matches birds.db owl --site pond --hours 22-4 --recorded-after 2024-05-01
    sqlclap matches sounds.db kick --nl | sqlclap vote sounds.db kick accept -
    sqlclap matches birds.db wren --moments --merge-gap 1 --min-event 0.5
    sqlclap matches birds.db wren --moments --folder site-3 --confidence high --explain
"""
COLUMNS = (
    Column("#", lambda row: str(row["rank"]), right=True),
    SCORE,
    GAP,
    CONFIDENCE,
    HELD_BACK,
    SAMPLE_ID,
    PATH,
)
EVENT = (MOMENT, PEAK)


def match_options(command: Command) -> Command:
    """Add the match fields' options."""
    for one in reversed(fields_of("cli", MATCH_FIELDS)):
        command = field_option(one)(command)
    return command


@click.command(name="matches", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@LABEL
@click.option("-n", "--limit", default=20, show_default=True, help="Number of results.")
@match_options
@EXPLAIN
@REQUIRE_ALL
@MODEL
@format_options
@one_line_errors
def command(library: str, label: str, output: str, **settings: Any) -> None:
    """Show the sounds that LABEL finds, best first.

    High confidence comes first, then medium, each by score. The gap is the lead over the best
    rival: another label, or a negative anchor. What keeps a sound from high confidence is told: its
    score, its rival, or that there is none. Rejected sounds are never shown. Scores are cosine
    similarities, not probabilities.

    With --moments, it shows where in the sounds: windows that reach the confidence are scored as
    sounds are, and those that follow each other are one event. Of windows that overlap, the best
    ones count. An event has the score of its best window, whose middle is the peak.
    """
    explained = settings.pop("explain")
    chosen = {name: settings.pop(name) for name in ("model", "require_all")}
    limit, params = settings.pop("limit"), parameter_values(settings.pop("params"))
    with open_asked(library, **chosen) as opened:
        matches = opened.labels.matches(label, limit, **split_filter(settings | {"params": params}))
        print_model(opened, matches, output)
    tell_reach(matches, explained)
    rows = records(matches)
    places = EVENT if settings["moments"] else ()
    columns = (*COLUMNS[:3], *places, *COLUMNS[3:-1], *key_columns(rows), COLUMNS[-1])
    print_rows(rows, columns, output, field_names(matches.kind))
    note_hardly_heard(rows, output)
    if matches.plan.note is not None:
        click.echo(matches.plan.note, err=True)
    if explained:
        click.echo(str(matches.plan), err=True)
    if any("no rival" in (match.held_back_by or "") for match in matches):
        click.echo(UNOPPOSED.format(label=label), err=True)
