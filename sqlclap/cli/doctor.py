"""``sqlclap doctor``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable
from sqlclap.records import records

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.doctor import Finding

EPILOG = """\b
Examples:
    sqlclap doctor sounds.db
    sqlclap doctor sounds.db --repair
    sqlclap doctor sounds.db --json
    sqlclap doctor set.toml             all shards of a set, its catalog, and that they fit
"""
MARKS = {"fine": "ok      ", "advice": "advice  ", "problem": "PROBLEM "}


@click.command(name="doctor", epilog=EPILOG)
@LIBRARY
@click.option("--repair", "mend", is_flag=True, help="Repair what can be repaired.")
@JSON
@one_line_errors
def command(library: str, mend: bool, as_json: bool) -> None:
    """Check a library or set: file, rows, vectors, index, disk. Exit code 1 on problems.

    Repairing removes only what can't be trusted (rows that belong to nothing, vectors that are
    not of length 1, a broken index); the next ingest embeds those sounds again.
    """
    import sqlclap
    from sqlclap.opening import is_set

    actions: list[str] = []
    with sqlclap.open(library, mode="write" if mend else "read") as opened:
        look = _look_over_set if is_set(library) else _look_over
        findings = look(opened, mend, actions)
    if as_json:
        print_json({"repaired": actions, "findings": records(findings)})
    else:
        _print(findings, actions)
    if any(finding.level == "problem" for finding in findings):
        sys.exit(1)


def _look_over(opened: Library, mend: bool, actions: list[str]) -> Sequence[Finding]:
    from sqlclap.doctor import examine, repair

    if mend:
        actions += [f"made anew: {name}" for name in opened.restored]
        actions += repair(opened.connection)
    return examine(opened.connection)


def _look_over_set(opened: Any, mend: bool, actions: list[str]) -> Sequence[Finding]:
    from sqlclap.shards.upkeep import examine_set

    findings, done = examine_set(opened, mend)
    actions += done
    return findings


def _print(findings: Sequence[Finding], actions: list[str]) -> None:
    for line in actions:
        click.echo(printable(f"repaired: {line}"))
    for finding in findings:
        where = getattr(finding, "where", None)  # of a set
        of = f"{where}, {finding.what}" if where else finding.what
        click.echo(printable(f"{MARKS[finding.level]}{of}: {finding.text}"))
