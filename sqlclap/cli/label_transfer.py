"""``sqlclap label export``, ``import``, ``from-folders``, ``from-names`` and ``suggest``."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.columns import PATH, SAMPLE_ID
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL, tell_reach
from sqlclap.cli.result_output import note_hardly_heard, print_doubt, print_model
from sqlclap.cli.table_output import (
    Column,
    check_fields,
    format_options,
    print_json,
    print_rows,
    print_table,
)
from sqlclap.errors import QueryError, TransferError
from sqlclap.quantities import printable, show_count
from sqlclap.records import field_names, record, records
from sqlclap.sqlite_files import no_database

if TYPE_CHECKING:
    from sqlclap.labels.suggestions import PathLabel

MOST_CHARACTERS = 512 << 20  # of a file of labels: about two million votes
UNRESOLVED_SHOWN = 20
DRY_RUN = click.option("--dry-run", is_flag=True, help="Only show what would be made.")
ANCHORS = click.option(
    "--anchors", default=10, show_default=True, help="Most anchors to give a label."
)
AT_LEAST = click.option(
    "--at-least", default=3, show_default=True, help="Leave out names with fewer sounds."
)
PROPOSED = (
    Column("label", lambda row: str(row["name"])),
    Column("sounds", lambda row: f"{row['samples']:,}", right=True),
    Column("anchors", lambda row: str(len(row["anchors"])), right=True),
)
SUGGESTED = (
    Column("text score", lambda row: f"{row['text_score']:.3f}", right=True),
    Column("above background", lambda row: f"{row['above_background']:+.1f} sd", right=True),
    Column("weak", lambda row: "weak" if row["weak"] else ""),
    SAMPLE_ID,
    PATH,
)


@click.command(
    name="export",
    epilog="""\b
Examples:
    sqlclap label export sounds.db > labels.json
    sqlclap label export sounds.db kick snare --csv > drums.csv
""",
)
@LIBRARY
@click.argument("labels", nargs=-1)
@click.option("--json", "as_csv", flag_value=False, default=True, help="JSON (the default).")
@click.option("--csv", "as_csv", flag_value=True, help="CSV with a header.", default=False)
@one_line_errors
def export_command(library: str, labels: tuple[str, ...], as_csv: bool) -> None:
    """Write labels with their anchors and votes to standard output; all by default."""
    import sqlclap
    from sqlclap.labels import transfer

    with sqlclap.open(library, mode="read") as opened:
        records = opened.labels.export(labels)
    write = transfer.as_csv if as_csv else transfer.as_json
    click.echo(write(records), nl=False)


@click.command(
    name="import",
    epilog="""\b
Examples:
    sqlclap label import sounds.db labels.json
    sqlclap label export old.db | sqlclap label import new.db -
""",
)
@LIBRARY
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@JSON
@one_line_errors
def import_command(library: str, file: str, as_json: bool) -> None:
    """Take in labels, anchors and votes from FILE (JSON or CSV; - is standard input).

    Sounds are found by content, or by path where the file gives no hash. Doing it twice changes
    nothing, and labels that exist keep their settings.
    """
    import sqlclap
    from sqlclap.labels.transfer import read_records

    records = read_records(_read(file))
    with sqlclap.open(library, mode="write") as opened:
        report = opened.labels.take_in(records)
    tell_reach(report)
    if as_json:
        print_json(record(report))
        return
    new = [
        show_count(count, noun)
        for count, noun in (
            (report.labels, "label"),
            (report.anchors, "anchor"),
            (report.votes, "vote"),
        )
    ]
    click.echo(f"new: {', '.join(new)}; there already: {report.known:,}")
    for name in report.unresolved[:UNRESOLVED_SHOWN]:
        click.echo(f"  not in the library: {printable(name)}", err=True)
    if len(report.unresolved) > UNRESOLVED_SHOWN:
        click.echo(f"  and {len(report.unresolved) - UNRESOLVED_SHOWN:,} more", err=True)


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        with no_database(Path(file)).open(encoding="utf-8-sig") as records:
            text = records.read(MOST_CHARACTERS + 1)  # a device may never end
    except (OSError, UnicodeDecodeError) as error:
        raise TransferError(f"can't read {file}: {error}") from error
    if len(text) > MOST_CHARACTERS:
        raise TransferError(
            f"{file} holds more than {MOST_CHARACTERS >> 20} MB: import it in parts"
        )
    return text


@click.command(
    name="from-folders",
    epilog="\b\nExample:\n    sqlclap label from-folders sounds.db --anchors 5 --dry-run",
)
@LIBRARY
@ANCHORS
@AT_LEAST
@DRY_RUN
@JSON
@one_line_errors
def from_folders_command(library: str, as_json: bool, **settings: Any) -> None:
    """Make a label of each folder's name, with sounds of the folder as anchors."""
    import sqlclap
    from sqlclap.labels.suggestions import PathRequest

    dry_run = settings.pop("dry_run")
    with sqlclap.open(library, mode="read" if dry_run else "write") as opened:
        proposed = opened.labels.from_folders(PathRequest(**settings), dry_run)
    _print_proposed(proposed, as_json)


@click.command(
    name="from-names",
    epilog="""\b
Example:
    sqlclap label from-names sounds.db 'kick=*kick*' 'kick=*/bd_*' 'snare=*snare*'
""",
)
@LIBRARY
@click.argument("patterns", nargs=-1, required=True)
@ANCHORS
@AT_LEAST
@DRY_RUN
@JSON
@one_line_errors
def from_names_command(
    library: str, patterns: tuple[str, ...], as_json: bool, **settings: Any
) -> None:
    """Make labels of patterns over paths, each written LABEL=PATTERN.

    A label can have several patterns. A sound that several labels match is anchor to none.
    """
    import sqlclap
    from sqlclap.labels.suggestions import PathRequest

    dry_run = settings.pop("dry_run")
    with sqlclap.open(library, mode="read" if dry_run else "write") as opened:
        request = PathRequest(**settings)
        proposed = opened.labels.from_patterns(_by_label(patterns), request, dry_run)
    _print_proposed(proposed, as_json)


def _by_label(patterns: Sequence[str]) -> dict[str, list[str]]:
    by_label: dict[str, list[str]] = defaultdict(list)
    for pattern in patterns:
        label, equals, glob = pattern.partition("=")
        if not (label and equals and glob):
            raise QueryError(f"expected LABEL=PATTERN such as 'kick=*kick*', got {pattern!r}")
        by_label[label].append(glob)
    return by_label


def _print_proposed(proposed: Sequence[PathLabel], as_json: bool) -> None:
    rows = records(proposed)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, PROPOSED)
    tell_reach(proposed)


@click.command(
    name="suggest",
    epilog="""\b
Examples:
    sqlclap label suggest sounds.db "kick drum" "deep bass drum"
    sqlclap label suggest sounds.db snare --nl | sqlclap anchor add sounds.db snare -
    sqlclap label suggest sounds.db rimshot --label rimshot --anchor-first 5
""",
)
@LIBRARY
@click.argument("prompts", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="Number of suggestions.")
@click.option("--label", help="Label for --anchor-first; made where there is none.")
@click.option("--anchor-first", default=0, help="Make this many of the first anchors of --label.")
@MODEL
@format_options
@one_line_errors
def suggest_command(library: str, prompts: tuple[str, ...], output: str, **settings: Any) -> None:
    """Propose first anchors for a label by words.

    Scores of words lie on a scale of their own: they are shown beside what meaningless words
    score best. Nothing is stored unless --anchor-first says so: listen first.
    """
    import sqlclap
    from sqlclap.labels.suggestions import Suggestion

    label, first = settings["label"], settings["anchor_first"]
    if bool(label) != bool(first):
        raise QueryError("--label and --anchor-first go together")
    mode: Any = "write" if first else "read"
    with sqlclap.open(library, model=settings["model"], mode=mode) as opened:
        check_fields(field_names(Suggestion))
        suggestions = opened.labels.suggest(prompts, max(settings["limit"], first))
        if first and any(doubt.is_serious for doubt in suggestions.doubts):
            raise QueryError(
                f"no anchors were made: {suggestions.doubt}; try other words, or look at the "
                "suggestions without --anchor-first and add anchors with `sqlclap label add`"
            )
        if first:
            opened.labels.ensure(label, [one.sample_id for one in suggestions[:first]])
        print_model(opened, suggestions, output)
    tell_reach(suggestions)
    print_doubt(suggestions.doubt, output)
    rows = records(suggestions[: settings["limit"]])
    print_rows(rows, SUGGESTED, output, field_names(Suggestion))
    note_hardly_heard(rows, output)
