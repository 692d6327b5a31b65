"""Results of searches and labels as tables, JSON and CSV."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.error_output import one_line, quiet_libraries
from sqlclap.cli.options import (
    LIMIT,
    REQUIRE_ALL,
    explain,
    model_options,
    narrowing_options,
    open_asked,
    take_options,
    tell_reach,
)
from sqlclap.cli.table_output import Column, Row, check_fields, format_options, print_rows
from sqlclap.errors import QueryError, SpanError
from sqlclap.quantities import printable, show_place, show_seconds
from sqlclap.records import field_names, missing_remark, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.notebook.results import Results
    from sqlclap.search.results import Matches

LISTED = 20
"""How many names are told of files that were left out."""

HARDLY_HEARD_NOTE = "(hardly heard): most of its energy lies outside of what the model hears"


def show_path(row: Row) -> str:
    """Show a sound's path, with remarks if its file is gone or it is hardly heard."""
    remarks = {
        missing_remark(str(row.get("file") or "")): row.get("status") == "missing",
        "  (hardly heard)": row.get("hardly_heard"),
    }
    path = "(gone)" if row["path"] is None else str(row["path"])
    return path + "".join(remark for remark, holds in remarks.items() if holds)


def note_hardly_heard(rows: Iterable[Row], output: str) -> None:
    """Explain the remark "hardly heard" below a table in which it occurs."""
    if output == "table" and any(row.get("hardly_heard") for row in rows):
        click.echo(HARDLY_HEARD_NOTE)


def told_id(sample_id: int) -> str:
    """Return a sound's id as people type it: of a set's, ``3:17`` in place of the one number."""
    if sample_id < 1 << 40:  # what a library numbers; the room of sets is loaded for sets alone
        return str(sample_id)
    from sqlclap.shards.ids import split_id

    return str(split_id(sample_id))


def show_id(row: Row) -> str:
    """Show a row's sound; nothing for none."""
    return "" if row["sample_id"] is None else told_id(row["sample_id"])


COLUMNS = (
    Column("#", lambda row: str(row["rank"]), right=True),
    Column("score", lambda row: f"{'~' if row['weak'] else ''}{row['score']:.3f}", right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("id", show_id, right=True),
    Column("path", show_path),
)


MOMENT = Column("where", lambda row: f"{show_place(row['start_s'])}-{show_place(row['end_s'])}")


FOUND_BY = Column("found by", lambda row: row["found_by"] or "")


TRANSPOSED = Column("transposed", lambda row: f"{row['transposed']:+g}", right=True)
"""In semitones."""


KEY = Column(
    "row key",
    lambda row: "" if row["row_key"] is None else f"{row['row_key']}{'+' * bool(row['more_rows'])}",
    right=True,
)
"""Of the row of an attached table; with a plus where further ones name the same sound."""


def key_columns(rows: Iterable[Row]) -> tuple[Column, ...]:
    """Return the column of rows' keys, where any sound has one."""
    return (KEY,) if any(row["row_key"] is not None for row in rows) else ()


PEAK = Column("peak", lambda row: show_place(row["peak_s"]), right=True)


def print_matches(matches: Matches, output: str) -> None:
    """Print matches, moments or events in one of the output formats.

    What is to be said against them as a whole comes first, beside the output for programs.
    """
    print_doubt(matches.doubt, output)
    from sqlclap.search.results import WEAK_NOTE

    rows = records(matches)
    told = field_names(matches.kind)
    needed = (("start_s", MOMENT), ("peak_s", PEAK))
    places = tuple(column for name, column in needed if name in told)
    if any(match.found_by for match in matches):
        places = (*places, FOUND_BY)
    if any(match.transposed is not None for match in matches):
        places = (*places, TRANSPOSED)
    columns = (*COLUMNS[:2], *places, *COLUMNS[2:-1], *key_columns(rows), COLUMNS[-1])
    print_rows(rows, columns, output, told)
    if output == "table" and any(match.weak for match in matches):
        click.echo(WEAK_NOTE)
    note_hardly_heard(rows, output)


def print_model(opened: sqlclap.Library, results: Results[Any], output: str) -> None:
    """Say whose vectors were compared, where a library holds several models', or several windows'.

    Beside formats for programs it is said on standard error.
    """
    from sqlclap.db.stored_models import compared_models, told_from_others

    session = opened.session
    if results.model is None or not hasattr(session, "database"):  # a set is of one model
        return
    compared = [one for one in compared_models(session.database) if one.name == results.model]
    model = session.model if session.model.name == results.model else next(iter(compared), None)
    told = None if model is None else told_from_others(session.database, model)
    if told is not None:
        click.echo(f"Model: {printable(told)}", err=output != "table")


def print_understood(matches: Matches, output: str) -> None:
    """Say what words were taken to mean; on standard error beside formats for programs."""
    if matches.understood:
        told = "; ".join(map(str, matches.understood))
        click.echo(f"Understood: {printable(told)}", err=output != "table")


def print_doubt(doubt: str | None, output: str) -> None:
    """Print the doubts about an answer; on standard error beside formats for programs."""
    if doubt:
        click.echo(f"Doubtful: {printable(doubt)}", err=output != "table")


Command = TypeVar("Command", bound=Callable[..., Any])

FACET = click.option(
    "--facet",
    metavar="NAME,...",
    help="Instead of an answer, count all sounds that pass the filters by folder, format, ...",
)


def finding_options(command: Command) -> Command:
    """Add options: how many, by which model, among which sounds, and in which format."""
    command = narrowing_options(REQUIRE_ALL(FACET(format_options(command))))
    return LIMIT(model_options(command))


def print_found(library: str, settings: dict[str, Any], find: Callable[..., Matches]) -> None:
    """Find sounds in a library and print them.

    Parameters
    ----------
    library : str
        Its file.
    settings : dict
        What `finding_options` made of the command line.
    find : callable
        Takes the open `Library`, and ``n`` and ``options`` as `Library.search` does.
    """
    if settings["facet"] is not None:
        from sqlclap.cli.facet_output import print_facets

        print_facets(library, settings)
        return
    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    chosen["require_all"] = settings.pop("require_all")
    with quiet_libraries(), open_asked(library, **chosen) as opened:
        matches = find(opened, n=settings["limit"], options=options)
        check_fields(field_names(matches.kind))
        print_model(opened, matches, settings["output"])
    tell_reach(matches, settings["explain"])
    for note in matches.notes:
        click.echo(f"Note: {one_line(note)}", err=True)
    print_understood(matches, settings["output"])
    print_matches(matches, settings["output"])
    if matches.plan.note is not None:
        click.echo(matches.plan.note, err=True)
    if settings["explain"]:
        explain(matches)


LABEL = click.argument("label")
SOUNDS = click.argument("sounds", nargs=-1)


def named_sounds(sounds: Sequence[str]) -> list[str]:
    """Return the sounds named as arguments; ``-`` stands for ids on standard input.

    There, each line is an id or a path, or a JSON object with a ``sample_id``, as ``--nl`` prints
    it; with a ``start_s`` and ``end_s``, it is that span of the sample.

    Raises
    ------
    QueryError
        No sound is named.
    """
    named: list[str] = []
    for sound in sounds:
        if sound == "-":
            named += [_from_line(line) for line in sys.stdin if line.strip()]
        else:
            named.append(sound)
    if not named:
        raise QueryError("expected sounds: ids, paths, patterns such as 'kicks/*', or - for stdin")
    return named


def _from_line(line: str) -> str:
    if not line.lstrip().startswith("{"):
        return line.strip()
    from sqlclap.db.spans import format_span_target, optional_span

    try:
        row = json.loads(line)
        span = optional_span(row.get("start_s"), row.get("end_s"))
        return format_span_target(row["sample_id"], span)
    except (ValueError, KeyError, AttributeError) as error:
        if isinstance(error, SpanError):
            raise
        raise QueryError(
            f"expected a JSON object with a sample_id, got {line.strip()!r}"
        ) from error


def show_span(row: Row) -> str:
    """Show the span of a row as it is written behind a sound; nothing for a whole sound."""
    from sqlclap.db.spans import optional_span

    span = optional_span(row["start_s"], row["end_s"])
    return "" if span is None else str(span)


def span_columns(rows: Iterable[Row]) -> tuple[Column, ...]:
    """Return the column of spans, where any row has one: whole sounds need none."""
    return (SPAN,) if any(row["start_s"] is not None for row in rows) else ()


def show_score(key: str) -> Any:
    """Return what shows a score or gap of a row: three digits, or a dash for none."""

    def show(row: Row) -> str:
        return "-" if row[key] is None else f"{row[key]:.3f}"

    return show


def show_text(key: str) -> Any:
    """Return what shows a text of a row; nothing for none."""

    def show(row: Row) -> str:
        return "" if row[key] is None else str(row[key])

    return show


def show_held_back(row: Row) -> str:
    """Show what keeps a match from high, and which rival does; nothing where it is high."""
    words = (row["held_back_by"] or "").split(", ")
    return ", ".join(f"rival {show_rival(row)}" if word == "rival" else word for word in words)


def show_rival(row: Row) -> str:
    """Show a rival: a label's name, or "not" and a negative anchor's path."""
    if row["rival_label"] is not None:
        return str(row["rival_label"])
    return f"not {row['rival_path']}" if row.get("rival_path") else ""


UNOPPOSED = (
    "{label}: at most medium, for nothing tells it from the rest: no other label has anchors, it "
    "has no negative anchor, and it is not calibrated; `sqlclap label show` suggests rivals"
)

SCORE = Column("score", show_score("score"), right=True)
GAP = Column("gap", show_score("gap"), right=True)
CONFIDENCE = Column("confidence", show_text("confidence"))
HELD_BACK = Column("held back by", show_held_back)
SAMPLE_ID = Column("id", show_id, right=True)
PATH = Column("path", show_path)
SPAN = Column("span", show_span, right=True)


def print_left_out(left_out: Mapping[str, str]) -> None:
    """Say on standard error which files were left out, and why; of many, the first."""
    left = [f"{path}: {reason}" for path, reason in left_out.items()]
    for line in left[:LISTED]:
        click.echo(printable(f"left out: {line}"), err=True)
    if len(left) > LISTED:
        click.echo(f"left out: {len(left) - LISTED:,} more", err=True)
