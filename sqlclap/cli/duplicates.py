"""``sqlclap duplicates``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL, filter_options, take_filter
from sqlclap.cli.result_output import PATH, note_hardly_heard
from sqlclap.cli.table_output import Column, Row, format_options, print_rows
from sqlclap.quantities import show_bytes, show_count, show_seconds
from sqlclap.records import field_names, records

if TYPE_CHECKING:
    from sqlclap.search.duplicate_groups import DuplicateGroups
    from sqlclap.search.duplicates import DuplicateGroup

EPILOG = """\b
Examples:
    sqlclap duplicates sounds.db
    sqlclap duplicates sounds.db --threshold 0.98 --csv > doubles.csv
    sqlclap duplicates sounds.db --kind level          velocity layers, say
    sqlclap duplicates sounds.db --kind near --verify --folder drums
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
    Column("id", lambda row: str(row["sample_id"]), right=True),
    PATH,
)


@click.command(name="duplicates", epilog=EPILOG)
@LIBRARY
@click.option(
    "--threshold", default=0.995, show_default=True, help="Similarity of near duplicates."
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="Kinds of duplicates to show; can be repeated [default: all].",
)
@filter_options()
@click.option("--verify", is_flag=True, help="Decode the sounds and compare them sample by sample.")
@MODEL
@format_options
@one_line_errors
def command(library: str, threshold: float, output: str, **settings: Any) -> None:
    """Find sounds that LIBRARY holds more than once.

    Files with the same bytes, and sounds whose similarity reaches the threshold, form groups. For
    each sound, its difference from the group's first sound is shown. Nothing is removed.

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
    """
    import sqlclap
    from sqlclap.search.duplicate_groups import DuplicateRow

    verify = settings["verify"]
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
