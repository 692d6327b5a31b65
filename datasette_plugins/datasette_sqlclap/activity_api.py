"""The API of recordings: when they were made, and in which of them a label was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.field_values import flag_argument, values_of
from datasette_sqlclap.requests import LARGEST_ID, LibraryRequest, asks, reads, whole_number
from datasette_sqlclap.responses import all_told, json_answer
from datasette_sqlclap.sets.rooms import missing_told, rooms_of
from sqlclap.labels.match_fields import MATCH_FILTERS
from sqlclap.records import field_names, record
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.session import Session

MOST_RECORDINGS = 1_000
_FILTERS = fields_of("http", MATCH_FILTERS)


@reads
@asks("label", "by", "confidence", *(one.name for one in _FILTERS))
async def activity(library_request: LibraryRequest) -> Response:
    """Answer ``?label=&by=&confidence=`` and filters with rows of counts, and with the sites."""
    from sqlclap.recordings.activity import ActivityRow, check_period

    by = check_period(library_request.argument("by", "date and hour"))
    request = replace(_request_of(library_request), by=by)
    names = field_names(ActivityRow, remote=True)

    def work(session: Session) -> dict[str, Any]:
        counted, timeless, sites, missing = rooms_of(session).count_activity(request)
        rows = [[*record(row, remote=True).values()] for row in counted]
        answer = {"columns": names, "rows": rows, "timeless": timeless, "sites": sites}
        return answer | missing_told(missing)

    answer = await library_request.library.read(work)
    return json_answer({"ok": True, "label": request.label, "by": by} | answer)


@reads
@asks(
    "label", "confidence", "from", "until", "only_found", "sample", "n", "offset",
    *(one.name for one in _FILTERS),
)  # fmt: skip
async def recordings(library_request: LibraryRequest) -> Response:
    """Answer ``?from=&until=&label=&confidence=`` and filters with recordings in order of time.

    They are those that reach into the time from ``from`` until before ``until``; with ``sample``,
    that one.
    """
    from sqlclap.recordings.listing import RecordingsPage
    from sqlclap.search.clock_times import time_as_stored

    ends = [library_request.argument(name) for name in ("from", "until")]
    start, end = (time_as_stored(text) if text else None for text in ends)
    page = RecordingsPage(
        start,
        end,
        flag_argument(library_request, "only_found"),
        whole_number(library_request.argument("n", "200"), "n", 1, MOST_RECORDINGS),
        whole_number(library_request.argument("offset", "0"), "offset", 0, LARGEST_ID),
    )
    request, sample = _request_of(library_request), library_request.argument("sample")
    sample_id = whole_number(sample, "sample", 1, LARGEST_ID) if sample else None
    listed, total, missing = await library_request.library.read(
        lambda session: rooms_of(session).list_recordings(request, page, sample_id)
    )
    answer = {"label": request.label, "total": total, "recordings": all_told(listed)}
    return json_answer({"ok": True} | answer | missing_told(missing))


def _request_of(library_request: LibraryRequest) -> ActivityRequest:
    """Return which recordings are asked for, and the label that is looked for in them."""
    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.search.request import Filter

    label = library_request.argument("label") or None
    confidence: Any = library_request.argument("confidence") or None  # it is checked there
    only = Filter(**values_of(library_request, _FILTERS))
    return ActivityRequest(label, confidence=confidence, only=only)
