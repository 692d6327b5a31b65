"""``sqlclap deployments``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import JSON, LIBRARY, tell_remarks
from sqlclap.cli.table_output import Column, format_options, print_done, print_json, print_rows
from sqlclap.quantities import printable, show_count, show_seconds
from sqlclap.records import field_names, record, records

if TYPE_CHECKING:
    from sqlclap.recordings.deployments import ImportReport

EPILOG = """\b
Examples:
    sqlclap deployments import birds.db deployments.csv
    sqlclap deployments by-folder birds.db /mnt/recorders
    sqlclap deployments list birds.db
    sqlclap query birds.db 'SELECT site, hour, count(*) FROM recordings GROUP BY 1, 2'
"""
COLUMNS = (
    Column("name", lambda row: str(row["name"])),
    Column("site", lambda row: row["site"] or ""),
    Column("latitude", lambda row: _show_degrees(row["latitude"]), right=True),
    Column("longitude", lambda row: _show_degrees(row["longitude"]), right=True),
    Column("recordings", lambda row: f"{row['recordings']:,}", right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("first", lambda row: (row["first_at"] or "")[:16].replace("T", " ")),
    Column("last", lambda row: (row["last_at"] or "")[:16].replace("T", " ")),
    Column("folder", lambda row: row["folder"] or ""),
)


def _in_a_cell(more: dict[str, str]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in more.items())


def _show_degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"


@click.group(cls=SubcommandGroup, name="deployments", epilog=EPILOG)
def command() -> None:
    """Deployments: recorders at places, known by folders.

    The views `recordings` and `activity` show what was recorded when and where.
    """


@command.command(
    name="import", epilog="\b\nExample:\n    sqlclap deployments import birds.db deployments.csv"
)
@LIBRARY
@click.argument("file", type=click.Path())
@JSON
@one_line_errors
def import_command(library: str, file: str, as_json: bool) -> None:
    """Take deployments from a FILE of comma-, semicolon- or tab-separated values.

    Its heading holds `name` and any of folder, site, latitude, longitude, habitat, recorder and
    notes; other columns are kept. A folder is absolute, or the end of a source's path, or lies
    below a source or beside FILE; without one, the name is taken for it. Deployments of names
    that are there already get the new values; what FILE has no column for stays.
    """
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        report = opened.deployments.import_csv(file)
        folders = {one.name: one.folder for one in opened.deployments.list()}
    _print_report(report, as_json, folders)
    end_if_not_written(report, "`sqlclap deployments import`")


@command.command(
    name="by-folder",
    epilog="\b\nExample:\n    sqlclap deployments by-folder birds.db /mnt/recorders --level 2",
)
@LIBRARY
@click.argument("folder", type=click.Path())
@click.option("--level", type=click.IntRange(1), default=1, show_default=True, help="How deep.")
@JSON
@one_line_errors
def by_folder_command(library: str, folder: str, level: int, as_json: bool) -> None:
    """Make a deployment of each folder below FOLDER that holds sounds."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        report = opened.deployments.by_folder(folder, level)
    _print_report(report, as_json, {})
    end_if_not_written(report, "`sqlclap deployments by-folder`")


@command.command(name="list", epilog="\b\nExample:\n    sqlclap deployments list birds.db --csv")
@LIBRARY
@format_options
@one_line_errors
def list_command(library: str, output: str) -> None:
    """List the deployments, with what was recorded there."""
    import sqlclap
    from sqlclap.recordings.deployments import DeploymentSummary

    with sqlclap.open(library, mode="read") as opened:
        found = opened.deployments.list()
    tell_remarks(found)
    rows = records(found)
    if output in ("csv", "tsv"):
        rows = [row | {"more": _in_a_cell(row["more"])} for row in rows]
    print_rows(rows, COLUMNS, output, field_names(DeploymentSummary))


@command.command(
    name="remove", epilog="\b\nExample:\n    sqlclap deployments remove birds.db pond-2024"
)
@LIBRARY
@click.argument("name")
@JSON
@one_line_errors
def remove_command(library: str, name: str, as_json: bool) -> None:
    """Take the deployment NAME out of LIBRARY; its recordings stay."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        removed = opened.deployments.remove(name)
    if as_json:
        print_done({"removed": name}, removed)
    else:
        click.echo(printable(f"removed {name}"))
    end_if_not_written(removed, "`sqlclap deployments remove`")


def _print_report(report: ImportReport, as_json: bool, folders: Mapping[str, str | None]) -> None:
    if as_json:
        print_json(record(report))
        return
    recordings = show_count(report.recordings, "recording")
    click.echo(f"{report.added:,} new, {report.changed:,} changed; {recordings} assigned")
    for name in report.without_recordings:
        folder = folders.get(name)
        told = (
            f"{name}: no recording lies below {folder}"
            if folder
            else f"{name}: no recordings, for no folder is called so; give it a `folder`"
        )
        click.echo(printable(told), err=True)
