"""``sqlclap export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.annotations import KIND_NAMES
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import (
    JSON,
    LIBRARY,
    REQUIRE_ALL,
    filter_options,
    open_asked,
    take_filter,
    tell_reach,
)
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.result_output import print_left_out
from sqlclap.cli.sound_arguments import SOUNDS, named_sounds
from sqlclap.cli.table_output import print_json
from sqlclap.cli.used_sounds import remember_use
from sqlclap.errors import QueryError
from sqlclap.homes import expand_home
from sqlclap.quantities import printable, show_bytes, show_count
from sqlclap.records import record
from sqlclap.search.fields import FILTERS

if TYPE_CHECKING:
    from sqlclap.exchange.sound_export import SoundExport, SoundExportReport

EPILOG = """\b
Examples:
    sqlclap search sounds.db "deep kick" --nl | sqlclap export sounds.db - --copy kicks
    sqlclap export sounds.db --collection "Track 7" --zip track-7.zip
    sqlclap export sounds.db --label kick --label snare --by-label --symlink by-label
    sqlclap export sounds.db --favourite --m3u8 favourites.m3u8
    sqlclap export sounds.db --all --parquet sounds.parquet
    sqlclap export birds.db --clips owls --label owl --pad 1
    sqlclap export birds.db --clips found --from tags
    sqlclap export set.toml --label owl --copy owls    from all shards of a set
"""
TARGETS = {
    "copy": "Copy the files into this folder.",
    "hardlink": "The same as hard links: no space is taken, on the same disk.",
    "symlink": "The same as symbolic links.",
    "zip": "Write a new ZIP archive.",
    "m3u8": "Write a new playlist with absolute paths.",
    "csv": "Write a new table of the sounds, with all that is measured.",
    "json": "The same as JSON.",
    "parquet": "The same as Parquet (extra `notebook`).",
    "clips": "Cut labelled spans out, as WAV files in this new folder.",
}
OWN_FILTERS = tuple(one for one in FILTERS if one.name != "label")
OF_CLIPS = ("kind", "recording", "all_verdicts", "pad")


def _flag(name: str) -> str:
    """Return a target's option: another one is called --json."""
    return f"--{name}-file" if name in ("csv", "json") else f"--{name}"


def target_options(command: Any) -> Any:
    """Add an option for each kind of target."""
    for name, text in reversed(TARGETS.items()):
        shown = "DIR" if name in ("copy", "hardlink", "symlink", "clips") else "FILE"
        command = click.option(_flag(name), name, type=click.Path(), metavar=shown, help=text)(
            command
        )
    return command


@click.command(name="export", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@SOUNDS
@target_options
@click.option("--label", "labels", multiple=True, help="Only this label; repeatable.")
@filter_options(OWN_FILTERS)
@click.option("--all", "everything", is_flag=True, help="All sounds of the library.")
@click.option("--by-label", is_flag=True, help="A folder a label.")
@click.option("--keep-folders", is_flag=True, help="Keep the folders below the sources.")
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@click.option("--from", "kind", type=click.Choice(KIND_NAMES), help="Of clips: whose [votes].")
@click.option("--recording", help="Of clips: id, path or pattern of a recording.")
@click.option("--all-verdicts", is_flag=True, help="Of clips: rejected and unsure ones, too.")
@click.option("--pad", type=float, metavar="S", help="Of clips: seconds around that are cut, too.")
@REQUIRE_ALL
@JSON
@one_line_errors
def command(library: str, sounds: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Export sounds: files, links, an archive, lists, or clips.

    SOUNDS are ids, paths or patterns; - reads ids, paths or lines of --nl from standard input.
    Filters and labels narrow them, or choose from all. Nothing is ever overwritten: a name that is
    taken gets a number, and what lies there with the same content is left alone, so that an export
    that was stopped goes on when it is repeated.

    --clips writes labelled spans as WAV files, a folder a label. Rate, channels and bits stay as
    recorded; the folder must be new or empty, and `clips.csv` in it says what each clip is.
    """
    targets = {name: settings.pop(name) for name in TARGETS}
    chosen = {name: target for name, target in targets.items() if target is not None}
    if len(chosen) != 1:
        known = ", ".join(map(_flag, TARGETS))
        raise QueryError(f"expected one of {known}; got {', '.join(map(_flag, chosen)) or 'none'}")
    ((form, target),) = chosen.items()
    if form == "clips":
        _write_clips(library, target, as_json, settings | {"sounds": sounds})
        return
    given = [name for name in OF_CLIPS if settings.pop(name)]
    if given:
        raise QueryError("--from, --recording, --all-verdicts and --pad are of --clips")
    _give_out(library, sounds, (form, target), settings | {"as_json": as_json})


def _give_out(
    library: str, sounds: tuple[str, ...], place: tuple[str, str], settings: dict[str, Any]
) -> None:
    from sqlclap.exchange.sound_export import SoundChoice, SoundExport

    as_json, everything = settings.pop("as_json"), settings.pop("everything")
    only, labels = take_filter(settings, OWN_FILTERS), settings.pop("labels")
    named, require_all = named_sounds(sounds) if sounds else [], settings.pop("require_all")
    if not (named or labels or everything) and only.is_empty:
        raise QueryError("expected sounds, a label, a collection or another filter, or --all")
    export = SoundExport(place[0], expand_home(place[1]), **settings)  # type: ignore[arg-type]
    with open_asked(library, require_all) as opened:
        report = opened.export(SoundChoice(named, labels, only), export)
    tell_reach(report)
    if not export.dry_run:
        remember_use(library, {one.sample_id for one in report.files}, "export")
    if as_json:
        print_json(record(report))
    else:
        _print_report(report, export)


def _print_report(report: SoundExportReport, export: SoundExport) -> None:
    if export.dry_run:
        for one in report.files:
            click.echo(
                printable(f"{one.target}{' (there already)' if one.state == 'there' else ''}")
            )
    files = show_count(report.written, "file" if export.target.suffix == "" else "sound")
    size = f" ({show_bytes(report.bytes)})" if report.bytes else ""
    there = f"; {report.there:,} there already" if report.there else ""
    verb = "would be written" if export.dry_run else "written"
    click.echo(printable(f"{files}{size} {verb} to {export.target}{there}"))
    print_left_out(report.left_out)


def _write_clips(library: str, folder: str, as_json: bool, settings: dict[str, Any]) -> None:
    from sqlclap.exchange.library_annotations import ExportRequest

    pad, require_all = settings.pop("pad") or 0.0, settings.pop("require_all")
    names = ("labels", "recording", "all_verdicts")
    request = ExportRequest(
        kind=settings.pop("kind") or "votes", **{name: settings.pop(name) for name in names}
    )
    only = take_filter(settings, OWN_FILTERS)
    if any(settings.values()) or not only.is_empty:
        raise QueryError("--clips takes --label, --from, --recording, --all-verdicts and --pad")
    with open_asked(library, require_all) as opened, TerminalProgress() as bar:
        report = opened.annotations.write_clips(folder, request, pad, bar)
    tell_reach(report)
    if as_json:
        print_json(record(report))
        return
    recordings = show_count(report.recordings, "recording")
    click.echo(printable(f"{show_count(report.clips, 'clip')} of {recordings} written to {folder}"))
    print_left_out(report.left_out)
