"""``sqlclap doctor``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.table_output import print_json
from sqlclap.records import records

if TYPE_CHECKING:
    from sqlclap.doctor import Finding

EPILOG = """\b
Examples:
    sqlclap doctor sounds.db
    sqlclap doctor sounds.db --repair
    sqlclap doctor sounds.db --json
"""
MARKS = {"fine": "ok      ", "advice": "advice  ", "problem": "PROBLEM "}


@click.command(name="doctor", epilog=EPILOG)
@LIBRARY
@click.option("--repair", "mend", is_flag=True, help="Repair what can be repaired.")
@JSON
@one_line_errors
def command(library: str, mend: bool, as_json: bool) -> None:
    """Check a library: file, schema, vectors, index, disk. Exit code 1 on problems.

    Repairing removes only what can't be trusted (rows that belong to nothing, vectors that are
    not of length 1, a broken index); the next ingest embeds those sounds again.
    """
    import sqlclap
    from sqlclap.doctor import examine, repair

    actions = []
    with sqlclap.open(library, mode="write" if mend else "read") as opened:
        if mend:
            actions = [f"made anew: {name}" for name in opened.restored]
            actions += repair(opened.connection)
        findings = examine(opened.connection)
    if as_json:
        print_json({"repaired": actions, "findings": records(findings)})
    else:
        _print(findings, actions)
    if any(finding.level == "problem" for finding in findings):
        sys.exit(1)


def _print(findings: list[Finding], actions: list[str]) -> None:
    for line in actions:
        click.echo(f"repaired: {line}")
    for finding in findings:
        click.echo(f"{MARKS[finding.level]}{finding.what}: {finding.text}")
