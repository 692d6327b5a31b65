"""The recordings of a set: what its shards tell is merged, as of one library."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from sqlclap.errors import PartialAnswerError, UnknownFolderError
from sqlclap.labels.activity import Activity, tagged_places
from sqlclap.labels.store import find_label
from sqlclap.recordings.activity import ActivityRow
from sqlclap.shards.asking import answered
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.filters import in_shards
from sqlclap.shards.lacking_tags import checked_reach, shards_lacking_tags
from sqlclap.shards.recording_jobs import (
    CountActivity,
    HasTimes,
    ListRecordings,
    SoughtLabel,
)
from sqlclap.shards.tag_runs import runs_of_set
from sqlclap.shards.travelling import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.recordings.listing import Recording, RecordingsPage
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.fleet import Gathered
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession

T = TypeVar("T")

MOST_AT_ONCE = 20_000
"""Recordings that a shard lists at once: a node's answer has a limit."""


class SetActivity(Activity):
    """When a set's recordings were made, by periods.

    Attributes
    ----------
    timeless : int
        Sounds whose time is not known: they are not counted.
    sites : list of str
    reach : Reach
    """

    sites: list[str]
    reach: Reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return self.reach.remarks()


def count_set_activity(
    session: SetSession, request: ActivityRequest, require_all: bool = False
) -> SetActivity:
    """Count recordings by periods; see `sqlclap.labels.activity.find_activity`.

    Raises
    ------
    UnknownLabelError, NoAnchorsError, QueryError
    PartialAnswerError
        A shard is missing that is required, or all are.
    """
    job = CountActivity(request.by, in_shards(session, request.only), _sought(session, request))
    found, reach = session.ask(job)
    by_tags = request.label if request.confidence is None else None
    reach = checked_reach(session, reach, [request.only.label, by_tags], require_all)
    parts = _known(found)
    together: dict[str, ActivityRow] = {}
    for part in parts:
        for told in part.rows:
            row = ActivityRow(*told)
            before = together.get(row.period)
            together[row.period] = row if before is None else _sum(before, row)
    sites = {site for part in parts for site in part.sites}
    activity = SetActivity(
        (together[period] for period in sorted(together)), sum(part.timeless for part in parts)
    )
    activity.sites = sorted(sites, key=lambda site: (site.lower(), site))
    activity.reach = reach
    return activity


def _sum(one: ActivityRow, other: ActivityRow) -> ActivityRow:
    with_it = one.recordings_with_it
    if with_it is not None and other.recordings_with_it is not None:
        with_it += other.recordings_with_it
    return replace(
        one,
        recordings=one.recordings + other.recordings,
        duration_s=one.duration_s + other.duration_s,
        recordings_with_it=with_it,
    )


def list_set_recordings(
    session: SetSession,
    request: ActivityRequest,
    page: RecordingsPage,
    set_id: int | None = None,
) -> tuple[list[Recording], int, tuple[Missing, ...]]:
    """List recordings in order of time; see `sqlclap.labels.activity.find_recordings`.

    Those that began at the same time come by their paths, then by the set's ids.

    Parameters
    ----------
    session : SetSession
    request : ActivityRequest
    page : RecordingsPage
    set_id : int, optional
        Only that sound.

    Raises
    ------
    UnknownLabelError, NoAnchorsError, QueryError
    PartialAnswerError
        No shard answers.
    """
    only, sought = in_shards(session, request.only), _sought(session, request)
    wanted, listed, total, start = page.offset + page.limit, list["Recording"](), 0, 0
    missing: dict[int, Missing] = {}
    while True:  # the page lies among the first of each shard
        limit = min(MOST_AT_ONCE, wanted - start)
        part = replace(page, limit=limit, offset=start)
        found, _ = session.ask(ListRecordings(part, only, sought, set_id))
        answers = _known(found)
        listed += [one for rows, _ in answers for one in rows]
        total = sum(count for _, count in answers)
        missing |= {one.shard: one for one in found.missing}  # in any round: its rows lack
        start += limit
        longest = max((count for _, count in answers), default=0)
        if start >= min(wanted, longest) or page.offset >= total:
            break
    listed.sort(key=lambda one: (one.started_at, one.path, one.sample_id))
    by_tags = request.label if request.confidence is None else None
    lacking = shards_lacking_tags(session, [request.only.label, by_tags])
    return listed[page.offset : wanted], total, (*missing.values(), *lacking)


def set_has_times(session: SetSession) -> bool:
    """Whether it is known of any sound of the set when it was recorded."""
    found, _ = session.ask(HasTimes())
    return any(found.answers)


def _sought(session: SetSession, request: ActivityRequest) -> SoughtLabel | None:
    """Return the label that is looked for, with what shards need of the catalog for that."""
    if request.label is None:
        return None
    database = session.catalog.database
    sounds = catalog_sounds(database, session.file)
    if request.confidence is None:
        tagged = tuple(tagged_places(database, request.label))
        named = {copy for copy, _ in tagged}
        own = tuple(one for one in sounds if one.sample_id in named)
        name = find_label(database, request.label).name
        runs = tuple(run for run, kept in runs_of_set(database).items() if kept.label == name)
        return SoughtLabel(request.label, None, None, tagged, own, runs)
    scorer = session.scorer
    at = scorer.scoring_position(request.label)
    left_out = scorer.left_out(database, at, with_anchors=True).tolist()
    spoken_for = scorer.spoken_of(database, at, with_anchors=True)
    luggage = pack(scorer, sounds, left_out, spoken_for)
    return SoughtLabel(request.label, request.confidence, luggage)


def _known(found: Gathered[T | UnknownFolderError]) -> Sequence[T]:
    """Return what shards answered; an error where none knows the filter's folder or site."""
    known = answered(found.answers)
    if not known:
        raise PartialAnswerError(f"no shard answered{found.told_missing}")
    return known
