"""``sqlclap export-vectors``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import JSON, LIBRARY, MODEL, filter_options, take_filter
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.homes import expand_home
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.progress import ProgressListener

EPILOG = """\b
Examples:
    sqlclap export-vectors sounds.db vectors.npy
    sqlclap export-vectors sounds.db vectors.parquet --label kick
    sqlclap export-vectors sounds.db drums.jsonl --folder drums --max-length 1
    sqlclap export-vectors sounds.db other.csv --model my-model
    sqlclap export-vectors set.toml archive.parquet --to parquet
    sqlclap export-vectors set.toml http://localhost:6333 --to qdrant --into archive
"""


@click.command(name="export-vectors", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.argument("file")
@click.option(
    "--to",
    type=click.Choice(("file", "parquet", "qdrant")),
    default="file",
    show_default=True,
    help="A file as its suffix says; Parquet; or a Qdrant server (extra qdrant), whose address "
    "FILE is then.",
)
@click.option("--into", help="Qdrant's collection; made where it isn't there [default: sqlclap].")
@click.option("--resume", is_flag=True, help="In Qdrant: go on with a collection that is there.")
@filter_options()
@MODEL
@JSON
@one_line_errors
def command(library: str, file: str, model: str | None, as_json: bool, **settings: Any) -> None:
    """Write vectors to a new FILE, exactly as they are stored.

    Its suffix says how: .npy (NumPy's array, with a .csv of the rows beside it), .parquet (extra
    `notebook`), .csv or .jsonl. Each row has the sound's id, path, length and the like. LIBRARY
    can be a set: its shards are written in turn.

    A Qdrant server gets them as points of a collection with cosine distance, lot by lot; what it
    got before an error stays, and --resume goes on. Its key is taken from QDRANT_API_KEY.
    """
    import sqlclap

    write = _writing(file, settings)
    with sqlclap.open(library, model=model, mode="read") as opened, TerminalProgress() as bar:
        report = write(opened, bar)
    if as_json:
        print_json(record(report))
        return
    vectors = f"{show_count(report.vectors, 'vector')} of {report.dim:,} numbers"
    click.echo(printable(f"{vectors} of {report.model} written to {_places(report)}"))


def _writing(file: str, settings: dict[str, Any]) -> Callable[[Any, ProgressListener], Any]:
    """Return what writes, by the options."""
    to, into, resume = (settings.pop(name) for name in ("to", "into", "resume"))
    only = take_filter(settings)
    if to == "qdrant":
        from sqlclap.own_vectors.qdrant import QdrantExport

        points = QdrantExport(file, "sqlclap" if into is None else into, only, resume)
        return lambda opened, bar: opened.export_to_qdrant(points, bar)
    if into is not None or resume:
        raise click.UsageError("--into and --resume go with --to qdrant")
    from sqlclap.own_vectors.giving import VectorExport

    target = expand_home(file)
    if to == "parquet" and target.suffix.lower() != ".parquet":
        raise click.UsageError(f"--to parquet expects a new file called .parquet; got {file}")
    export = VectorExport(target, only)
    return lambda opened, bar: opened.export_vectors(export, bar)


def _places(report: Any) -> str:
    files = getattr(report, "files", None)
    if files is None:
        return f"collection {report.collection} at {report.url}"
    return " and ".join(map(str, files))
