"""The API of facets: how many sounds that pass the filters there are by folder, format, ..."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from datasette_sqlclap.auth import check_readable, check_sees_paths
from datasette_sqlclap.field_values import values_of
from datasette_sqlclap.points import measured_ranges
from datasette_sqlclap.requests import LibraryRequest, asks, reads, whole_number
from datasette_sqlclap.responses import all_told, json_answer
from datasette_sqlclap.sets.rooms import missing_told, rooms_of
from sqlclap.search.facets import FacetCounts, read_facets
from sqlclap.search.fields import FILTERS, fields_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

MOST_VALUES = 1_000
_FILTERS = fields_of("http", FILTERS)


@reads
@asks("facet", "n", *(name for one in _FILTERS for name in (one.name, *one.former)), "measured")
async def facets(library_request: LibraryRequest) -> Response:
    """Answer ``?facet=folder,format`` and filters with counts."""
    from sqlclap.search.request import Filter

    wanted = read_facets(library_request.argument("facet"))
    request, name = library_request.request, library_request.library.database.name
    tables = tuple(dict.fromkeys(chain.from_iterable(one.reads for one in wanted)))
    await check_readable(library_request.datasette, request, name, tables)
    n = whole_number(library_request.argument("n", "50"), "n", 1, MOST_VALUES)
    given = values_of(library_request, _FILTERS) | await measured_ranges(library_request)
    only = Filter(**given)
    counts, missing = await library_request.library.read(
        lambda session: rooms_of(session).count_facets(wanted, only, n)
    )
    if any(map(_tells_paths, counts)):
        await check_sees_paths(library_request.datasette, request, name)
    return json_answer({"ok": True, "facets": all_told(counts)} | missing_told(missing))


def _tells_paths(counts: FacetCounts) -> bool:
    """Whether folders are told in full, as those below an absolute one are."""
    return counts.facet == "folder" and any(str(one.value)[:1] == "/" for one in counts.values)
