"""``sqlclap activity``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import (
    LIBRARY,
    MODEL,
    REQUIRE_ALL,
    filter_options,
    open_asked,
    take_filter,
    tell_reach,
)
from sqlclap.cli.table_output import Column, Row, format_options, print_rows
from sqlclap.labels.match_fields import MATCH_FILTERS
from sqlclap.labels.scoring import CONFIDENCES
from sqlclap.quantities import printable, show_count, show_seconds
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap activity birds.db
    sqlclap activity birds.db owl --site pond
    sqlclap activity birds.db owl --matches high --recorded-after 2024-05-01
    sqlclap activity birds.db owl --by hour
    sqlclap activity birds.db owl --csv > owl.csv
"""
BAR = 24


def _share(row: Row) -> float:
    with_it, recordings = row["recordings_with_it"], row["recordings"]
    return 0.0 if not with_it else with_it / recordings


def _columns(label: str | None, rows: Sequence[Row]) -> tuple[Column, ...]:
    of_all = (
        Column("period", lambda row: str(row["period"])),
        Column("recordings", lambda row: f"{row['recordings']:,}", right=True),
        Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    )
    if label is None:
        longest = max((row["duration_s"] for row in rows), default=0.0) or 1.0
        return (*of_all, Column("", lambda row: _bar(row["duration_s"] / longest)))
    return (
        *of_all,
        Column("with it", lambda row: f"{row['recordings_with_it']:,}", right=True),
        Column("share", lambda row: f"{100 * _share(row):.1f} %", right=True),
        Column("", lambda row: _bar(_share(row) / (max(map(_share, rows)) or 1.0))),
    )


def _bar(share: float) -> str:
    return "█" * round(BAR * share)


@click.command(name="activity", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.argument("label", required=False)
@click.option(
    "--by",
    type=click.Choice(["hour", "date", "month"]),
    help="Periods to count by [default: each hour of each date, as a heat map].",
)
@click.option(
    "--matches",
    "confidence",
    type=click.Choice(CONFIDENCES),
    help="Look at what LABEL matches now, with at least this confidence, not at tags.",
)
@filter_options(MATCH_FILTERS)
@MODEL
@REQUIRE_ALL
@format_options
@one_line_errors
def command(library: str, label: str | None, output: str, **settings: Any) -> None:
    """Count recordings by hour and date, and those with LABEL.

    Dates and hours are those of the recorders' clocks. A recording counts in each hour that it
    reaches into. A heat map of hours by dates shows the share of recordings with LABEL, or how
    much of each hour was recorded; what was not recorded is blank, so that effort and absence can
    be told apart.
    """
    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.recordings.activity import ActivityRow

    by, only = settings["by"], take_filter(settings, MATCH_FILTERS)
    request = ActivityRequest(label, by or "date and hour", settings["confidence"], only)
    with open_asked(library, settings["require_all"], model=settings["model"]) as opened:
        found = opened.activity(request)
    tell_reach(found)
    rows = records(found)
    if output == "table" and by is None:
        _print_heat_map(rows, label)
    else:
        print_rows(rows, _columns(label, rows), output, field_names(ActivityRow))
    if found.timeless:
        click.echo(
            f"not counted: {show_count(found.timeless, 'sound')} without a known time", err=True
        )


def _print_heat_map(rows: list[dict[str, Any]], label: str | None) -> None:
    from sqlclap.cli.heat_map import HeatMapCell, heat_map

    if not rows:
        click.echo("no recording whose time is known")
        return
    cells = {
        (row["date"], row["hour"]): HeatMapCell(row["duration_s"], 3600.0)
        if label is None
        else HeatMapCell(row["recordings_with_it"], row["recordings"])
        for row in rows
    }
    click.echo(printable(_title(rows, label)))
    for line in heat_map(cells, shutil.get_terminal_size().columns):
        click.echo(line)


def _title(rows: list[dict[str, Any]], label: str | None) -> str:
    hours = f"{show_count(len(rows), 'hour')} recorded, {rows[0]['date']} to {rows[-1]['date']}"
    if label is None:
        return f"{hours}: how much of each was recorded"
    with_it = sum(1 for row in rows if row["recordings_with_it"])
    return f"{label} in {with_it:,} of {hours}: share of recordings with it"
