"""``sqlclap bench attach``."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON
from sqlclap.cli.table_output import print_json


@click.command(
    name="attach",
    epilog="\b\nExample:\n    sqlclap bench attach --rows 100000 --folder /var/tmp/bench",
)
@click.option(
    "--rows", type=click.IntRange(1), default=100_000, show_default=True, help="Of the table."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where the files lie meanwhile [default: that of temporary files].",
)
@JSON
@one_line_errors
def attach_command(rows: int, folder: Path | None, as_json: bool) -> None:
    """Measure what attaching a table takes, and following it, before any sound is read."""
    from benchmarks.attached_rows import bench_attach

    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-", dir=folder) as place:
        row = asdict(bench_attach(Path(place), rows))
    if as_json:
        print_json(row)
        return
    click.echo(
        f"{row['rows']:,} rows, a file each: attached within {row['attach_s']:.2f} s; looked at "
        f"again {row['follow_s']:.2f} s, with {row['changed']:,} changed {row['changed_s']:.2f} s"
    )
