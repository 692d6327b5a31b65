"""``sqlclap query-vector``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.error_output import end_if_not_written, one_line_errors
from sqlclap.cli.find import take_terms, term_options
from sqlclap.cli.options import JSON, LIBRARY, MODEL, tell_remarks
from sqlclap.cli.table_output import Column, print_done, print_json, print_table
from sqlclap.errors import QueryError
from sqlclap.quantities import printable
from sqlclap.records import records

EPILOG = """\b
Examples:
    sqlclap query-vector sounds.db "deep kick" --save kick
    sqlclap query-vector sounds.db "rain" --less "wind" --save "calm rain"
    sqlclap query-vector sounds.db --like 17 --like-label deep --save deep
    sqlclap query-vector sounds.db "deep kick" --json
    sqlclap query-vector sounds.db --list
    sqlclap query-vector sounds.db --refresh
    sqlclap query-vector set.toml --like 3:17 --less "wind" --save calm
"""
COLUMNS = (
    Column("name", lambda row: printable(row["name"])),
    Column("model", lambda row: printable(row["model"])),
    Column("not wanted", lambda row: str(row["against"] or ""), right=True),
    Column("terms", lambda row: printable(str(row["terms"] or ""))[:60]),
)


@click.command(name="query-vector", epilog=EPILOG)
@LIBRARY
@click.argument("words", nargs=-1)
@term_options
@click.option("--query", metavar="JSON", help="More terms, as SQL's clap_query takes them.")
@click.option("--save", metavar="NAME", help="Keep it under this name; one of that name goes.")
@click.option("--list", "listed", is_flag=True, help="List what is kept.")
@click.option("--remove", metavar="NAME", help="Forget what is kept under a name.")
@click.option("--refresh", is_flag=True, help="Make all that is kept anew.")
@MODEL
@JSON
@one_line_errors
def command(library: str, words: tuple[str, ...], as_json: bool, **settings: Any) -> None:
    """Make a query a vector, for clients without sqlclap.

    Terms are those of `sqlclap find`. With --save, any SQLite client that has sqlite-vec searches
    by the name: SELECT path, score FROM clap_query_nearest WHERE name = 'kick' ORDER BY score DESC
    (clap_query_scores where something is not wanted). Labels and sounds may change: --refresh
    makes what is kept anew. In a set, the catalog and every shard keep it.
    """
    import sqlclap

    asked = take_terms(words, settings)
    jobs = [name for name in ("save", "listed", "remove", "refresh") if settings[name]]
    if len(jobs) > 1 or (asked.terms and jobs not in ([], ["save"])):
        raise QueryError("expected terms, alone or with --save; or --list, --remove or --refresh")
    mode: Any = "read" if jobs in ([], ["listed"]) else "write"
    with sqlclap.open(library, model=settings["model"], mode=mode) as opened:
        stored: Any = opened.stored_queries
        report: Any = None
        if jobs == ["remove"]:
            report = stored.remove(settings["remove"])
            if as_json:
                print_done({"removed": settings["remove"]}, report)
        elif jobs == ["refresh"]:
            report = stored.refresh()
            _print_refreshed(report, as_json)
        elif jobs == ["listed"]:
            found = stored.list()
            tell_remarks(found)
            _print_list(records(found), as_json)
        elif jobs == ["save"]:
            report = stored.save(settings["save"], asked.checked())
            _print_vector(report, as_json, settings["save"])
        else:
            _print_vector(stored.vector(asked.checked()), as_json, None)
    end_if_not_written(report, "same command or `sqlclap query-vector --refresh`")


def _print_list(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
    else:
        print_table(rows, COLUMNS)


def _print_refreshed(report: Any, as_json: bool) -> None:
    made = [one.name for one in report]
    if as_json:
        print_done({"made_anew": made}, report)
    else:
        click.echo(printable(f"made anew: {', '.join(made) or 'none'}"))


def _print_vector(found: Any, as_json: bool, name: str | None) -> None:
    if as_json:
        against = [
            {"vector": vector.tolist(), "price": price, "level": level}
            for vector, price, level in found.against
        ]
        told = {"name": name, "model": found.model.name, "vector": found.vector.tolist()}
        told |= {"against": against, "left_out": list(found.left_out)}
        print_done(told, None if name is None else found)
    elif name is None:
        click.echo(found.vector.tobytes().hex())
    else:
        view = "clap_query_scores" if found.against else "clap_query_nearest"
        click.echo(printable(f"{name} kept ({found.model.name}): search by it in the view {view}"))
