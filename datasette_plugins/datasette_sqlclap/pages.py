"""The HTML pages, and the data about samples that they show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode
from datasette.utils.asgi import Response

from datasette_sqlclap.auth import sees_paths
from datasette_sqlclap.datasette_versions import csrf_token, hidden_tables, may_run_sql, may_view
from datasette_sqlclap.libraries import ServedLibrary, list_served
from datasette_sqlclap.points import describe_columns
from datasette_sqlclap.read_tables import CURATED, LABELS, RECORDINGS
from datasette_sqlclap.requests import (
    LibraryRequest,
    check_arguments,
    library_of,
    may_label,
    reads,
    sample_id_of,
)
from datasette_sqlclap.responses import (
    RefusedError,
    all_told,
    error_answer,
    json_answer,
    status_of,
    told,
    told_of,
)
from datasette_sqlclap.sets.rooms import rooms_of
from datasette_sqlclap.sets.shown_map import shown_map
from datasette_sqlclap.sets.sound_told import sound_told
from datasette_sqlclap.sound_files import is_there
from datasette_sqlclap.staleness import explained

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from sqlclap.session import Session


@reads
async def sample(library_request: LibraryRequest) -> Response:
    """Answer with a sample's measures, tags, anchors, metadata, and whether its file is there."""
    sample_id = sample_id_of(library_request)
    return json_answer(
        {"ok": True}
        | await library_request.library.read(lambda session: _sample(session, sample_id))
    )


def _sample(session: Session, sample_id: int) -> dict[str, Any]:
    told_of_it = sound_told(session, sample_id)
    return told(told_of_it.sample) | {
        "playable": is_there(told_of_it.sample),
        "tags": all_told(told_of_it.tags),
        "anchor_of": all_told(told_of_it.anchors),
        "metadata": all_told(told_of_it.metadata()),
    }


DISTRIBUTION = "sqlclap"


async def front_page(datasette: Datasette, request: Request) -> Response:
    """Lead to the map of the only library, or list them all."""
    try:
        check_arguments(request, ())
    except RefusedError as error:
        context = {"message": str(error)}
        return await _page(datasette, request, "sqlclap_refused.html", context, error.status)
    names = [
        name
        for name in await list_served(datasette)
        if await may_view(datasette, request.actor, name)
    ]
    if len(names) == 1:
        return Response.redirect(page_url(datasette, names[0], "map"))
    maps = [{"name": name, "url": page_url(datasette, name, "map")} for name in names]
    return await _page(datasette, request, "sqlclap_front.html", {"maps": maps})


async def map_page(datasette: Datasette, request: Request) -> Response:
    """Show a library's map."""
    return await _library_page(datasette, request, "map")


async def labels_page(datasette: Datasette, request: Request) -> Response:
    """Show a library's labels, and the review queue."""
    return await _library_page(datasette, request, "labels")


async def activity_page(datasette: Datasette, request: Request) -> Response:
    """Show when a library's recordings were made, and when labels were found."""
    return await _library_page(datasette, request, "activity")


async def recordings_page(datasette: Datasette, request: Request) -> Response:
    """Show a library's recordings in the order of time."""
    return await _library_page(datasette, request, "recordings")


async def spectrogram_page(datasette: Datasette, request: Request) -> Response:
    """Show a sound as a spectrogram, with what lies where in it."""
    return await _library_page(datasette, request, "spectrogram")


LIBRARY_PAGES = (map_page, labels_page, activity_page, recordings_page, spectrogram_page)


async def nowhere(datasette: Datasette, request: Request) -> Response:
    """Answer unknown addresses, which Datasette would treat as its tables."""
    message = f"there is no {request.path[:200]!r} here"
    if "/api/" in request.path:
        return error_answer(RefusedError(404, message))
    return await _page(datasette, request, "sqlclap_refused.html", {"message": message}, 404)


async def refused_page(datasette: Datasette, request: Request, error: RefusedError) -> Response:
    """Show why a page was refused."""
    context = {"message": str(error)}
    return await _page(datasette, request, "sqlclap_refused.html", context, error.status)


def page_url(datasette: Datasette, database: str, page: str) -> str:
    """Return the address of one of a library's pages, below Datasette's base_url."""
    return str(datasette.urls.path(f"/-/sqlclap/{tilde_encode(database)}/{page}"))


async def _library_page(datasette: Datasette, request: Request, page: str) -> Response:
    try:
        library = await library_of(datasette, request)
        check_arguments(request, ())
        state = await library.read(_state)
    except Exception as raised:
        error = explained(raised)
        status = status_of(error)
        if status is None:
            raise
        refused = RefusedError(status, told_of(error))
        return await refused_page(datasette, request, refused)
    name = library.database.name
    labels = await may_label(datasette, request, library)
    sees_times = not await hidden_tables(datasette, request.actor, name, RECORDINGS)
    config = state | {
        **_served(datasette, library),
        "recordings": state["recordings"] and sees_times,
        "mayLabel": labels,
        "seesPaths": await sees_paths(datasette, request, name),
        "readsKept": not await hidden_tables(datasette, request.actor, name, CURATED),
        "readsLabels": not await hidden_tables(datasette, request.actor, name, LABELS),
        "runsSql": not library.is_set and await may_run_sql(datasette, request.actor, name),
        "csrf": csrf_token(request),
        "readOnly": _why_not(request, library) if not labels else "",
    }
    context = {"config": config, "database": name, "page": page}
    return await _page(datasette, request, f"sqlclap_{page}.html", context)


def _served(datasette: Datasette, library: ServedLibrary) -> dict[str, Any]:
    """Return where what is served stands."""
    name = library.database.name
    return {
        "database": name,
        "root": page_url(datasette, name, ""),
        "tables": "" if library.is_set else datasette.urls.database(name),
    }


def _why_not(request: Request, library: ServedLibrary) -> str:
    if not library.database.is_mutable:
        return "This database is open for reading only."
    if request.actor is None:
        return "Sign in to label: the link that was printed where the server was started does that."
    return "You have no permission to label here."


def _state(session: Session) -> dict[str, Any]:
    from sqlclap.db.stored_models import compared_models, told_from_others
    from sqlclap.errors import NoVectorsError
    from sqlclap.search.aspects import ASPECTS

    samples = rooms_of(session).count_sounds()
    words, others = None, []
    try:
        layout, model = shown_map(session), session.model.name
        words = _searches_words_by(session)
        told = told_from_others(session.database, session.model)
        names = (one.name for one in compared_models(session.database))
        others = [*dict.fromkeys(name for name in names if name != model)]
    except NoVectorsError:
        layout, model, told = None, None, None
    state = {"samples": samples, "model": model, "layout": layout.version if layout else None}
    return state | {
        "modelTold": told,
        "words": words,
        "otherModels": others,
        "recordings": rooms_of(session).has_times(),
        "measured": describe_columns(session),
        "aspects": [*ASPECTS],
    }


def _searches_words_by(session: Session) -> str | None:
    """Return another model of the library that answers to words, where its own has none."""
    from sqlclap.db.stored_models import models_with_words

    if session.model.has_words:
        return None
    return next((one.name for one in models_with_words(session.database)), None)


async def _page(
    datasette: Datasette,
    request: Request,
    template: str,
    context: Mapping[str, object],
    status: int = 200,
) -> Response:
    context = {**context, "asset": lambda name: _asset(datasette, name)}
    html = await datasette.render_template([template], context, request=request)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return Response(html, status, headers, "text/html; charset=utf-8")


def _asset(datasette: Datasette, name: str) -> str:
    return f"{datasette.urls.static_plugins(DISTRIBUTION, name)}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    content = files("datasette_sqlclap").joinpath("static", name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]
