"""``sqlclap review``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.table_output import print_json
from sqlclap.errors import QueryError
from sqlclap.quantities import printable, show_count, show_place
from sqlclap.records import record

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.labels.review import Review, ReviewItem

EPILOG = """\b
Examples:
    sqlclap review sounds.db kick
    sqlclap review sounds.db kick -n 100 --no-play
    sqlclap review birds.db wren --moments
    sqlclap review sounds.db kick --json
"""
PLAYERS = (
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
    ("paplay",),
    ("aplay", "-q"),
)
KEYS = {"y": "accept", "n": "reject", "u": "unsure"}
HELP = "y yes, n no, u unsure, p play again, b back, q quit"


@click.command(name="review", epilog=EPILOG)
@LIBRARY
@LABEL
@click.option("-n", "--limit", default=40, show_default=True, help="Sounds to ask about.")
@click.option("--play/--no-play", default=True, help="Play each sound, if there is a player.")
@click.option("--moments", is_flag=True, help="Ask about windows of long sounds.")
@click.option("--seed", type=int, help="Makes the draw repeatable.")
@MODEL
@click.option("--json", "as_json", is_flag=True, help="Print the queue; ask nothing.")
@one_line_errors
def command(library: str, label: str, limit: int, as_json: bool, **settings: Any) -> None:
    """Ask about sounds drawn near LABEL's threshold, from the top, and at random.

    Because it is known how they were drawn, the answers give unbiased estimates to `sqlclap
    calibrate`. Each answer is stored at once; stop whenever you like.
    """
    import sqlclap

    if not as_json and not sys.stdin.isatty():
        raise QueryError("review asks on a terminal; use --json for the queue alone")
    with sqlclap.open(library, model=settings["model"], mode="write") as opened:
        review = opened.labels.review(label, limit, settings["seed"], settings["moments"])
        if as_json:
            print_json(record(review))
            return
        player = find_player() if settings["play"] else None
        if settings["play"] and player is None:
            click.echo("no player found (afplay, ffplay, mpv, play, paplay, aplay)", err=True)
        answered = ask_all(opened, review, player)
    click.echo(f"{show_count(answered, 'vote')} stored")


def find_player() -> tuple[str, ...] | None:
    """Return the command of a player that is installed."""
    return next((player for player in PLAYERS if shutil.which(player[0])), None)


def ask_all(opened: sqlclap.Library, review: Review, player: tuple[str, ...] | None) -> int:
    """Ask about each sound of a queue and return how many votes stand at the end."""
    from sqlclap.labels.votes import CastVote, as_verdict

    click.echo(HELP)
    votes: list[int] = []
    while len(votes) < len(review.items):
        item = review.items[len(votes)]
        answer = _ask(item, f"{len(votes) + 1}/{len(review.items)}", player)
        if answer == "q":
            break
        if answer == "b" and votes:
            opened.labels.withdraw(votes.pop())
        elif answer in KEYS:
            verdict = as_verdict(KEYS[answer])
            vote = CastVote(verdict, "review", review.review_id, item.stratum)
            votes += opened.labels.vote(review.label, [item.place], vote)
    return len(votes)


def _ask(item: ReviewItem, position: str, player: tuple[str, ...] | None) -> str:
    """Return the key that was pressed: one of y, n, u, b, q."""
    gap = "-" if item.gap is None else f"{item.gap:.3f}"
    shown = f"{position}  {printable(item.path)}{_where(item)}  score {item.score:.3f}  gap {gap}  "
    why = f" ({item.held_back_by})" if item.held_back_by else ""
    click.echo(shown + item.confidence + why + ("  (hardly heard)" if item.hardly_heard else ""))
    _play(player, item)
    while True:
        key = click.getchar().lower()
        if key == "p":
            _play(player, item)
        elif key in (*KEYS, "b", "q"):
            return key
        elif key in ("\x03", "\x04"):
            return "q"


def _where(item: ReviewItem) -> str:
    if item.start_s is None or item.end_s is None:
        return ""
    return f"  {show_place(item.start_s)}-{show_place(item.end_s)}"


def _play(player: tuple[str, ...] | None, item: ReviewItem) -> None:
    """Play a sound, or the moment that is asked about, cut out."""
    if player is None:
        return
    if not item.file.exists():
        click.echo("  (the file is missing)", err=True)
        return
    if item.start_s is None or item.end_s is None:
        _run(player, item.file)
        return
    from sqlclap.audio.preview import preview
    from sqlclap.errors import AudioError

    try:
        clip = preview(item.file, item.start_s, item.end_s - item.start_s)
    except (OSError, AudioError) as error:
        click.echo(f"  (it can't be played: {error})", err=True)
        return
    with tempfile.NamedTemporaryFile(suffix=".wav") as cut:
        cut.write(clip.content)
        cut.flush()
        _run(player, Path(cut.name))


def _run(player: tuple[str, ...], file: Path) -> None:
    quiet = subprocess.DEVNULL
    command = [*player, str(file.absolute())]
    subprocess.run(command, check=False, stdin=quiet, stdout=quiet, stderr=quiet)
