"""``sqlclap attach``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.errors import QueryError
from sqlclap.homes import expand_home
from sqlclap.opening import is_set
from sqlclap.quantities import printable, show_count, typed
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.attach.follow import FollowReport

EPILOG = """\b
Examples:
    sqlclap attach clips.db --table clips --path file_path
    sqlclap ingest clips.db             take in the sounds; later, what rows have changed
    sqlclap search clips.db "deep kick" --json
    sqlclap attach birds.db --table calls --path wav --start begin_s --end end_s --root /mnt/birds
    sqlclap attach app.db --table uploads --blob data --library ~/uploads.sqlclap.db
"""
PROBLEMS_SHOWN = 10
DATABASE = click.argument("database", type=click.Path())


@click.command(name="attach", epilog=EPILOG)
@DATABASE
@click.option("--table", required=True, metavar="NAME", help="Table or view.")
@click.option("--path", metavar="COLUMN", help="Column of paths, or of addresses.")
@click.option("--blob", metavar="COLUMN", help="Column of encoded sound, in place of --path.")
@click.option("--key", default="", metavar="COLUMN", help="What tells rows apart [primary key].")
@click.option("--start", metavar="COLUMN", help="Where in its recording a row's sound starts (s).")
@click.option("--end", metavar="COLUMN", help="Where it ends (s); NULL is the recording's end.")
@click.option(
    "--root", type=click.Path(), metavar="DIR", help="What paths lie below [DATABASE's folder]."
)
@click.option("--urls", is_flag=True, help="Fetch rows that are addresses (https://, s3://, ...).")
@click.option(
    "--library", type=click.Path(), help="Library to make or to add to [DATABASE.sqlclap.db]."
)
@click.option("--dry-run", is_flag=True, help="Look at the rows, and make nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as a JSON object.")
@one_line_errors
def command(database: str, **settings: Any) -> None:
    """Take in the sounds that a table of a database names.

    DATABASE is any SQLite database; each row of its table names a sound, or holds it as a BLOB. It
    is only ever read: no table, trigger or setting of it changes. A library beside it holds the
    vectors. Every command takes DATABASE in that library's place, and results have the `row_key` of
    their rows.

    `sqlclap ingest DATABASE` takes the sounds in. Called again, it follows which rows are new,
    changed or gone. `sqlclap detach` takes it all away.
    """
    import sqlclap
    from sqlclap.attach.attachment import AttachedTable, library_beside
    from sqlclap.attach.handle import preview_table

    if is_set(database):
        raise QueryError(
            f"{database} is a set; expected the database that holds the table: its rows are "
            "followed by one library, beside it or at --library"
        )
    columns = {name: settings[name] for name in ("table", "key", "path", "blob", "start", "end")}
    table = AttachedTable(Path(database), urls=settings["urls"], **columns)
    root = settings["root"]
    if settings["dry_run"]:
        report, named = preview_table(table, root), None
    else:
        from sqlclap.attach.handle import checked

        checked(table, root)  # nothing is made for a table that can't be attached
        library = expand_home(settings["library"] or library_beside(Path(database)))
        named = str(library) if settings["library"] else database
        with sqlclap.open(library) as opened, TerminalProgress() as progress:
            report = opened.attachments.add(table, root, progress)
    _print(report, named, settings["as_json"])


def _print(report: FollowReport, library: str | None, as_json: bool) -> None:
    if as_json:
        print_json(record(report))
        return
    click.echo(printable(table_line(report)))
    for line in report.left_out[:PROBLEMS_SHOWN]:
        click.echo(printable(f"  left out: {line}"), err=True)
    most = sorted(report.problems.items(), key=lambda one: -one[1])
    for reason, count in most[:PROBLEMS_SHOWN]:
        click.echo(printable(f"  {show_count(count, 'row')}: {reason}"), err=True)
    if library is None:
        click.echo("nothing was made")
    else:
        click.echo(printable(f"take the sounds in with: sqlclap ingest {typed(library)}"))


def table_line(report: FollowReport) -> str:
    """Say in a line what became of a table's rows."""
    changes = {
        "new": report.added,
        "changed": report.changed,
        "gone": report.removed,
        "without a sound": report.with_problem,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in changes.items() if count)
    return f"{report.table}: {show_count(report.rows, 'row')}{', ' if told else ''}{told}"
