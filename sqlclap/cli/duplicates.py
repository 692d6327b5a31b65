"""``sqlclap duplicates``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.columns import PATH, SAMPLE_ID
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import LIBRARY, MODEL, filter_options, take_filter, tell_remarks
from sqlclap.cli.result_output import note_hardly_heard
from sqlclap.cli.table_output import Column, Row, format_options, print_rows
from sqlclap.quantities import show_bytes, show_count, show_seconds, typed
from sqlclap.records import field_names, records

if TYPE_CHECKING:
    from sqlclap.db.connection import Mode
    from sqlclap.search.duplicate_groups import DuplicateGroups
    from sqlclap.search.duplicates import DuplicateGroup

EPILOG = """\b
Examples:
    sqlclap duplicates sounds.db
    sqlclap duplicates sounds.db --threshold 0.98 --csv > doubles.csv
    sqlclap duplicates sounds.db --kind level          velocity layers, say
    sqlclap duplicates sounds.db --kind near --verify --folder drums
    sqlclap duplicates sounds.db --keep in-folder=originals --keep shortest-path
    sqlclap duplicates sounds.db --keep oldest --quarantine /data/doubles
    sqlclap duplicates sounds.db --restore /data/doubles
    sqlclap duplicates sounds.db --json | jq -r '.[] | select(.keep | not) | .file'
"""
KINDS = ("copy", "format", "near", "length", "level")


def _signed(row: Row, key: str, unit: str) -> str:
    return "" if row[key] is None else f"{row[key]:+.1f} {unit}"


def _show_format(row: Row) -> str:
    rate = f"{row['sample_rate'] / 1000:g} kHz" if row["sample_rate"] else ""
    channels = {None: "", 1: "mono", 2: "stereo"}.get(row["channels"], f"{row['channels']} ch")
    return " ".join(part for part in (row["format"] or "", rate, channels) if part)


COLUMNS = (
    Column("group", lambda row: str(row["group"]), right=True),
    Column("kind", lambda row: row["kind"] or "first"),
    Column("keep", lambda row: "keep" if row["keep"] else ""),
    Column("score", lambda row: f"{row['score']:.4f}", right=True),
    Column("level", lambda row: _signed(row, "level_diff_db", "dB"), right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("size", lambda row: show_bytes(row["bytes"]), right=True),
    Column("format", _show_format),
    SAMPLE_ID,
    PATH,
)


@click.command(name="duplicates", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.option(
    "--threshold", default=0.995, show_default=True, help="Similarity of near duplicates."
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="Kinds of duplicates; can be repeated [default: all, or copy with --keep].",
)
@click.option(
    "--keep",
    "rules",
    metavar="RULE",
    multiple=True,
    help="Rule by which one file stays; can be repeated, for where the ones before don't decide.",
)
@click.option(
    "--quarantine",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="With --keep: move the files that go into this folder.",
)
@click.option(
    "--restore",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Move what lies in a quarantine back to where it was.",
)
@filter_options()
@click.option("--verify", is_flag=True, help="Decode the sounds and compare them sample by sample.")
@MODEL
@format_options
@one_line_errors
def command(library: str, threshold: float, output: str, **settings: Any) -> None:
    """Find sounds that LIBRARY holds more than once.

    Files with the same bytes, and sounds whose similarity reaches the threshold, form groups. For
    each sound, its difference from the group's first sound is shown. Files are never deleted.

    copy: the same bytes. format: another container, encoding, sample rate or number of channels.
    length: shorter or longer. level: peak and RMS (for sounds of the same length, RMS alone) differ
    by more than 1 dB, as velocity layers do. near: other bytes, but none of these differences.

    Among copies, other formats and near duplicates, the one to keep is marked: one with anchors,
    votes or tags, otherwise the lossless one, then more bits, the higher rate, the longer, the
    oldest. Sounds of another length or level are different sounds. The score is the similarity to
    the group's first sound; it doesn't depend on levels.

    With --verify, sounds are decoded and compared with the one that they resemble: same (all
    samples are equal), rounding (equal up to 16-bit steps), level (equal up to a gain), offset
    (equal up to start or end), different, or unreadable. Sounds that aren't equal are compared over
    30 s.

    With --keep RULE, the files that would stay and go are listed: shortest-path, oldest, newest (by
    the files' time of change), best-format (lossless, then the higher rate, then more bits) or
    in-folder=FOLDER. Copies go; other formats and near duplicates if --kind names them. With
    --quarantine DIR, what goes is moved into a folder outside of the library's, with a manifest,
    and what was said and kept of it is passed on to the file that stays. --restore DIR moves it
    back; the next ingest takes it in.
    """
    settings["threshold"] = threshold
    _check_together(settings)
    if settings["restore"]:
        _restore(library, settings["restore"], output)
    elif settings["rules"]:
        _keep(library, output, settings)
    else:
        _list(library, output, settings)


def _check_together(settings: dict[str, Any]) -> None:
    if settings["quarantine"] and not settings["rules"]:
        raise click.UsageError("--quarantine takes a --keep RULE that says which files stay")
    if settings["restore"] and (settings["rules"] or settings["quarantine"]):
        raise click.UsageError("--restore goes without --keep and --quarantine")
    if settings["verify"] and (settings["rules"] or settings["restore"]):
        raise click.UsageError("--verify compares what is listed: leave out --keep and --restore")


def _keep(library: str, output: str, settings: dict[str, Any]) -> None:
    import sqlclap
    from sqlclap.cli.progress_bar import TerminalProgress
    from sqlclap.cli.quarantine_output import print_moved, print_plan

    target = settings["quarantine"]
    mode: Mode = "write" if target else "read"
    with sqlclap.open(library, model=settings["model"], mode=mode) as opened:
        groups = opened.duplicates(settings["threshold"], (), take_filter(settings))
        kinds = settings["kinds"] or ("copy",)
        plan = opened.quarantine.plan(groups, settings["rules"], kinds)
        tell_remarks(plan)
        if not target:
            print_plan(plan, output)
            return
        with TerminalProgress() as bar:
            report = opened.quarantine.move(plan, target, bar)
    advice = (
        f"; `sqlclap duplicates {typed(library)} --restore {typed(report.folder)}` moves them back"
    )
    print_moved(report, output, f"moved to {report.folder}", advice)


def _restore(library: str, folder: str, output: str) -> None:
    import sqlclap
    from sqlclap.cli.quarantine_output import print_moved

    with sqlclap.open(library, mode="read") as opened:
        report = opened.quarantine.restore(folder)
    print_moved(report, output, "moved back", f"; `sqlclap ingest {typed(library)}` takes them in")


def _list(library: str, output: str, settings: dict[str, Any]) -> None:
    import sqlclap
    from sqlclap.search.duplicate_groups import DuplicateRow

    verify, threshold = settings["verify"], settings["threshold"]
    with sqlclap.open(library, model=settings["model"], mode="read") as opened:
        groups = opened.duplicates(threshold, settings["kinds"], take_filter(settings))
    if verify:
        groups = _verified(groups)
    rows = records(groups.rows())
    columns = (*COLUMNS[:-2], VERIFIED, *COLUMNS[-2:]) if verify else COLUMNS
    print_rows(rows, columns, output, field_names(DuplicateRow))
    note_hardly_heard(rows, output)
    if output == "table":
        spare = sum(sound.bytes for group in groups for sound in group.sounds if not sound.keep)
        click.echo(
            f"{show_count(len(groups), 'group')}; what is not marked to keep takes "
            f"{show_bytes(spare)}"
        )


def _verified(groups: Sequence[DuplicateGroup]) -> DuplicateGroups:
    from sqlclap.cli.progress_bar import TerminalProgress
    from sqlclap.search.duplicate_groups import DuplicateGroups
    from sqlclap.search.verify import verify_duplicates

    with TerminalProgress() as bar:
        return DuplicateGroups(verify_duplicates(groups, bar))


def _show_verified(row: Row) -> str:
    verified = row["verified"]
    if not verified:
        return ""
    parts = [verified["verdict"]]
    parts += [f"{verified['gain_db']:+.1f} dB"] if verified["verdict"] == "level" else []
    parts += [f"{verified['offset_s'] * 1000:+.1f} ms"] if verified["offset_s"] else []
    parts += [verified["note"]] if verified["note"] else []
    return ", ".join(parts)


VERIFIED = Column("samples", _show_verified)
