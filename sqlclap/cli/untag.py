"""``sqlclap untag``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import show_count

EPILOG = "\b\nExample:\n    sqlclap untag sounds.db 3"


@click.command(name="untag", epilog=EPILOG)
@LIBRARY
@click.argument("run", type=int)
@JSON
@one_line_errors
def command(library: str, run: int, as_json: bool) -> None:
    """Take RUN's tags back; tags of other runs stay as they are."""
    import sqlclap

    with sqlclap.open(library, mode="write") as opened:
        removed = opened.labels.untag(run)
    if as_json:
        print_json({"run_id": run, "removed": removed})
    else:
        click.echo(f"run {run}: {show_count(removed, 'tag')} removed")
