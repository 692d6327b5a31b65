"""``sqlclap calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import APART, JSON, LIBRARY, MODEL
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.table_output import print_json
from sqlclap.errors import QueryError
from sqlclap.records import record, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.labels.calibration import Calibration

EPILOG = """\b
Examples:
    sqlclap calibrate sounds.db kick
    sqlclap calibrate sounds.db kick --target 0.95 --picture kick.svg
    sqlclap calibrate sounds.db kick --apply
    sqlclap calibrate sounds.db kick --history
    sqlclap calibrate sounds.db kick --revert
"""


@click.command(name="calibrate", epilog=EPILOG)
@LIBRARY
@LABEL
@click.option("--target", default=0.9, show_default=True, help="Precision of high confidence.")
@click.option(
    "--level", default=0.95, show_default=True, help="Confidence of the precision's bound."
)
@APART
@click.option(
    "--search-top-k/--keep-top-k", default=True, help="Also choose the top-k, or leave it."
)
@click.option("--depth/--no-depth", "former", default=None, hidden=True)
@click.option("--apply/--dry-run", "apply", default=False, help="Put it in force, or only show it.")
@click.option("--picture", type=click.Path(dir_okay=False), help="Write the report as SVG.")
@click.option("--history", is_flag=True, help="List this label's calibrations.")
@click.option("--revert", is_flag=True, help="Put back what was in force before.")
@click.option("--force", is_flag=True, help="Revert even if that overwrites later settings.")
@MODEL
@JSON
@one_line_errors
def command(library: str, label: str, model: str | None, as_json: bool, **settings: Any) -> None:
    """Fit LABEL's threshold, gap and top-k to its votes.

    The threshold is the lowest whose precision is shown to reach the target: its lower confidence
    bound (Wilson) does. Sounds are scored without their own anchor. Nothing is stored without
    --apply, which takes the place of settings made by hand, and which --revert undoes unless the
    label was changed by hand since.
    """
    import sqlclap

    if settings["revert"] and settings["history"]:
        raise QueryError("expected --revert or --history, not both")
    if settings["force"] and not settings["revert"]:
        raise QueryError("expected --force together with --revert alone")
    writes = settings["revert"] or settings["apply"]
    mode: Any = "write" if writes else "read"
    with sqlclap.open(library, model=model, mode=mode) as opened:
        if settings["history"]:
            _print_history(opened, label, as_json)
        elif settings["revert"]:
            _print_reverted(label, opened.calibrations.revert(label, settings["force"]), as_json)
        else:
            _calibrate(opened, label, as_json, settings)


def _calibrate(
    opened: sqlclap.Library, label: str, as_json: bool, settings: dict[str, Any]
) -> None:
    from sqlclap.labels.calibration import CalibrationRequest
    from sqlclap.labels.calibrations import draw_report

    request = CalibrationRequest(
        settings["target"], settings["level"], _searches_top_k(settings), settings["apart"]
    )
    calibration = opened.calibrations.fit(label, request)
    if settings["picture"]:
        _write_picture(Path(settings["picture"]), draw_report(calibration.report))
    applied = opened.calibrations.apply(calibration) if settings["apply"] else None
    if as_json:
        print_json(record(calibration) | {"calibration_id": applied})
        return
    _print_calibration(calibration)
    if applied is not None:
        click.echo(f"in force as calibration {applied}; --revert undoes it")
    elif calibration.point is not None:
        click.echo("not in force: --apply does that")


def _searches_top_k(settings: dict[str, Any]) -> bool:
    """Read the option, or its former name, which goes with the next version."""
    if settings["former"] is None:
        return bool(settings["search_top_k"])
    now = "--search-top-k" if settings["former"] else "--keep-top-k"
    click.echo(f"Note: --depth and --no-depth have other names now: use {now}", err=True)
    return bool(settings["former"])


def _write_picture(path: Path, content: str) -> None:
    from sqlclap.durable import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise click.ClickException(f"can't write {path}: {error.strerror or error}") from error


def _print_calibration(calibration: Calibration) -> None:
    votes, before = calibration.report["votes"], calibration.label
    click.echo(
        f"{before.name}: {votes['accepted']} accepted and {votes['rejected']} rejected votes, "
        f"{votes['sampled']} of them from reviews"
    )
    click.echo(f"now: threshold {before.threshold:.3f}, gap {before.gap:.3f}, top-k {before.top_k}")
    point = calibration.point
    if point is None:
        click.echo(str(calibration.problem))
        return
    click.echo(
        f"new: threshold {point.threshold:.3f}, gap {point.gap:.3f}, top-k {calibration.top_k}"
    )
    click.echo(
        f"precision {point.precision:.3f}, at least {point.precision_low:.3f} with "
        f"{calibration.request.level:.0%} confidence; lets {point.recall:.0%} of the "
        "accepted through"
    )
    unseen = calibration.report["cross_fitted"]
    if unseen:
        click.echo(f"on votes that the fit did not see: precision {unseen['precision']:.3f}")


def _print_history(opened: sqlclap.Library, label: str, as_json: bool) -> None:
    rows = records(opened.calibrations.history(label))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        mark = "  in force" if row["in_force"] else ""
        click.echo(
            f"{row['calibration_id']}  {row['created_at']}  threshold {row['threshold']:.3f}, "
            f"gap {row['gap']:.3f}, top-k {row['top_k']}, {row['votes_used']} votes, "
            f"precision at least {row['precision_low']:.3f}{mark}"
        )


def _print_reverted(label: str, again: int | None, as_json: bool) -> None:
    if as_json:
        print_json({"label": label, "calibration_id": again})
    elif again is None:
        click.echo(f"{label}: no calibration is in force any more")
    else:
        click.echo(f"{label}: calibration {again} is in force again")
