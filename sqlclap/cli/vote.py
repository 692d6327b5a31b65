"""``sqlclap vote``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.columns import show_path, show_span, told_id
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import JSON, LIBRARY, MODEL, tell_reach
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.sound_arguments import SOUNDS, named_sounds
from sqlclap.cli.table_output import print_json
from sqlclap.quantities import printable, show_count
from sqlclap.records import record, records

EPILOG = """\b
Examples:
    sqlclap vote sounds.db kick accept 12 57
    sqlclap vote sounds.db kick reject 'snares/*'
    sqlclap vote sounds.db kick withdraw 12
    sqlclap vote sounds.db bird accept 12@12.5-15.0
    sqlclap vote sounds.db kick list
"""
VERDICTS = click.Choice(["accept", "reject", "unsure", "withdraw", "list"])


@click.command(name="vote", epilog=EPILOG)
@LIBRARY
@LABEL
@click.argument("verdict", type=VERDICTS)
@SOUNDS
@MODEL
@JSON
@one_line_errors
def command(library: str, label: str, verdict: str, as_json: bool, **settings: Any) -> None:
    """Say whether LABEL fits sounds.

    The last vote on a sound is in force. Rejected sounds never come back as matches or tags;
    `withdraw` takes all votes on a sound back. Votes never become anchors. A vote keeps the score
    that the sound had by the model. - reads ids from standard input.

    12@3.0-4.5 and PATH@3.0-4.5 are a span of a sound, from 3 to 4.5 seconds: a vote on it says
    nothing of the whole.
    """
    import sqlclap
    from sqlclap.labels.votes import CastVote, as_verdict

    if verdict == "list":
        _list(library, label, as_json)
        return
    named = named_sounds(settings["sounds"])
    with sqlclap.open(library, model=settings["model"], mode="write") as opened:
        if verdict == "withdraw":
            count = opened.labels.withdraw_pairs(label, named)
        else:
            vote = CastVote(as_verdict(verdict), source="cli")
            count = len(opened.labels.vote(label, named, vote))
    if as_json:
        print_json({"label": label, "verdict": verdict, "votes": count})
    else:
        outcome = "withdrawn" if verdict == "withdraw" else f"stored: {verdict}"
        click.echo(f"{label}: {show_count(count, 'vote')} {outcome}")


def _list(library: str, label: str, as_json: bool) -> None:
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        votes = opened.labels.votes(label)
    tell_reach(votes)
    if as_json:
        print_json(records(votes))
        return
    for vote in votes:
        superseded = "" if vote.in_force else "  (superseded)"
        row = record(vote)
        span = f"@{show_span(row)}" if vote.start_s is not None else ""
        shown = f"{printable(show_path(row))}{span}{superseded}"
        key = "" if vote.row_key is None else f"  row key {printable(str(vote.row_key))}"
        click.echo(f"{vote.verdict:6}  {told_id(vote.sample_id):>7}  {shown}{key}")
