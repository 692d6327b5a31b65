"""When recordings were made: those of a library, or of all of a set's shards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datasette_sqlclap.sets.whole_set import WholeSet

if TYPE_CHECKING:
    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.recordings.activity import ActivityRow
    from sqlclap.recordings.listing import Recording, RecordingsPage
    from sqlclap.session import Session
    from sqlclap.shards.fleet import Missing


def has_times(session: Session) -> bool:
    """Whether it is known of any sound when it was recorded."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.recordings import set_has_times

        return set_has_times(session.asked)
    from sqlclap.recordings.listing import has_times as of_library

    return of_library(session.database)


def count_activity(
    session: Session, request: ActivityRequest
) -> tuple[list[ActivityRow], int, list[str], tuple[Missing, ...]]:
    """Count recordings by periods; return counts, sounds without a known time, and sites."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.recordings import count_set_activity

        return count_set_activity(session.asked, request)
    from sqlclap.labels.activity import find_activity
    from sqlclap.recordings.activity import count_timeless, list_sites

    rows, database = [*find_activity(session, request)], session.database
    return rows, count_timeless(database), list_sites(database), ()


def list_recordings(
    session: Session, request: ActivityRequest, page: RecordingsPage, sample_id: int | None
) -> tuple[list[Recording], int, tuple[Missing, ...]]:
    """List recordings in order of time, or one sound's; see `sqlclap.labels.activity`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.recordings import list_set_recordings

        return list_set_recordings(session.asked, request, page, sample_id)
    from sqlclap.labels.activity import find_recordings

    if sample_id is not None:
        only = replace(request.only, where="sample_id = :sample", params={"sample": sample_id})
        request = replace(request, only=only)
    return *find_recordings(session, request, page), ()
