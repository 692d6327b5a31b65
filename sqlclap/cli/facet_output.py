"""Counts of sounds by facets, as ``--facet`` of searches prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.options import take_options
from sqlclap.cli.table_output import Column, print_rows
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.search.facets import FacetCounts

FIELDS = ("facet", "value", "sounds")
COLUMNS = (
    Column("facet", lambda row: str(row["facet"])),
    Column("value", lambda row: str(row["value"])),
    Column("sounds", lambda row: f"{row['sounds']:,}", right=True),
)


def print_facets(library: str, settings: dict[str, Any]) -> None:
    """Print how many sounds that pass the filters there are by each facet.

    Parameters
    ----------
    library : str
        Its file.
    settings : dict
        What `sqlclap.cli.result_output.finding_options` made of the command line.
    """
    import sqlclap

    options, output = take_options(settings), settings["output"]
    with sqlclap.open(library, mode="read") as opened:
        counts = opened.facets(settings["facet"], settings["limit"], options)
    if output in ("json", "nl"):
        print_rows(records(counts), (), output)
        return
    rows = [{"facet": one.facet} | record(value) for one in counts for value in one.values]
    print_rows(rows, COLUMNS, output, FIELDS)
    for one in counts:
        click.echo(_left(one), err=output != "table")


def _left(one: FacetCounts) -> str:
    """Say over what was counted, and what is not among the rows."""
    told = [f"{one.facet}: of {one.counted:,} sounds that pass the filters"]
    if one.without:
        told.append(f"{one.without:,} without")
    if one.other_values:
        told.append(f"{one.other_values:,} more values with {one.other_sounds:,} sounds (-n)")
    return "; ".join(told)
