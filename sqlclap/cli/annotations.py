"""``sqlclap annotations``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors, quiet_libraries
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import JSON, LIBRARY, REQUIRE_ALL, open_asked, tell_reach
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.result_output import LISTED
from sqlclap.cli.table_output import Column, format_options, print_json, print_rows
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    from sqlclap.exchange.library_annotations import AnnotationReport, ImportRequest

FORMAT_NAMES = ("audacity", "birdnet", "csv", "kaleidoscope", "parquet", "raven")
KIND_NAMES = ("votes", "anchors", "tags")
FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    help="Format of the files [default: what they are, or what the name says].",
)
RECORDING = "Id, path or pattern of a recording"


@click.group(
    cls=SubcommandGroup,
    name="annotations",
    epilog="""\b
Examples:
    sqlclap annotations import birds.db dawn.Table.1.selections.txt --label-column Species
    sqlclap annotations import birds.db results/*.BirdNET.results.csv --dry-run
    sqlclap annotations export birds.db owls.csv --label owl
""",
)
def command() -> None:
    """Exchange annotations with Raven, Audacity and others.

    Formats: Raven selection tables, Audacity label tracks, BirdNET-Analyzer's results,
    Kaleidoscope's CSV, plain CSV and Parquet.
    """


@command.command(
    name="import",
    epilog="""\b
Examples:
    sqlclap annotations import birds.db labels/*.txt
    sqlclap annotations import birds.db table.txt --as anchors --label owl
    sqlclap annotations import birds.db found.csv --column Sound=recording --keep-extra
""",
)
@LIBRARY
@click.argument("files", type=click.Path(), nargs=-1, required=True)
@FORMAT
@click.option(
    "--as",
    "kind",
    type=click.Choice(KIND_NAMES),
    help="What they become [default: tags where a program found them, else votes].",
)
@click.option("--label", help="The label of all of them, whatever the files say.")
@click.option("--label-column", help="Heading of the labels.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADING=FIELD",
    help="What a column of CSV or Parquet holds, such as Sound=recording.",
)
@click.option("--keep-extra", is_flag=True, help="Keep columns of CSV and Parquet that are none.")
@click.option(
    "--recording",
    help=f"{RECORDING} that files without names of any are about, or the one meant of several.",
)
@click.option("--by-name", is_flag=True, help="Match recordings by their files' names alone.")
@click.option("--clip", is_flag=True, help="Cut spans at their recordings' ends.")
@click.option("--point", "point_s", type=float, metavar="S", help="Take S seconds around points.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@REQUIRE_ALL
@JSON
@one_line_errors
def import_command(library: str, files: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Take annotations from FILES into LIBRARY; where a row can't be right, nothing is taken in.

    Recordings are matched by the ends of their paths; a file that names none is about the
    recording that is called like it. Doing it twice changes nothing, and what is left out is told.

    Of a set with a missing shard, annotations are left out whose recordings may be in that shard.
    """
    request = _request(settings)
    opening = open_asked(library, settings["require_all"], mode="write")
    with quiet_libraries(), opening as opened, TerminalProgress() as bar:
        report = opened.annotations.take_in(files, request, bar)
    tell_reach(report)
    if as_json:
        print_json(record(report))
    else:
        _print_report(report, request.dry_run)


def _request(settings: dict[str, Any]) -> ImportRequest:
    from sqlclap.errors import AnnotationError
    from sqlclap.exchange.library_annotations import ImportRequest
    from sqlclap.exchange.placing import PlacingOptions
    from sqlclap.exchange.reading import ReadOptions

    columns = dict[str, str]()
    for pair in settings["columns"]:
        heading, equals, field = pair.rpartition("=")
        if not (heading and equals and field):
            raise AnnotationError(f"expected HEADING=FIELD such as Sound=recording, got {pair!r}")
        columns[heading] = field
    return ImportRequest(
        kind=settings["kind"],
        format=settings["format_name"],
        reading=ReadOptions(
            settings["label"], settings["label_column"], columns, settings["keep_extra"]
        ),
        placing=PlacingOptions(settings["clip"], settings["point_s"]),
        recording=settings["recording"],
        by_name=settings["by_name"],
        dry_run=settings["dry_run"],
    )


def _print_report(report: AnnotationReport, dry_run: bool) -> None:
    read = show_count(report.annotations, "annotation")
    would = "would become " if dry_run else ""
    click.echo(
        f"{read} in {show_count(report.files, 'file')}: {would}{report.added:,} new {report.kind}, "
        f"{show_count(report.labels, 'new label')}; {report.known:,} there already"
    )
    if report.runs and not dry_run:
        runs = ", ".join(map(str, report.runs))
        click.echo(f"to undo: sqlclap untag LIBRARY RUN, of the runs {runs}")
    if report.no_anchors:
        click.echo(
            f"left out: {report.no_anchors:,} rejected or unsure, no {report.kind}", err=True
        )
    _list_left_out("recording", [f"{name}: {why}" for name, why in report.recordings.items()])
    _list_left_out("point without a length (--point S takes S seconds around it)", report.points)
    _list_left_out("without a label", report.unlabelled)
    _list_left_out("no vector yet, its sound can't be read now", report.without_vector)


def _list_left_out(what: str, names: Sequence[str]) -> None:
    for name in names[:LISTED]:
        click.echo(printable(f"left out: {what}: {name}"), err=True)
    if len(names) > LISTED:
        click.echo(f"left out: {what}: {len(names) - LISTED:,} more", err=True)


@command.command(
    name="export",
    epilog="""\b
Examples:
    sqlclap annotations export birds.db owls.csv --label owl --all-verdicts
    sqlclap annotations export birds.db tracks/ --format audacity
    sqlclap annotations export birds.db dawn.selections.txt --recording dawn.wav
""",
)
@LIBRARY
@click.argument("place", type=click.Path())
@FORMAT
@click.option(
    "--from",
    "kind",
    type=click.Choice(KIND_NAMES),
    default="votes",
    show_default=True,
    help="What to give out.",
)
@click.option("--label", "labels", multiple=True, help="Only this label [default: all].")
@click.option("--recording", help=f"{RECORDING}: only of these.")
@click.option("--all-verdicts", is_flag=True, help="Rejected and unsure ones, too.")
@click.option(
    "--absolute/--relative",
    default=None,
    help="Name recordings by whole paths [default: as the format's program needs them, and where "
    "several are called alike].",
)
@REQUIRE_ALL
@JSON
@one_line_errors
def export_command(library: str, place: str, as_json: bool, **settings: Any) -> None:
    """Write LIBRARY's annotations to PLACE: a file, or a folder, with a file for each recording.

    The format follows from the file's name, or from --format. Label tracks name no recording: of
    several, name a folder.
    """
    from sqlclap.exchange.library_annotations import ExportRequest

    format_name, require_all = settings.pop("format_name"), settings.pop("require_all")
    with open_asked(library, require_all) as opened:
        annotations = opened.annotations
        count = annotations.write(place, format_name, ExportRequest(**settings))
    tell_reach(annotations)
    if as_json:
        print_json({"annotations": count, "place": place})
    else:
        click.echo(printable(f"{show_count(count, 'annotation')} written to {place}"))


COLUMNS = (
    Column("format", lambda row: str(row["format"])),
    Column("what it is", lambda row: str(row["title"])),
    Column("written as", lambda row: f"*{row['suffix']}"),
    Column("becomes", lambda row: str(row["becomes"])),
    Column("several recordings", lambda row: "yes" if row["several_recordings"] else "no"),
    Column("verdicts", lambda row: "yes" if row["verdicts"] else "no"),
)


@command.command(name="formats", epilog="\b\nExample:\n    sqlclap annotations formats")
@format_options
@one_line_errors
def formats_command(output: str) -> None:
    """List the formats, and what each can hold."""
    from sqlclap.exchange.formats import FORMATS

    rows = [
        {
            "format": one.name,
            "title": one.title,
            "suffix": one.suffix,
            "becomes": "tags" if one.is_found else "votes",
            "several_recordings": one.names_recordings,
            "verdicts": one.holds_verdicts,
        }
        for one in FORMATS.values()
    ]
    print_rows(rows, COLUMNS, output)
