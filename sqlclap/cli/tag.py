"""``sqlclap tag``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL, event_options, tell_reach
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.result_output import (
    CONFIDENCE,
    GAP,
    PATH,
    SAMPLE_ID,
    SCORE,
    note_hardly_heard,
    span_columns,
)
from sqlclap.cli.table_output import Column, print_json, print_rows
from sqlclap.errors import QueryError
from sqlclap.quantities import printable, show_count
from sqlclap.records import field_names, records
from sqlclap.search.fields import EVENT_FIELDS

if TYPE_CHECKING:
    from sqlclap.labels.tag_conflicts import Conflict
    from sqlclap.labels.tagging import TagRun

EPILOG = """\b
Examples:
    sqlclap tag sounds.db kick snare --dry-run
    sqlclap tag sounds.db kick --dry-run --preview 20
    sqlclap tag sounds.db --all
    sqlclap tag sounds.db kick --confidence medium --skip-conflicts --target 0.7
    sqlclap tag birds.db wren --moments --merge-gap 1 --min-event 0.5
    sqlclap tag sounds.db bird --hand 12@12.5-15.0 --hand dawn.wav
    sqlclap tag set.toml --resume
"""
CONFLICTS_SHOWN = 20
RESUME = "`sqlclap tag --resume`"
MARGIN = Column("margin", lambda row: f"{row['margin']:+.3f}", right=True)
_EVENT_OPTIONS = tuple(one.name for one in EVENT_FIELDS)


@click.command(name="tag", epilog=EPILOG)
@LIBRARY
@click.argument("labels", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All labels that have anchors.")
@click.option(
    "--confidence",
    type=click.Choice(["high", "medium"]),
    default="high",
    show_default=True,
    help="Lowest confidence of a tag.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be tagged.")
@click.option(
    "--preview",
    type=int,
    default=0,
    metavar="N",
    help="With --dry-run, list N of these tags: those nearest to being left out come first.",
)
@click.option("--target", type=float, help="Target precision, checked against votes.")
@click.option("--force", is_flag=True, help="Tag even if votes show that it misses the target.")
@click.option("--skip-conflicts", is_flag=True, help="Leave out sounds of another label.")
@click.option("--moments", is_flag=True, help="Tag events in the sounds instead of whole sounds.")
@event_options
@click.option("--hand", multiple=True, metavar="SOUND", help="Tag this sound, or span, by hand.")
@click.option("--resume", is_flag=True, help="Of a set: write what its shards lack of runs.")
@MODEL
@JSON
@one_line_errors
def command(library: str, labels: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Tag the sounds that LABELS match confidently enough.

    Each label gets a run of its own. Rejected sounds are never tagged. Anchors and votes are never
    touched. Runs are written whole or not at all, and `sqlclap untag` takes one back exactly.

    With --moments, events are tagged, with start and end: what `sqlclap matches --moments` finds,
    and those of anchors.

    --hand tags nothing but the sounds that it names (an id, a path or pattern, and with
    @12.5-15.0 behind it that span in seconds), whatever their scores are.

    A set's shards are written one after the other. One that is away, or lies at a node, is told
    (exit code 1), and --resume writes its part of all runs, as long as labels haven't changed.

    What votes say of the precision is shown. A run is refused where they show that it misses the
    target: --target, else what the label is calibrated for, else 0.9.
    """
    import sqlclap
    from sqlclap.labels.tagging import TagRequest

    everything, resume = settings.pop("everything"), settings.pop("resume")
    model = settings.pop("model")
    if resume:
        _resume(library, bool(labels) or everything, settings | {"as_json": as_json})
        return
    if bool(labels) == everything:
        raise QueryError("expected labels, or --all")
    if hand := settings.pop("hand"):
        _tag_by_hand(library, labels, hand, settings | {"as_json": as_json, "model": model})
        return
    request = TagRequest(labels=labels, **settings)
    mode: Any = "read" if request.dry_run else "write"
    with sqlclap.open(library, model=model, mode=mode) as opened, TerminalProgress() as progress:
        runs = opened.labels.tag(request, progress)
    if as_json:
        print_json(records(runs))
    else:
        _print_runs(runs, "event" if request.moments else "sound")
    if request.dry_run:
        tell_reach(runs)
    else:
        end_if_not_written(runs, RESUME)


def _resume(library: str, has_labels: bool, settings: dict[str, Any]) -> None:
    import sqlclap

    given = {name for name, value in settings.items() if value} - {"as_json", "confidence"}
    if has_labels or given:
        raise QueryError("--resume writes what is left of all runs: it goes without labels")
    with sqlclap.open(library, mode="write") as opened, TerminalProgress() as progress:
        resume = getattr(opened.labels, "resume_tags", None)
        if resume is None:
            raise QueryError("--resume is for sets: a library's runs are written in one go")
        runs = resume(progress)
    if settings["as_json"]:
        print_json(records(runs))
    else:
        _print_runs(runs, "tag")
        if not runs:
            click.echo("nothing is left to write")
    end_if_not_written(runs, RESUME)


def _tag_by_hand(
    library: str, labels: tuple[str, ...], sounds: tuple[str, ...], settings: dict[str, Any]
) -> None:
    import sqlclap

    others = ("dry_run", "preview", "force", "skip_conflicts", "target", "moments", *_EVENT_OPTIONS)
    given = [f"--{name.replace('_', '-')}" for name in others if settings.get(name)]
    if len(labels) != 1 or given:
        raise QueryError(
            f"expected one label, and no other options, beside --hand; "
            f"got {', '.join([*labels, *given]) or '--all'}"
        )
    with sqlclap.open(library, model=settings["model"], mode="write") as opened:
        run = opened.labels.tag_by_hand(labels[0], sounds)
    if settings["as_json"]:
        print_json(records([run]))
    else:
        _print_runs([run], "sound")


def _print_runs(runs: Sequence[TagRun], noun: str) -> None:
    for run in runs:
        shown = f"{run.label}: {show_count(run.tagged, noun)} "
        shown += "would be tagged" if run.run_id is None else f"tagged, run {run.run_id}"
        click.echo(f"{shown}; {run.precision}" if _is_measured(run) else shown)
        if run.warning is not None:
            doubt = "it would be refused without --force" if run.refused else "take care"
            click.echo(f"  {doubt}: {printable(run.warning)}", err=True)
        if run.preview:
            _print_preview(records(run.preview))
    _print_conflicts([conflict for run in runs for conflict in run.conflicts])


def _print_preview(rows: Sequence[dict[str, Any]]) -> None:
    from sqlclap.labels.tag_preview import PlannedTag

    also = Column("also", lambda row: ", ".join(row["others"]))
    others = (also,) if any(row["others"] for row in rows) else ()
    columns = (MARGIN, SCORE, GAP, CONFIDENCE, *others, SAMPLE_ID, *span_columns(rows), PATH)
    print_rows(rows, columns, "table", field_names(PlannedTag))
    note_hardly_heard(rows, "table")


def _is_measured(run: TagRun) -> bool:
    return run.precision is not None and run.precision.votes > 0


def _print_conflicts(conflicts: Sequence[Conflict]) -> None:
    for conflict in conflicts[:CONFLICTS_SHOWN]:
        also = f"{conflict.label}, also {conflict.other}"
        place = "" if conflict.start_s is None else f"@{conflict.start_s:g}-{conflict.end_s:g}"
        click.echo(f"  conflict: {printable(conflict.path)}{place}: {also}", err=True)
    if len(conflicts) > CONFLICTS_SHOWN:
        click.echo(f"  and {len(conflicts) - CONFLICTS_SHOWN:,} more conflicts", err=True)
