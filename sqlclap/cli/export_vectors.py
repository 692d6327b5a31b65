"""``sqlclap export-vectors``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL, filter_options, take_filter
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

EPILOG = """\b
Examples:
    sqlclap export-vectors sounds.db vectors.npy
    sqlclap export-vectors sounds.db vectors.parquet --label kick
    sqlclap export-vectors sounds.db drums.jsonl --folder drums --max-length 1
    sqlclap export-vectors sounds.db other.csv --model my-model
"""


@click.command(name="export-vectors", epilog=EPILOG)
@LIBRARY
@click.argument("file", type=click.Path(path_type=Path))
@filter_options()
@MODEL
@JSON
@one_line_errors
def command(library: str, file: Path, model: str | None, as_json: bool, **settings: Any) -> None:
    """Write sounds' vectors from LIBRARY to a new FILE, exactly as they are stored.

    Its suffix says how: .npy (NumPy's array, with a .csv of the rows beside it), .parquet (extra
    `notebook`), .csv or .jsonl. Each row has the sound's id, path, length and the like.
    """
    import sqlclap
    from sqlclap.own_vectors.giving import VectorExport

    export = VectorExport(file.expanduser(), take_filter(settings))
    with sqlclap.open(library, model=model, mode="read") as opened, TerminalProgress() as bar:
        report = opened.export_vectors(export, bar)
    if as_json:
        print_json(record(report))
        return
    vectors = f"{show_count(report.vectors, 'vector')} of {report.dim:,} numbers"
    files = " and ".join(map(str, report.files))
    click.echo(printable(f"{vectors} of {report.model} written to {files}"))
