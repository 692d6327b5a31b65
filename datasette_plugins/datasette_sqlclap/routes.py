"""The routes. ``{database}`` is the name of a database that Datasette serves."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from datasette.utils import call_with_supported_arguments

from datasette_sqlclap import annotations_api, auth, find_api, labels_api, pages, points, search_api
from datasette_sqlclap import labels_api as tags_api
from datasette_sqlclap.activity_api import activity
from datasette_sqlclap.audio_api import audio
from datasette_sqlclap.datasette_versions import hidden_tables
from datasette_sqlclap.libraries import find_library
from datasette_sqlclap.peaks import peaks
from datasette_sqlclap.requests import AsgiView, database_of
from datasette_sqlclap.responses import RefusedError, error_answer
from datasette_sqlclap.review_api import review
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from datasette_sqlclap.own_output import Receive, Send

_ROOT = r"^/-/sqlclap"
_LIBRARY = _ROOT + r"/(?P<database>[^/]+)"
_SAMPLE = _LIBRARY + r"/sample/(?P<sample>[^/]+)"

# What routes read, as Datasette's permission `view-table` names it. Where files lie, and what keeps
# the index, is read by many and told by none: `sources`, `index_meta`, `embedding_changes`.
_SAMPLES = ("samples", "descriptor_columns")
_VECTORS = (*_SAMPLES, "embeddings", "models", "query_background")
_MAP = (
    *_VECTORS, "layouts", "layout_umap", "clusterings", "clusters", "cluster_names",
)  # fmt: skip
_TAGGED = (*_SAMPLES, "labels", "anchors", "tags")
_LABELS = (
    *_VECTORS, *_TAGGED, "votes", "reviews", "calibrations", "tag_runs", "span_vectors",
)  # fmt: skip
_RECORDINGS = ("recording_times", "deployments")
_TIMES = (*_SAMPLES, *_RECORDINGS)
_TELLING = {
    name: one.reads for one in fields_of("http") if one.reads for name in (one.name, *one.former)
} | {"confidence": _LABELS}
"""Arguments that tell of further tables: whoever gives a label learns what it is on."""

Route = tuple[str, AsgiView, tuple[str, ...]]
ROUTES: tuple[Route, ...] = (
    (_ROOT + r"/?$", pages.front_page, ()),
    (_ROOT + r"/-/enter$", auth.enter, ()),
    (_LIBRARY + r"/map$", pages.map_page, _MAP),
    (_LIBRARY + r"/labels$", pages.labels_page, (*_MAP, *_LABELS)),
    (_LIBRARY + r"/activity$", pages.activity_page, (*_MAP, *_TIMES)),
    (_LIBRARY + r"/api/activity$", activity, _TIMES),
    (_LIBRARY + r"/api/points$", points.points, _MAP),
    (_LIBRARY + r"/api/points/(?P<column>tag|label)$", points.column, (*_MAP, *_TAGGED)),
    (_LIBRARY + r"/api/points/(?P<column>[^/]+)$", points.column, _MAP),
    (_LIBRARY + r"/api/search$", search_api.search, _VECTORS),
    (_LIBRARY + r"/api/find$", find_api.find, (*_VECTORS, *_TAGGED)),
    (_LIBRARY + r"/api/between$", find_api.between, (*_VECTORS, *_TAGGED)),
    (_LIBRARY + r"/api/similar$", search_api.similar, _VECTORS),
    (_LIBRARY + r"/api/similar-to$", search_api.similar_to_upload, _VECTORS),
    (_LIBRARY + r"/api/samples$", pages.samples, _SAMPLES),
    (_LIBRARY + r"/api/labels$", labels_api.labels, _LABELS),
    (_LIBRARY + r"/api/labels/change$", labels_api.change_label, _LABELS),
    (_LIBRARY + r"/api/labels/remove$", labels_api.remove_label, _LABELS),
    (_LIBRARY + r"/api/anchors$", labels_api.anchors, _LABELS),
    (_LIBRARY + r"/api/anchors/remove$", labels_api.remove_anchors, _LABELS),
    (_LIBRARY + r"/api/annotations$", annotations_api.download, _LABELS),
    (_LIBRARY + r"/api/matches$", labels_api.matches, _LABELS),
    (_LIBRARY + r"/api/rivals$", labels_api.rivals, (*_MAP, *_LABELS)),
    (_LIBRARY + r"/api/votes$", labels_api.votes, _LABELS),
    (_LIBRARY + r"/api/votes/undo$", labels_api.undo_vote, _LABELS),
    (_LIBRARY + r"/api/review$", review, _LABELS),
    (_LIBRARY + r"/api/histogram$", tags_api.histogram, _LABELS),
    (_LIBRARY + r"/api/precision$", labels_api.precision, _LABELS),
    (_LIBRARY + r"/api/density$", labels_api.density, (*_LABELS, *_RECORDINGS)),
    (_LIBRARY + r"/api/calibrate$", labels_api.calibrate, _LABELS),
    (_LIBRARY + r"/api/calibrate/revert$", labels_api.revert, _LABELS),
    (_LIBRARY + r"/api/tags$", tags_api.tags, _LABELS),
    (_LIBRARY + r"/api/tags/by-hand$", tags_api.tag_by_hand, _LABELS),
    (_LIBRARY + r"/api/tags/undo$", tags_api.undo_run, _LABELS),
    (_SAMPLE + r"$", pages.sample, _TAGGED),
    (_SAMPLE + r"/audio$", audio, _SAMPLES),
    (_SAMPLE + r"/peaks$", peaks, _SAMPLES),
    (_ROOT + r"/.*$", pages.nowhere, ()),
)


def guarded_routes() -> list[tuple[str, AsgiView]]:
    """Return the routes as Datasette takes them; each asks for the tables that it reads."""
    return [(pattern, guarded(view, tables)) for pattern, view, tables in ROUTES]


def guarded(view: AsgiView, tables: tuple[str, ...]) -> AsgiView:
    """Restrict a view to actors who may see all tables that it reads."""

    async def check(
        datasette: Datasette, request: Request, receive: Receive, send: Send
    ) -> Response | None:
        told = [more for name, more in _TELLING.items() if tables and request.args.get(name)]
        tables_read = tuple(dict.fromkeys((*tables, *chain.from_iterable(told))))
        if tables_read:
            name = database_of(request)
            # Datasette reads a database to decide: one that can't be read is told by the view.
            is_served = await find_library(datasette, name) is not None
            missing = is_served and await hidden_tables(datasette, request.actor, name, tables_read)
            if missing:
                refused = RefusedError(403, f"you may not see {', '.join(missing)} of {name}")
                if view in pages.LIBRARY_PAGES:
                    return await pages.refused_page(datasette, request, refused)
                return error_answer(refused)
        answer: Response | None = await call_with_supported_arguments(
            view, datasette=datasette, request=request, receive=receive, send=send
        )
        return answer

    return check
