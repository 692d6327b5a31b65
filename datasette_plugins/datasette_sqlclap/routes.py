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
from datasette_sqlclap.requests import AsgiView, database_of, not_allowed
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

_READING = ("GET", "HEAD")
_ONLY_READ = (*pages.LIBRARY_PAGES, pages.front_page, openapi)
"""Views that answer whatever the method is; those of the API look at it themselves."""
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
    """

    pattern: str
    view: AsgiView
    tables: tuple[str, ...]


ROUTES: tuple[Route, ...] = (
    Route(_ROOT + r"/?$", pages.front_page, ()),
    Route(_ROOT + r"/-/enter$", auth.enter, ()),
    Route(_ROOT + r"/-/openapi\.json$", openapi, ()),
    Route(_LIBRARY + r"/map$", pages.map_page, MAP),
    Route(_LIBRARY + r"/labels$", pages.labels_page, (*MAP, *LABELS)),
    Route(_LIBRARY + r"/activity$", pages.activity_page, (*MAP, *TIMES)),
    Route(_LIBRARY + r"/api/activity$", activity, TIMES),
    Route(_LIBRARY + r"/recordings$", pages.recordings_page, (*MAP, *TIMES)),
    Route(_LIBRARY + r"/spectrogram$", pages.spectrogram_page, MAP),
    Route(_LIBRARY + r"/api/recordings$", recordings, TIMES),
    Route(_LIBRARY + r"/api/points$", points.points, MAP),
    Route(_LIBRARY + r"/api/points/(?P<column>tag|label)$", points.column, (*MAP, *TAGGED)),
    Route(_LIBRARY + r"/api/points/(?P<column>[^/]+)$", points.column, MAP),
    Route(_LIBRARY + r"/api/search$", search_api.search, VECTORS),
    Route(_LIBRARY + r"/api/find$", find_api.find, (*VECTORS, *TAGGED)),
    Route(_LIBRARY + r"/api/find/sql$", find_api.as_sql, (*VECTORS, *TAGGED)),
    Route(_LIBRARY + r"/api/between$", find_api.between, (*VECTORS, *TAGGED)),
    Route(_LIBRARY + r"/api/similar$", search_api.similar, VECTORS),
    Route(_LIBRARY + r"/api/similar-to$", search_api.similar_to_upload, VECTORS),
    Route(_LIBRARY + r"/api/folders$", folders, SAMPLES),
    Route(_LIBRARY + r"/api/samples$", lists_api.samples, SAMPLES),
    Route(_LIBRARY + r"/api/samples/order$", lists_api.order, SAMPLES),
    Route(_LIBRARY + r"/api/export$", export, SAMPLES),
    Route(_LIBRARY + r"/api/facets$", facets, SAMPLES),
    Route(_LIBRARY + r"/api/labels$", labels_api.labels, LABELS),
    Route(_LIBRARY + r"/api/labels/change$", labels_api.change_label, LABELS),
    Route(_LIBRARY + r"/api/labels/remove$", labels_api.remove_label, LABELS),
    Route(_LIBRARY + r"/api/anchors$", labels_api.anchors, LABELS),
    Route(_LIBRARY + r"/api/anchors/remove$", labels_api.remove_anchors, LABELS),
    Route(_LIBRARY + r"/api/annotations$", annotations_api.download, LABELS),
    Route(_LIBRARY + r"/api/matches$", labels_api.matches, LABELS),
    Route(_LIBRARY + r"/api/rivals$", labels_api.rivals, (*MAP, *LABELS)),
    Route(_LIBRARY + r"/api/votes$", labels_api.votes, LABELS),
    Route(_LIBRARY + r"/api/votes/undo$", labels_api.undo_vote, LABELS),
    Route(_LIBRARY + r"/api/review$", review, LABELS),
    Route(_LIBRARY + r"/api/histogram$", tags_api.histogram, LABELS),
    Route(_LIBRARY + r"/api/precision$", labels_api.precision, LABELS),
    Route(_LIBRARY + r"/api/density$", labels_api.density, (*LABELS, *RECORDINGS)),
    Route(_LIBRARY + r"/api/calibrate$", labels_api.calibrate, LABELS),
    Route(_LIBRARY + r"/api/calibrate/revert$", labels_api.revert, LABELS),
    Route(_LIBRARY + r"/api/tags$", tags_api.tags, LABELS),
    Route(_LIBRARY + r"/api/tags/by-hand$", tags_api.tag_by_hand, LABELS),
    Route(_LIBRARY + r"/api/tags/undo$", tags_api.undo_run, LABELS),
    Route(_LIBRARY + r"/api/kept$", curation_api.kept, CURATED),
    Route(_LIBRARY + r"/api/favourites$", curation_api.favourites, CURATED),
    Route(_LIBRARY + r"/api/favourites/remove$", curation_api.remove_favourites, CURATED),
    Route(_LIBRARY + r"/api/ratings$", curation_api.ratings, CURATED),
    Route(_LIBRARY + r"/api/notes$", curation_api.notes, CURATED),
    Route(_LIBRARY + r"/api/recent$", curation_api.recent, CURATED),
    Route(_LIBRARY + r"/api/collections$", curation_api.collections, CURATED),
    Route(_LIBRARY + r"/api/collections/sounds$", curation_api.collection_sounds, CURATED),
    Route(_LIBRARY + r"/api/collections/remove$", curation_api.remove_from_collection, CURATED),
    Route(_LIBRARY + r"/api/collections/rename$", curation_api.rename_collection, CURATED),
    Route(_LIBRARY + r"/api/collections/delete$", curation_api.delete_collection, CURATED),
    Route(_LIBRARY + r"/api/clusters/rename$", clusters_api.rename, MAP),
    Route(_LIBRARY + r"/api/failures$", local_api.failures, FAILED),
    Route(_LIBRARY + r"/api/work$", work, MAP),
    Route(_LIBRARY + r"/api/reveal$", local_api.reveal, CURATED),
    Route(_LIBRARY + r"/api/history$", history_api.history, _SAID),
    Route(_LIBRARY + r"/api/history/undo$", history_api.undo, _SAID),
    Route(_LIBRARY + r"/api/history/redo$", history_api.redo, _SAID),
    Route(_SAMPLE + r"$", pages.sample, (*TAGGED, "metadata")),
    Route(_SAMPLE + r"/audio$", audio, SAMPLES),
    Route(_SAMPLE + r"/peaks$", peaks, SAMPLES),
    Route(_SAMPLE + r"/spectrogram$", spectrogram, SAMPLES),
    Route(_SAMPLE + r"/spectrogram/tile$", spectrogram_tile, SAMPLES),
    Route(_SAMPLE + r"/events$", sample_events, LABELS),
    Route(_ROOT + r"/.*$", pages.nowhere, ()),
)


def guarded_routes() -> list[tuple[str, AsgiView]]:
    """Return the routes as Datasette takes them; each asks for the tables that it reads."""
    return [(one.pattern, guarded(one)) for one in ROUTES]


def guarded(route: Route) -> AsgiView:
    """Restrict a view to actors who may see all that it reads."""
    view, tables = route.view, route.tables

    async def check(
        datasette: Datasette, request: Request, receive: Receive, send: Send
    ) -> Response | None:
        if view in _ONLY_READ and request.method not in _READING:
            return not_allowed(request, _READING)
        told = [more for name, more in _TELLING.items() if tables and request.args.get(name)]
        tables_read = tuple(dict.fromkeys((*tables, *chain.from_iterable(told))))
        if tables_read:
            name = database_of(request)
            # Datasette reads a database to decide: one that can't be read is told by the view.
            try:
                if await find_served(datasette, name) is not None:
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
