"""Which shards answer without tags of runs that an answer goes by: they have no part of them yet.

Filters by label, lists of tags and counts by them say so: what is tagged there isn't in the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlclap.labels.store import find_label
from sqlclap.shards.missing import Missing
from sqlclap.shards.tag_jobs import PartsOfRuns
from sqlclap.shards.tag_runs import runs_of_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


def reach_of_tags(
    session: SetSession, reach: Reach, labels: Iterable[str | None] | None = None
) -> Reach:
    """Return an answer's reach with the shards that lack tags of runs that it goes by.

    Parameters
    ----------
    session : SetSession
    reach : Reach
    labels : iterable of (str or None), optional
        Those whose tags it goes by, as its filters name them; None: all.
    """
    return replace(reach, lacking=shards_lacking_tags(session, labels))


def checked_reach(
    session: SetSession,
    reach: Reach,
    labels: Iterable[str | None] | None,
    require_all: bool,
) -> Reach:
    """Return what `reach_of_tags` does, where it is as whole as it has to be.

    Raises
    ------
    PartialAnswerError
    """
    told = reach_of_tags(session, reach, labels)
    told.check(require_all)
    return told


def shards_lacking_tags(
    session: SetSession, labels: Iterable[str | None] | None = None
) -> tuple[Missing, ...]:
    """Return the shards that can be asked, and lack tags of runs; see `reach_of_tags`."""
    catalog = session.catalog.database
    runs = [*runs_of_set(catalog).items()]
    if labels is not None:
        names = {find_label(catalog, one).name for one in labels if one is not None}
        runs = [(run, kept) for run, kept in runs if kept.label in names]
    if not runs:
        return ()
    found, _ = session.ask(PartsOfRuns(tuple(run for run, _ in runs)))
    paths = {one.number: one.entry.path for one in session.shards}
    lacking = []
    for number, parts in found.parts:
        told = [f"run {run} ({kept.label})" for run, kept in runs if run not in parts]
        if told:
            why = f"it has no tags of {', '.join(told)} yet; `sqlclap tag --resume` writes them"
            lacking.append(Missing(number, paths.get(number, ""), why))
    return tuple(lacking)
