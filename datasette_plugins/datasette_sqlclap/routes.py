"""The routes. ``{database}`` is the name of a database that Datasette serves."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from datasette.utils import call_with_supported_arguments

from datasette_sqlclap import (
    annotations_api,
    auth,
    clusters_api,
    curation_api,
    find_api,
    history_api,
    labels_api,
    lists_api,
    local_api,
    pages,
    points,
    search_api,
)
from datasette_sqlclap import labels_api as tags_api
from datasette_sqlclap.activity_api import activity, recordings
from datasette_sqlclap.audio_api import audio
from datasette_sqlclap.exports_api import export
from datasette_sqlclap.facets_api import facets
from datasette_sqlclap.folders_api import folders
from datasette_sqlclap.libraries import find_served
from datasette_sqlclap.openapi import openapi
from datasette_sqlclap.peaks import peaks
from datasette_sqlclap.read_tables import (
    CURATED,
    FAILED,
    LABELS,
    MAP,
    RECORDINGS,
    SAMPLES,
    TAGGED,
    TIMES,
    VECTORS,
)
from datasette_sqlclap.requests import AsgiView, database_of
from datasette_sqlclap.responses import RefusedError, error_answer
from datasette_sqlclap.review_api import review
from datasette_sqlclap.sample_events_api import sample_events
from datasette_sqlclap.spectrogram_api import spectrogram, spectrogram_tile
from datasette_sqlclap.work_api import work
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from datasette_sqlclap.own_output import Receive, Send

_ROOT = r"^/-/sqlclap"
_LIBRARY = _ROOT + r"/(?P<database>[^/]+)"
_SAMPLE = _LIBRARY + r"/sample/(?P<sample>[^/]+)"

_TELLING = {
    name: one.reads for one in fields_of("http") if one.reads for name in (one.name, *one.former)
} | {"confidence": LABELS}
"""Arguments that tell of further tables: whoever gives a label learns what it is on."""

_SAID = (*LABELS, *CURATED, "cluster_names")
"""Tables of all that people say."""


class Route(NamedTuple):
    """An address with what answers it.

    Attributes
    ----------
    pattern : str
    view : AsgiView
    tables : tuple of str
        That it reads.
    of_sets : bool
        Whether it has an answer for a set, too.
    """

    pattern: str
    view: AsgiView
    tables: tuple[str, ...]
    of_sets: bool = False


SETS = True
"""It has an answer for a set."""

ROUTES: tuple[Route, ...] = (
    Route(_ROOT + r"/?$", pages.front_page, ()),
    Route(_ROOT + r"/-/enter$", auth.enter, ()),
    Route(_ROOT + r"/-/openapi\.json$", openapi, ()),
    Route(_LIBRARY + r"/map$", pages.map_page, MAP, SETS),
    Route(_LIBRARY + r"/labels$", pages.labels_page, (*MAP, *LABELS), SETS),
    Route(_LIBRARY + r"/activity$", pages.activity_page, (*MAP, *TIMES), SETS),
    Route(_LIBRARY + r"/api/activity$", activity, TIMES, SETS),
    Route(_LIBRARY + r"/recordings$", pages.recordings_page, (*MAP, *TIMES), SETS),
    Route(_LIBRARY + r"/spectrogram$", pages.spectrogram_page, MAP, SETS),
    Route(_LIBRARY + r"/api/recordings$", recordings, TIMES, SETS),
    Route(_LIBRARY + r"/api/points$", points.points, MAP, SETS),
    Route(_LIBRARY + r"/api/points/(?P<column>tag|label)$", points.column, (*MAP, *TAGGED), SETS),
    Route(_LIBRARY + r"/api/points/(?P<column>[^/]+)$", points.column, MAP, SETS),
    Route(_LIBRARY + r"/api/search$", search_api.search, VECTORS, SETS),
    Route(_LIBRARY + r"/api/find$", find_api.find, (*VECTORS, *TAGGED), SETS),
    Route(_LIBRARY + r"/api/find/sql$", find_api.as_sql, (*VECTORS, *TAGGED), SETS),
    Route(_LIBRARY + r"/api/between$", find_api.between, (*VECTORS, *TAGGED), SETS),
    Route(_LIBRARY + r"/api/similar$", search_api.similar, VECTORS, SETS),
    Route(_LIBRARY + r"/api/similar-to$", search_api.similar_to_upload, VECTORS, SETS),
    Route(_LIBRARY + r"/api/folders$", folders, SAMPLES, SETS),
    Route(_LIBRARY + r"/api/samples$", lists_api.samples, SAMPLES, SETS),
    Route(_LIBRARY + r"/api/samples/order$", lists_api.order, SAMPLES, SETS),
    Route(_LIBRARY + r"/api/export$", export, SAMPLES, SETS),
    Route(_LIBRARY + r"/api/facets$", facets, SAMPLES, SETS),
    Route(_LIBRARY + r"/api/labels$", labels_api.labels, LABELS, SETS),
    Route(_LIBRARY + r"/api/labels/change$", labels_api.change_label, LABELS, SETS),
    Route(_LIBRARY + r"/api/labels/remove$", labels_api.remove_label, LABELS, SETS),
    Route(_LIBRARY + r"/api/anchors$", labels_api.anchors, LABELS, SETS),
    Route(_LIBRARY + r"/api/anchors/remove$", labels_api.remove_anchors, LABELS, SETS),
    Route(_LIBRARY + r"/api/annotations$", annotations_api.download, LABELS, SETS),
    Route(_LIBRARY + r"/api/matches$", labels_api.matches, LABELS, SETS),
    Route(_LIBRARY + r"/api/rivals$", labels_api.rivals, (*MAP, *LABELS), SETS),
    Route(_LIBRARY + r"/api/votes$", labels_api.votes, LABELS, SETS),
    Route(_LIBRARY + r"/api/votes/undo$", labels_api.undo_vote, LABELS, SETS),
    Route(_LIBRARY + r"/api/review$", review, LABELS, SETS),
    Route(_LIBRARY + r"/api/histogram$", tags_api.histogram, LABELS, SETS),
    Route(_LIBRARY + r"/api/precision$", labels_api.precision, LABELS, SETS),
    Route(_LIBRARY + r"/api/density$", labels_api.density, (*LABELS, *RECORDINGS), SETS),
    Route(_LIBRARY + r"/api/calibrate$", labels_api.calibrate, LABELS, SETS),
    Route(_LIBRARY + r"/api/calibrate/revert$", labels_api.revert, LABELS, SETS),
    Route(_LIBRARY + r"/api/tags$", tags_api.tags, LABELS, SETS),
    Route(_LIBRARY + r"/api/tags/by-hand$", tags_api.tag_by_hand, LABELS, SETS),
    Route(_LIBRARY + r"/api/tags/undo$", tags_api.undo_run, LABELS, SETS),
    Route(_LIBRARY + r"/api/kept$", curation_api.kept, CURATED, SETS),
    Route(_LIBRARY + r"/api/favourites$", curation_api.favourites, CURATED, SETS),
    Route(_LIBRARY + r"/api/favourites/remove$", curation_api.remove_favourites, CURATED, SETS),
    Route(_LIBRARY + r"/api/ratings$", curation_api.ratings, CURATED, SETS),
    Route(_LIBRARY + r"/api/notes$", curation_api.notes, CURATED, SETS),
    Route(_LIBRARY + r"/api/recent$", curation_api.recent, CURATED, SETS),
    Route(_LIBRARY + r"/api/collections$", curation_api.collections, CURATED, SETS),
    Route(_LIBRARY + r"/api/collections/sounds$", curation_api.collection_sounds, CURATED, SETS),
    Route(
        _LIBRARY + r"/api/collections/remove$", curation_api.remove_from_collection, CURATED, SETS
    ),
    Route(_LIBRARY + r"/api/collections/rename$", curation_api.rename_collection, CURATED, SETS),
    Route(_LIBRARY + r"/api/collections/delete$", curation_api.delete_collection, CURATED, SETS),
    Route(_LIBRARY + r"/api/clusters/rename$", clusters_api.rename, MAP, SETS),
    Route(_LIBRARY + r"/api/failures$", local_api.failures, FAILED),
    Route(_LIBRARY + r"/api/work$", work, MAP, SETS),
    Route(_LIBRARY + r"/api/reveal$", local_api.reveal, CURATED, SETS),
    Route(_LIBRARY + r"/api/history$", history_api.history, _SAID, SETS),
    Route(_LIBRARY + r"/api/history/undo$", history_api.undo, _SAID, SETS),
    Route(_LIBRARY + r"/api/history/redo$", history_api.redo, _SAID, SETS),
    Route(_SAMPLE + r"$", pages.sample, (*TAGGED, "metadata"), SETS),
    Route(_SAMPLE + r"/audio$", audio, SAMPLES, SETS),
    Route(_SAMPLE + r"/peaks$", peaks, SAMPLES, SETS),
    Route(_SAMPLE + r"/spectrogram$", spectrogram, SAMPLES, SETS),
    Route(_SAMPLE + r"/spectrogram/tile$", spectrogram_tile, SAMPLES, SETS),
    Route(_SAMPLE + r"/events$", sample_events, LABELS, SETS),
    Route(_ROOT + r"/.*$", pages.nowhere, ()),
)


LACKED_BY_SETS = tuple(
    one.pattern.removeprefix(f"{_LIBRARY}/").removesuffix("$")
    for one in ROUTES
    if one.pattern.startswith(_LIBRARY) and not one.of_sets
)
"""Pages and routes that have no answer for a set, by their paths below its address."""


def guarded_routes() -> list[tuple[str, AsgiView]]:
    """Return the routes as Datasette takes them; each asks for the tables that it reads."""
    return [(one.pattern, guarded(one)) for one in ROUTES]


def guarded(route: Route) -> AsgiView:
    """Restrict a view to actors who may see all that it reads, and to what it has answers for."""
    view, tables = route.view, route.tables

    async def check(
        datasette: Datasette, request: Request, receive: Receive, send: Send
    ) -> Response | None:
        told = [more for name, more in _TELLING.items() if tables and request.args.get(name)]
        tables_read = tuple(dict.fromkeys((*tables, *chain.from_iterable(told))))
        if tables_read:
            name = database_of(request)
            # Datasette reads a database to decide: one that can't be read is told by the view.
            try:
                served = await find_served(datasette, name)
                if served is not None:
                    if served.is_set and not route.of_sets:
                        raise _not_for_sets(name)
                    await auth.check_readable(datasette, request, name, tables_read)
            except RefusedError as refused:
                if view in pages.LIBRARY_PAGES:
                    return await pages.refused_page(datasette, request, refused)
                return error_answer(refused)
        answer: Response | None = await call_with_supported_arguments(
            view, datasette=datasette, request=request, receive=receive, send=send
        )
        return answer

    return check


def _not_for_sets(name: str) -> RefusedError:
    said = f"{name[:200]} is a set, and this is for one library yet: open one of its shards for it"
    return RefusedError(409, said, "not_for_sets")
