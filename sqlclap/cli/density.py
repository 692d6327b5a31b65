"""``sqlclap density``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.table_output import Column, Row, format_options, print_rows
from sqlclap.records import field_names, records

EPILOG = """\b
Examples:
    sqlclap review birds.db wren -n 100
    sqlclap density birds.db wren
    sqlclap density birds.db wren --by site,month
    sqlclap density birds.db wren --moments --by site
    sqlclap density birds.db wren --by hour --level 0.95 --csv > hours.csv
"""
NUMBERS = (
    Column("density", lambda row: f"{row['density']:.2%}", right=True),
    Column("interval", lambda row: f"{row['low']:.2%} to {row['high']:.2%}", right=True),
    Column("of", lambda row: f"{row['total']:,} {row['unit']}s", right=True),
    Column("answers", lambda row: f"{row['votes']:,}", right=True),
    Column("yes", lambda row: f"{row['accepted']:,}", right=True),
)


@click.command(name="density", epilog=EPILOG)
@LIBRARY
@LABEL
@click.option(
    "--by",
    default="",
    metavar="GROUPS",
    help="Tell it by site, deployment, year, month, date or hour, or several with commas.",
)
@click.option("--moments", is_flag=True, help="Of windows, after `sqlclap review --moments`.")
@click.option("--level", default=0.9, show_default=True, help="Probability of the interval.")
@click.option("--seed", default=0, show_default=True, help="Of the draws from the posterior.")
@MODEL
@format_options
@one_line_errors
def command(library: str, label: str, model: str | None, output: str, **settings: Any) -> None:
    """Estimate the share of sounds that hold LABEL.

    The estimate comes from the answers to reviews. Matches above a threshold are no such share:
    some are wrong, and some sounds score below it. Reviews draw sounds with known chances, so their
    answers tell how many there are. Groups without answers of their own are estimated from how
    their scores differ from those of all.
    """
    import sqlclap
    from sqlclap.labels.density import CallDensity, as_groups

    groups = as_groups(settings.pop("by"))
    with sqlclap.open(library, model=model, mode="read") as opened:
        found = opened.labels.density(label, groups, **settings)
    columns = [Column(group, _shows(group)) for group in groups]
    print_rows(records(found), [*columns, *NUMBERS], output, field_names(CallDensity))


def _shows(group: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        return "(unknown)" if row[group] is None else str(row[group])

    return show
