"""``sqlclap review``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from sqlclap.addresses import why_not_here
from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SectionedCommand
from sqlclap.cli.options import LIBRARY, MODEL, filter_options, take_filter
from sqlclap.cli.programs import PLAYERS, find_player, play_sound
from sqlclap.cli.result_output import LABEL
from sqlclap.cli.table_output import print_json
from sqlclap.errors import QueryError
from sqlclap.labels.match_fields import MATCH_FILTERS
from sqlclap.quantities import printable, show_count
from sqlclap.records import record

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.labels.review import Review, ReviewItem

EPILOG = """\b
Examples:
    sqlclap review sounds.db kick
    sqlclap review sounds.db kick -n 100 --no-play
    sqlclap review sounds.db kick --json
    sqlclap review birds.db owl --moments --pad 2
    sqlclap review birds.db owl --moments --share 0.05 --recorded-after 2024-05
"""
KEYS = {"y": "accept", "n": "reject", "u": "unsure"}
PAD_S = 1.0
HELP = "y yes, n no, u unsure, p play again, b back, q quit"


@click.command(name="review", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@LABEL
@click.option("-n", "--limit", default=40, show_default=True, help="Sounds to ask about.")
@click.option("--play/--no-play", default=True, help="Play each sound, if there is a player.")
@click.option("--seed", type=int, help="Makes the draw repeatable.")
@click.option("--moments", is_flag=True, help="Ask about moments of sounds, not whole ones.")
@click.option(
    "--share",
    type=float,
    help="With --moments: this share of what reaches the threshold, of each site, in place of -n.",
)
@click.option(
    "--pad", type=click.FloatRange(0, 60), help="With --moments: seconds to hear around [1]."
)
@filter_options(MATCH_FILTERS)
@MODEL
@click.option("--json", "as_json", is_flag=True, help="Print the queue; ask nothing.")
@one_line_errors
def command(library: str, label: str, limit: int, as_json: bool, **settings: Any) -> None:
    """Listen to sounds, and say whether LABEL fits them.

    They are drawn near the label's threshold, from the top, and at random. Because it is known how
    they were drawn, the answers give unbiased estimates to `sqlclap calibrate`. Each answer is
    stored at once; stop whenever you like.

    With --moments, windows of long recordings are asked about, and played with what lies around
    them; where they are from, and their score, is told once they are answered. Filters are for
    moments alone.
    """
    import sqlclap

    draw = _draw_of(label, limit, settings)
    if not as_json and not sys.stdin.isatty():
        raise QueryError("review asks on a terminal; use --json for the queue alone")
    with sqlclap.open(library, model=settings["model"], mode="write") as opened:
        review = draw(opened)
        if as_json:
            print_json(record(review))
            return
        player = find_player() if settings["play"] else None
        if settings["play"] and player is None:
            names = ", ".join(player[0] for player in PLAYERS)
            click.echo(f"no player found ({names})", err=True)
        pad = settings["pad"] if settings["pad"] is not None else PAD_S
        answered = ask_all(opened, review, player, pad)
    click.echo(f"{show_count(answered, 'vote')} stored")


def _draw_of(
    label: str, limit: int, settings: dict[str, Any]
) -> Callable[[sqlclap.Library], Review]:
    """Return what draws the queue."""
    from sqlclap.labels.moment_review import MomentReviewRequest

    only, share, seed = take_filter(settings, MATCH_FILTERS), settings["share"], settings["seed"]
    if settings["moments"]:
        request = MomentReviewRequest(label, limit, seed, share, only)
        return lambda opened: opened.labels.review_moments(request)
    if share is not None or settings["pad"] is not None or not only.is_empty:
        raise QueryError("--share, --pad and filters are of reviews of moments: add --moments")
    return lambda opened: opened.labels.review(label, limit, seed)


@dataclass(frozen=True)
class Asking:
    """How sounds are played.

    Attributes
    ----------
    player : tuple of str or None
        The command; None: not at all.
    pad_s : float
        What is played around moments (in seconds).
    """

    player: tuple[str, ...] | None
    pad_s: float = PAD_S


def ask_all(
    opened: sqlclap.Library, review: Review, player: tuple[str, ...] | None, pad_s: float = PAD_S
) -> int:
    """Ask about each item of a queue and return how many votes stand at the end."""
    from sqlclap.db.spans import optional_span
    from sqlclap.labels.votes import CastVote, as_verdict

    click.echo(HELP)
    asking = Asking(player, pad_s)
    votes: list[int] = []
    while len(votes) < len(review.items):
        item = review.items[len(votes)]
        answer = _ask(item, f"{len(votes) + 1}/{len(review.items)}", asking)
        if answer == "q":
            break
        if answer == "b" and votes:
            opened.labels.withdraw(votes.pop())
        elif answer in KEYS:
            verdict = as_verdict(KEYS[answer])
            vote = CastVote(verdict, "review", review.review_id, item.stratum)
            place = (item.sample_id, optional_span(item.start_s, item.end_s))
            votes += opened.labels.vote(review.label, [place], vote)
            if item.start_s is not None:
                click.echo(f"    {KEYS[answer]}: {_told(item)}")
    return len(votes)


def _told(item: ReviewItem) -> str:
    """Return what is known of an item: of a moment it is told once it is answered."""
    gap = "-" if item.gap is None else f"{item.gap:.3f}"
    place = "" if item.start_s is None else f"@{item.start_s:g}-{item.end_s:g}"
    why = f" ({item.held_back_by})" if item.held_back_by else ""
    heard = "  (hardly heard)" if item.hardly_heard else ""
    scores = f"score {item.score:.3f}  gap {gap}  {item.confidence}{why}{heard}"
    return f"{printable(item.path)}{place}  {scores}"


def _ask(item: ReviewItem, position: str, asking: Asking) -> str:
    """Return the key that was pressed: one of y, n, u, b, q."""
    if item.start_s is None or item.end_s is None:
        click.echo(f"{position}  {_told(item)}")
    else:
        click.echo(f"{position}  a moment of {item.end_s - item.start_s:.1f} s")
    _play(item, asking)
    while True:
        key = click.getchar().lower()
        if key == "p":
            _play(item, asking)
        elif key in (*KEYS, "b", "q"):
            return key
        elif key in ("\x03", "\x04"):
            return "q"


def _play(item: ReviewItem, asking: Asking) -> None:
    from sqlclap.db.spans import optional_span

    if asking.player is None:
        return
    if (why := why_not_here(item.file)) is not None:
        click.echo(f"  ({why})", err=True)
    elif not item.file.exists():
        click.echo("  (the file is missing)", err=True)
    else:
        span = optional_span(item.start_s, item.end_s)
        reason = play_sound(asking.player, item.file, span, asking.pad_s)
        if reason is not None:
            click.echo(f"  (it can't be played: {printable(reason)})", err=True)
