"""``sqlclap index``: the index that makes large libraries fast."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import click

from sqlclap.cli.error_output import end_if_left_out, one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.options import JSON, LIBRARY, MODEL, tell_reach
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.cli.table_output import Column, print_json, print_table
from sqlclap.quantities import printable, show_bytes, show_count, typed
from sqlclap.records import record, records

if TYPE_CHECKING:
    from sqlclap.index.inspection import IndexStatus, IndexVerdict
    from sqlclap.index.meta import IndexMeta
    from sqlclap.index.settings import Codes
    from sqlclap.shards.upkeep import ByShard

EPILOG = """\b
Examples:
    sqlclap index build sounds.db
    sqlclap index status sounds.db --json
    sqlclap index verify sounds.db
    sqlclap index drop sounds.db
    sqlclap index build set.toml        the index of each shard of a set
"""
SHARD_COLUMNS = (
    Column("shard", lambda row: str(row["shard"]), right=True),
    Column("vectors", lambda row: f"{row['vectors']:,}", right=True),
    Column("indexed", lambda row: f"{row['indexed']:,}", right=True),
    Column("newer", lambda row: f"{row['tail']:,}", right=True),
    Column("removed", lambda row: f"{row['dead']:,}", right=True),
    Column("size", lambda row: show_bytes(row["bytes"]), right=True),
    Column("recall", lambda row: f"{row['recall']['mean']:.3f}" if row["recall"] else ""),
    Column("to do", lambda row: printable(row["problem"] or row["advice"])),
)


@click.group(cls=SubcommandGroup, name="index", epilog=EPILOG)
def command() -> None:
    """Build, inspect, verify and drop the search index.

    The index (a folder named like the library with -hnsw at its end) makes searches in large
    libraries fast. It holds nothing that the library doesn't: it can be deleted at any time. From
    20,000 sounds on, ingest builds it and keeps it fresh.
    """


@command.command(name="build", epilog="\b\nExample:\n    sqlclap index build sounds.db")
@LIBRARY
@click.option("--rebuild", is_flag=True, help="Build it anew instead of adding what is new.")
@click.option(
    "--codes",
    type=click.Choice(["fp16", "compact"]),
    help="Vectors as 16-bit floats, or in half the bytes [default: as they are, or fp16].",
)
@MODEL
@JSON
@one_line_errors
def build_command(
    library: str, rebuild: bool, codes: Codes | None, model: str | None, as_json: bool
) -> None:
    """Bring LIBRARY's index up to date, making it where there is none.

    Searches go on meanwhile, with the index there was before. Other codes than it has let it be
    built anew.
    """
    import sqlclap
    from sqlclap.running_work import ToldProgress

    with (
        sqlclap.open(library, model=model, mode="write") as opened,
        TerminalProgress() as bar,
        ToldProgress(Path(library), bar, ("index",)) as told,
    ):
        built = opened.index.build("rebuild" if rebuild else "auto", told, codes)
        told.finished()
    if _is_by_shard(built):
        _print_shards(built, as_json, lambda meta: click.echo(built_line(meta)))
        end_if_left_out(built.reach.missing, "build")
    elif as_json:
        print_json(record(built))
    else:
        click.echo(built_line(built))


@command.command(name="status", epilog="\b\nExample:\n    sqlclap index status sounds.db")
@LIBRARY
@MODEL
@JSON
@one_line_errors
def status_command(library: str, model: str | None, as_json: bool) -> None:
    """Show LIBRARY's index: size, what is outside it, recall."""
    import sqlclap

    with sqlclap.open(library, model=model, mode="read") as opened:
        status = opened.index.status()
    if _is_by_shard(status):
        if as_json:
            print_json(_told(status))
        else:
            print_table(_told(status)["shards"], SHARD_COLUMNS)
        tell_reach(status)
    elif as_json:
        print_json(record(status))
    else:
        _print_status(status)


@command.command(name="verify", epilog="\b\nExample:\n    sqlclap index verify sounds.db")
@LIBRARY
@MODEL
@JSON
@one_line_errors
def verify_command(library: str, model: str | None, as_json: bool) -> None:
    """Compare all of LIBRARY's index with the stored vectors; exit code 1 if it is not right."""
    import sqlclap

    with sqlclap.open(library, model=model, mode="read") as opened:
        verdict = opened.index.verify()
    if _is_by_shard(verdict):
        _print_shards(verdict, as_json, lambda one: _print_verdict(one, library))
        tell_reach(verdict)
        is_right = verdict.reach.is_whole and not any(
            one.problems for one in verdict.shards.values()
        )
    else:
        is_right = not verdict.problems
        if as_json:
            print_json(record(verdict))
        else:
            _print_verdict(verdict, library)
    if not is_right:
        sys.exit(1)


@command.command(name="drop", epilog="\b\nExample:\n    sqlclap index drop sounds.db")
@LIBRARY
@MODEL
@JSON
@one_line_errors
def drop_command(library: str, model: str | None, as_json: bool) -> None:
    """Remove LIBRARY's index. Searches become exact and slower; nothing is lost."""
    import sqlclap

    with sqlclap.open(library, model=model, mode="write") as opened:
        dropped = opened.index.drop()
    if as_json:
        folders = sum(dropped.shards.values()) if _is_by_shard(dropped) else dropped
        print_json({"folders_removed": folders})
    else:
        click.echo("no index any more; make one with `sqlclap index build`")
    if _is_by_shard(dropped):
        end_if_left_out(dropped.reach.missing, "drop")


def _is_by_shard(found: object) -> TypeGuard[ByShard[Any]]:
    """Whether something was found or done shard by shard: the library is a set."""
    return hasattr(found, "shards")


def _told(found: ByShard[Any]) -> dict[str, Any]:
    rows = [{"shard": shard} | record(one) for shard, one in found.shards.items()]
    return {"shards": rows, "missing": records(found.reach.missing)}


def _print_shards(found: ByShard[Any], as_json: bool, show: Callable[[Any], object]) -> None:
    if as_json:
        print_json(_told(found))
        return
    for shard, one in found.shards.items():
        click.echo(f"shard {shard}: ", nl=False)
        show(one)


def built_line(meta: IndexMeta) -> str:
    """Tell in one line what was built."""
    return (
        f"{meta.params['how']} in {meta.params['seconds']:.1f} s: generation {meta.generation} "
        f"with {show_count(meta.count, 'vector')}, {show_recall(meta.recall)}"
    )


def show_recall(recall: dict[str, Any]) -> str:
    """Write recall: the mean and the worst of the queries it was measured on."""
    return (
        f"recall@{recall['k']} {recall['mean']:.3f} (worst twentieth {recall['p5']:.2f}, "
        f"{show_count(int(recall['queries']), 'query').replace('querys', 'queries')})"
    )


def _print_status(status: IndexStatus) -> None:
    click.echo(f"{status.model}: {show_count(status.vectors, 'vector')}")
    if status.unusable:
        text = "of them can't be compared and are skipped (see `sqlclap doctor`)"
        click.echo(f"{status.unusable:,} {text}")
    if status.generation is None:
        click.echo("no index")
    elif status.built_at is not None:
        click.echo(f"generation {status.generation}, built {status.built_at}: {status.folder}")
        click.echo(
            f"{status.indexed:,} indexed, {status.tail:,} newer, {status.dead:,} removed since; "
            f"{show_bytes(status.bytes)}"
        )
        _print_recall(status.recall)
        _print_windows(status)
        params = status.params
        codes = {"compact": "vectors in 8-bit codes; "}.get(str(params.get("codes")), "")
        click.echo(
            f"{codes}ef_search {params['ef_search']}, "
            f"{params.get('ef_far', 'the same')} for queries out of distribution, "
            f"{params.get('ef_mixed', 'as much')} for composed ones"
        )
    if status.problem:
        click.echo(f"it can't be used: {status.problem}")
    if status.advice:
        click.echo(f"to do: {status.advice}")


def _print_windows(status: IndexStatus) -> None:
    if windows := status.windows.get("vectors", 0):
        click.echo(
            f"{show_count(windows, 'window')} of long sounds: "
            f"{status.windows.get('indexed', 0):,} indexed, "
            f"{status.windows.get('tail', 0):,} newer"
        )
        _print_recall(status.recall.get("windows", {}), "windows: ")


def _print_verdict(verdict: IndexVerdict, library: str) -> None:
    for problem in verdict.problems:
        click.echo(f"problem: {problem}")
    if verdict.problems:
        click.echo(
            f"searches stay right; make a new one with `sqlclap index build {typed(library)}`"
        )
    else:
        click.echo(f"{show_count(verdict.vectors, 'vector')} compared: the index is right")
    if verdict.recall:
        _print_recall(verdict.recall)


def _print_recall(recall: dict[str, Any], of: str = "") -> None:
    if recall:  # older formats have none of windows
        click.echo(f"{of}{show_recall(recall)}")
    if "far" in recall:
        click.echo(f"{of}queries out of distribution, such as words: {show_recall(recall['far'])}")
    if recall.get("mixed", {}).get("queries"):
        click.echo(f"{of}composed queries: {show_recall(recall['mixed'])}")
