"""``sqlclap map``: draws sounds on a plane, so that similar ones lie close together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import print_done
from sqlclap.quantities import printable, show_count, show_seconds
from sqlclap.records import record, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.map.maps import MapReport
    from sqlclap.map.options import LayoutOptions
    from sqlclap.map.store import MapStatus
    from sqlclap.progress import ProgressListener

EPILOG = """\b
Examples:
    sqlclap map sounds.db
    sqlclap map sounds.db --refit
    sqlclap map sounds.db --png map.png --theme light
    sqlclap map huge.db --sample 200000
    sqlclap map set.toml    the map of a set: fitted on a sample of all shards
    sqlclap map sounds.db --engine umap-learn --density
"""


@click.command(name="map", epilog=EPILOG)
@LIBRARY
@click.option("--refit", is_flag=True, help="Draw the map anew, aligned with the one in force.")
@click.option("--neighbors", type=int, help="K of the neighbour graph.  [default: 15]")
@click.option("--min-dist", type=float, help="How close sounds may lie, 0 to 0.99. [default: 0.1]")
@click.option("--seed", type=int, help="Same seed, same map.  [default: 42]")
@click.option("--sample", type=int, help="Fit this many sounds, place the others.")
@click.option(
    "--from-scratch", is_flag=True, default=None, help="Don't start from the map in force."
)
@click.option("--engine", type=click.Choice(("sqlclap", "umap-learn")), help="UMAP implementation.")
@click.option(
    "--density/--no-density", default=None, help="Preserve local density (umap-learn only)."
)
@click.option(
    "--supervise/--no-supervise",
    default=None,
    help="Draw sounds of a label together (umap-learn only).",
)
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write a drawing.")
@click.option("--theme", type=click.Choice(("dark", "light")), default="dark", show_default=True)
@MODEL
@JSON
@one_line_errors
def command(library: str, refit: bool, as_json: bool, **settings: Any) -> None:
    """Draw the map: sounds that are alike lie close together.

    A map that is there stays: what is new is placed on it. --refit draws it anew, starting from
    the old one and turned to lie as that did; so does any option that changes how it is drawn.
    An interrupted fit leaves the old map in force.
    """
    import sqlclap
    from sqlclap.running_work import ToldProgress

    model, theme = settings.pop("model"), settings.pop("theme")
    pictures = [path for path in (settings.pop("png"), settings.pop("svg")) if path is not None]
    changed = {name: value for name, value in settings.items() if value is not None}
    _check_pictures(pictures)
    with (
        sqlclap.open(library, model=model, mode="write") as opened,
        TerminalProgress() as bar,
        ToldProgress(Path(library), bar, ("map",)) as told,
    ):
        report = _draw(opened, refit, changed, told)
        told.finished()
        for path in pictures:
            opened.draw_map(path, theme)
    if as_json:
        drawn = {"fitted": report.fitted, "new": report.new, **record(report.status)}
        if hasattr(report, "lacking"):  # of a set
            drawn["lacking"] = records(report.lacking)
        print_done(drawn | {"pictures": [str(path) for path in pictures]}, report)
    else:
        _print_report(report, pictures)
    _tell_doubts(report)
    end_if_not_written(report, "`sqlclap map`")


def _check_pictures(pictures: list[Path]) -> None:
    """Check that pictures can be written before the map is drawn."""
    if pictures:
        from sqlclap.map.drawing import check_drawing

        for path in pictures:
            check_drawing(path)


def _draw(
    opened: sqlclap.Library, refit: bool, changed: dict[str, Any], progress: ProgressListener
) -> MapReport:
    from sqlclap.errors import NoMapError

    try:
        status = opened.map.status()
    except NoMapError:
        return opened.map.fit(_options(None, changed), progress)
    if refit or changed:
        return opened.map.fit(_options(status, changed), progress)
    return opened.map.place(progress)


def _options(status: MapStatus | None, changed: dict[str, Any]) -> LayoutOptions:
    """Complete the options from the map in force."""
    from sqlclap.map.maps import kept_options
    from sqlclap.map.options import LayoutOptions

    previous: dict[str, Any] = {} if status is None else kept_options(status.params, status.seed)
    if changed.get("engine") == "sqlclap":  # which has no density and no labels
        previous |= {"density": False, "supervise": False}
    return LayoutOptions(**(previous | changed))


def _tell_doubts(report: MapReport) -> None:
    for shard in getattr(report, "lacking", ()):  # of a set
        click.echo(printable(f"incomplete {shard}"), err=True)
    if report.advice:
        click.echo(f"Warning: {report.advice}", err=True)


def _print_report(report: MapReport, pictures: list[Path]) -> None:
    status = report.status
    sounds = show_count(status.points, "sound")
    if report.fitted:
        click.echo(f"map of {sounds} drawn in {show_seconds(status.seconds)}")
    elif report.new:
        click.echo(f"{report.new:,} new placed on the map of {sounds}")
    else:
        click.echo(f"the map of {sounds} is up to date")
    if status.trustworthiness is not None and status.continuity is not None:
        agreement = f"; {status.agreement:.0%} of each sound's nearest are nearest on the map"
        click.echo(
            f"trustworthiness {status.trustworthiness:.3f}, continuity {status.continuity:.3f}"
            f"{agreement if status.agreement is not None else ''}"
        )
    if report.fitted and status.movement is not None:
        click.echo(f"half the sounds moved less than {status.movement:.1%} of the map's width")
    for path in pictures:
        click.echo(f"picture: {printable(str(path))}")
