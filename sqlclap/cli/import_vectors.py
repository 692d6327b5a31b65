"""``sqlclap import-vectors``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_json
from sqlclap.homes import expand_home
from sqlclap.opening import is_set
from sqlclap.quantities import printable, show_count, typed
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.own_vectors.taking import VectorImport, VectorImportReport

EPILOG = """\b
Examples:
    sqlclap import-vectors sounds.db vectors.npy --model my-model
    sqlclap import-vectors sounds.db vectors.parquet --model my-model --match path
    sqlclap import-vectors sounds.db clap.npy --model my-clap --words clap-htsat-unfused
    sqlclap import-vectors notes.db embeddings.db --collection notes
    sqlclap import-vectors sounds.db other.db --table items --id key --vector embedding --model m
    sqlclap import-vectors birds.db ~/agile/db
    sqlclap import-vectors set.toml vectors.npy --model my-model
"""
HOPLITE = "hoplite.sqlite"


@click.command(name="import-vectors", epilog=EPILOG)
@LIBRARY
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", help="Name of the model that made them; an installed one's, or a new one.")
@click.option("--words", metavar="MODEL", help="An installed model that embeds words for them.")
@click.option("--keep-length", is_flag=True, help="Store them as they are, not of length 1.")
@click.option(
    "--match",
    type=click.Choice(["name", "path", "sample"]),
    default="name",
    show_default=True,
    help="What ids are: names of new sounds, paths or sample ids of the library's.",
)
@click.option("--ids", type=click.Path(path_type=Path), help="Ids of an array's rows.")
@click.option(
    "--id", "id_name", metavar="NAME", help="Column of ids [default: id, path, name ...]."
)
@click.option("--vector", "vector_name", metavar="NAME", help="Column [default: vector ...].")
@click.option("--table", help="Of a SQLite database.")
@click.option("--collection", help="Of a database of llm.")
@click.option("--dry-run", is_flag=True, help="Look at all rows; change nothing.")
@JSON
@one_line_errors
def command(library: str, file: Path, as_json: bool, **settings: Any) -> None:
    """Take in vectors that another program made.

    They belong to a model, whose name you give. FILE is a .npy array with its ids beside it (.csv,
    .txt, .json), Parquet, CSV, JSON lines, a SQLite database, llm's among them, or the folder of a
    database of perch-hoplite. Sounds that are made have no audio: they are found, labelled and
    mapped, and can't be played. Rows that can't be taken in are kept as failures. An import that
    was broken off can be done again, and doing it twice changes nothing.

    In a set each row goes into the shard of its sound, and an empty set takes over the vectors'
    model.
    """
    import sqlclap

    file = expand_home(file)
    if (file / HOPLITE).is_file():
        _take_hoplite(library, file, settings | {"as_json": as_json})
        return
    request = _request(file, settings)
    with tempfile.TemporaryDirectory(prefix="sqlclap-") as passing, TerminalProgress() as bar:
        is_new = request.dry_run and not is_set(library) and not Path(library).exists()
        place = str(Path(passing) / "new.db") if is_new else library
        with sqlclap.open(place) as opened:
            report = opened.import_vectors(request, bar)
    if as_json:
        print_json(record(report))
    else:
        _print_report(library, report)
    end_if_not_written(report, "`sqlclap import-vectors`")


def _request(file: Path, settings: dict[str, Any]) -> VectorImport:
    from sqlclap.errors import OwnVectorsError
    from sqlclap.own_vectors.declared import DeclaredModel
    from sqlclap.own_vectors.rows import FileChoice
    from sqlclap.own_vectors.taking import VectorImport

    names = ("ids", "id_name", "vector_name", "table", "collection")
    choice = FileChoice(file, **{name: settings[name] for name in names})
    model = None
    if settings["model"] is not None:
        lengths = "kept" if settings["keep_length"] else None
        model = DeclaredModel(settings["model"], lengths, settings["words"])  # type: ignore[arg-type]
    elif settings["words"] or settings["keep_length"]:
        raise OwnVectorsError("--words and --keep-length are of a model: name it with --model")
    return VectorImport(choice, model, settings["match"], settings["dry_run"])


def _take_hoplite(library: str, folder: Path, settings: dict[str, Any]) -> None:
    from sqlclap.cli.hoplite import take_in
    from sqlclap.errors import OwnVectorsError

    as_json, match = settings.pop("as_json"), settings.pop("match")
    if any(settings.values()) or match != "name":
        raise OwnVectorsError(
            "a database of perch-hoplite names its own model and recordings: give LIBRARY and "
            "FOLDER alone, or use `sqlclap hoplite import`"
        )
    take_in(library, str(folder), None, as_json)


def _print_report(library: str, report: VectorImportReport) -> None:
    verb = "would be added" if report.dry_run else "added"
    parts = [f"{show_count(report.rows, 'row')}: {show_count(report.added, 'vector')} {verb}"]
    parts += [f"{report.replaced:,} replaced"] if report.replaced else []
    parts += [f"{report.unchanged:,} there already"] if report.unchanged else []
    parts += [f"{show_count(report.sounds, 'sound')} without audio"] if report.sounds else []
    parts += [f"{report.failed:,} failed"] if report.failed else []
    model = f"{report.model} ({report.model_version}, {report.dim:,} numbers)"
    click.echo(printable(f"{', '.join(parts)}; model {model}"))
    for one in report.failures:
        named = "" if one.id is None else f" ({one.id})"
        click.echo(printable(f"failed: row {one.row}{named}: {one.reason}"), err=True)
    more = report.failed - len(report.failures)
    if more > 0:
        told = "" if report.dry_run else f": `sqlclap info {typed(library)} --failures` lists all"
        click.echo(printable(f"failed: {more:,} more{told}"), err=True)
    if report.added and not report.is_default and not report.dry_run:
        click.echo(
            printable(
                f"searches use another model by default: add --model {report.model}, or "
                f"`sqlclap models use {typed(library)} {report.model}`"
            )
        )
