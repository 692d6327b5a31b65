"""The activity API: when recordings were made, and in how many of them a label was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.field_values import field_value
from datasette_sqlclap.requests import LibraryRequest, asks, reads
from datasette_sqlclap.responses import json_answer
from sqlclap.labels.match_fields import MATCH_FILTERS
from sqlclap.records import field_names, record
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.session import Session

_FILTERS = fields_of("http", MATCH_FILTERS)


@reads
@asks("label", "by", "confidence", *(one.name for one in _FILTERS))
async def activity(library_request: LibraryRequest) -> Response:
    """Answer ``?label=&by=&confidence=`` and filters with rows of counts, and with the sites."""
    from sqlclap.labels.activity import ActivityRequest, find_activity
    from sqlclap.recordings.activity import (
        ActivityRow,
        check_period,
        count_timeless,
        list_sites,
    )
    from sqlclap.search.request import Filter

    label = library_request.argument("label") or None
    confidence: Any = library_request.argument("confidence") or None  # it is checked there
    by = check_period(library_request.argument("by", "date and hour"))
    only = Filter(**{one.name: field_value(library_request, one) for one in _FILTERS})
    request = ActivityRequest(label, by, confidence, only)
    names = field_names(ActivityRow, remote=True)

    def work(session: Session) -> dict[str, Any]:
        rows = [[*record(row, remote=True).values()] for row in find_activity(session, request)]
        return {
            "columns": names,
            "rows": rows,
            "timeless": count_timeless(session.database),
            "sites": list_sites(session.database),
        }

    answer = await library_request.library.read(work)
    return json_answer({"ok": True, "label": label, "by": by} | answer)
