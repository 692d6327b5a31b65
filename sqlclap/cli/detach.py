"""``sqlclap detach``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, confirm
from sqlclap.cli.table_output import print_json
from sqlclap.homes import expand_home
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

EPILOG = """\b
Examples:
    sqlclap detach clips.db
    sqlclap detach clips.db --table clips --yes
    sqlclap detach clips.db --keep-sounds      the library stays, and follows no rows any more
"""


@click.command(name="detach", epilog=EPILOG)
@LIBRARY
@click.option("--table", metavar="NAME", help="One of several tables [all].")
@click.option("--keep-sounds", is_flag=True, help="Keep the sounds in the library.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Say what would go.")
@JSON
@one_line_errors
def command(
    library: str, table: str | None, keep_sounds: bool, as_json: bool, **asked: bool
) -> None:
    """Stop following an attached table; remove its sounds.

    LIBRARY is the library, or the database that the table is in, in which nothing was ever
    written. A library that holds nothing else is removed as a whole, with its index; if people
    have made labels or collections in it, that is asked first.
    """
    import sqlclap
    from sqlclap.attach.detach import detach, plan_detach

    path = expand_home(library)
    with sqlclap.open(path, mode="write") as opened:
        report = plan_detach(opened.connection, table)
    report.library_removed = report.library_removed and not keep_sounds
    if report.library_removed and report.kept and not any(asked.values()):
        made = ", ".join(f"{count:,} {what}" for what, count in report.kept.items())
        question = f"remove {printable(library)} with what people made in it ({made})?"
        confirm(question)
    dry_run = asked["dry_run"]
    if not dry_run:
        report = detach(path, table, keep_sounds)
    if as_json:
        print_json(record(report))
        return
    sounds = "" if keep_sounds else f" and {show_count(report.sounds, 'sound')}"
    tables = ", ".join(report.tables)
    did = "would detach" if dry_run else "detached"
    click.echo(printable(f"{did} {tables}: {show_count(report.rows, 'row')}{sounds}"))
    if report.library_removed:
        click.echo(printable(f"{'would remove' if dry_run else 'removed'} {library}"))
