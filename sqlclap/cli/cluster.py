"""``sqlclap cluster``: groups of sounds, found where they lie dense, and named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import end_if_left_out, one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import show_count, show_seconds
from sqlclap.records import record, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.map.cluster_store import Cluster
    from sqlclap.map.clusters import ClusterReport
    from sqlclap.progress import ProgressListener

EPILOG = """\b
Examples:
    sqlclap cluster sounds.db
    sqlclap cluster sounds.db --refit --min-size 20
    sqlclap cluster sounds.db --rename 3 "dusty kicks"
    sqlclap cluster sounds.db --vocabulary my-words.txt
    sqlclap cluster set.toml    the clusters of a set
"""
COLUMNS = (
    Column("cluster", lambda row: str(row["cluster"]), right=True),
    Column("name", lambda row: str(row["name"] or "(none)")),
    Column("sounds", lambda row: f"{row['sounds']:,}", right=True),
    Column("group", lambda row: str(row["group_name"] or "")),
)


@click.command(name="cluster", epilog=EPILOG)
@LIBRARY
@click.option("--refit", is_flag=True, help="Find clusters anew.")
@click.option("--min-size", type=int, help="Fewest sounds of a cluster.")
@click.option("--neighbors", type=int, help="K of the neighbour graph.  [default: 30]")
@click.option("--seed", type=int, help="Same seed, same clusters.  [default: 42]")
@click.option(
    "--vocabulary",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of names, one a line.",
)
@click.option(
    "--rename",
    "renames",
    type=(int, str),
    multiple=True,
    metavar="CLUSTER NAME",
    help="Give a cluster a name of your own.",
)
@MODEL
@JSON
@one_line_errors
def command(library: str, refit: bool, as_json: bool, **settings: Any) -> None:
    """Find groups of sounds in LIBRARY and name them.

    Clusters that are there stay: what is new is put where its neighbours are. --refit finds them
    anew, and so does any option that changes how; those that persist keep their numbers and the
    names you gave them. Sounds that belong to none are noise (-1). The names come from a
    vocabulary, by the model's text tower; where it has none, by another model of the library.
    """
    import sqlclap
    from sqlclap.running_work import ToldProgress

    model, renames = settings.pop("model"), settings.pop("renames")
    with (
        sqlclap.open(library, model=model, mode="write") as opened,
        TerminalProgress() as bar,
        ToldProgress(Path(library), bar, ("clusters",)) as told,
    ):
        if renames:
            left_out = _rename(opened, renames)
            rows: list[Cluster] = opened.clusters.overview()
            report = None
        else:
            report = _find(opened, refit, settings, told)
            rows, left_out = report.clusters, getattr(report, "not_written", [])
        told.finished()
    if as_json:
        print_json({"clusters": records(rows)} if report is None else record(report))
    else:
        _print(report, rows)
    end_if_left_out(left_out, "`sqlclap cluster`")


def _rename(opened: Any, renames: list[tuple[int, str]]) -> list[Any]:
    """Rename clusters, and return the shards of a set that could not be written."""
    told = [opened.clusters.rename(cluster, name) for cluster, name in renames]
    return [shard for left_out in told for shard in left_out or ()]


def _print(report: ClusterReport | None, rows: list[Cluster]) -> None:
    if report is not None:
        click.echo(_summary(report))
        click.echo()
    print_table(rows, COLUMNS)
    if report is not None and report.note:
        click.echo(f"Note: {report.note}", err=True)


def _find(
    opened: sqlclap.Library, refit: bool, settings: dict[str, Any], progress: ProgressListener
) -> ClusterReport:
    from sqlclap.map.options import ClusterOptions

    vocabulary = settings.pop("vocabulary")
    changed = {name: value for name, value in settings.items() if value is not None}
    options = ClusterOptions(**changed)
    if refit or changed or vocabulary is not None:
        return opened.clusters.fit(options, vocabulary, progress)
    return opened.clusters.update(options, None, progress)


def _summary(report: ClusterReport) -> str:
    clusters = [row for row in report.clusters if row["cluster"] >= 0]
    sounds = sum(row["sounds"] for row in report.clusters)
    noise = sounds - sum(row["sounds"] for row in clusters)
    counts = f"{show_count(len(clusters), 'cluster')}; {noise:,} of {sounds:,} sounds in none"
    if report.fitted:
        persisted = f", {report.persisted} of them as before" if report.persisted else ""
        return f"{counts}{persisted}; found in {show_seconds(report.seconds)}"
    return f"{counts}; {report.new:,} new"
