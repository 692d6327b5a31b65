"""Sounds given out by the page: paths, playlists, tables, and archives of the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_sqlclap.archive_answers import refuse_larger, send_archive
from datasette_sqlclap.audio_api import follows_links
from datasette_sqlclap.auth import check_sees_paths, sees_paths
from datasette_sqlclap.lists_api import list_body
from datasette_sqlclap.places import places_of
from datasette_sqlclap.requests import LibraryRequest, asks, sample_ids, takes, text_of
from datasette_sqlclap.responses import RefusedError, file_headers
from datasette_sqlclap.sets.rooms import rooms_of
from datasette_sqlclap.sound_files import lies_afar
from datasette_sqlclap.spans_export_api import export_spans
from datasette_sqlclap.zip_stream import zip_stream

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample

MOST_EXPORTED = 200_000
LARGEST_ZIP = 2 << 30
LONGEST_IDS = 16_000
"""Characters of ids in an address: what is dragged out of the page has nothing else."""
FORMATS = {"paths": "text/plain", "m3u8": "audio/x-mpegurl", "csv": "text/csv"}
ARCHIVE = "zip"


@asks("format", "sample_ids")
async def _export_by_address(library_request: LibraryRequest) -> Response | None:
    """Answer ``?format=&sample_ids=1,2,3`` with a file."""
    text = library_request.argument("sample_ids")
    if len(text) > LONGEST_IDS:
        raise RefusedError(400, f"expected at most {LONGEST_IDS:,} characters of ids: POST them")
    ids = sample_ids(text.split(",") if text else [])
    return await _export(library_request, library_request.argument("format"), ids)


async def _export_by_body(library_request: LibraryRequest) -> Response | None:
    """Answer a POST of ``format`` and ``sample_ids``, or ``spans`` of samples, with a file."""
    body = await list_body(library_request, ("format", "sample_ids", "spans", "label"))
    if "spans" in body:
        return await export_spans(library_request, body)
    if "label" in body:
        raise RefusedError(400, "a label is what spans are called: expected spans beside it")
    ids = sample_ids(body.get("sample_ids"), MOST_EXPORTED)
    return await _export(library_request, text_of(body, "format"), ids)


export = takes(_export_by_body, _export_by_address)


async def _export(
    library_request: LibraryRequest, chosen: str, ids: Sequence[int]
) -> Response | None:
    if chosen not in FORMATS and chosen != ARCHIVE:
        known = ", ".join((*FORMATS, ARCHIVE))
        raise RefusedError(400, f"expected a format of {known}; got {chosen[:20]!r}")
    samples = await library_request.library.read(lambda session: rooms_of(session).sounds(ids))
    if chosen == ARCHIVE:
        await _send_archive(library_request, samples)
        return None
    text = await _text(library_request, chosen, samples)
    body = text.encode("utf-8", "backslashreplace").decode()
    name = "sounds.txt" if chosen == "paths" else f"sounds.{chosen}"
    return Response(body, 200, file_headers(name), f"{FORMATS[chosen]}; charset=utf-8")


async def _text(library_request: LibraryRequest, chosen: str, samples: Sequence[Sample]) -> str:
    """Write a list. Where files lie is told only at this machine; others get addresses, or names.

    Raises
    ------
    RefusedError
        403: of paths, who may not see them. 409: of paths, there is none here.
    """
    from sqlclap.exchange.sound_lists import playlist, sound_table
    from sqlclap.records import path_text

    request, name = library_request.request, library_request.library.database.name
    if chosen == "paths":
        await check_sees_paths(library_request.datasette, request, name)
        afar = next((sample.path for sample in samples if lies_afar(sample)), None)
        if afar is not None:
            raise RefusedError(409, f"{afar} lies at a node: it has no path on this machine")
        return "".join(f"{path_text(sample.file)}\n" for sample in samples)
    if chosen == "csv":
        local = await sees_paths(library_request.datasette, request, name)
        return sound_table(samples, remote=not local)
    places = await places_of(library_request, samples)
    return playlist((sample, places[sample.sample_id]) for sample in samples)


async def _send_archive(library_request: LibraryRequest, samples: Sequence[Sample]) -> None:
    """Send the files as one archive while it is made; it is held nowhere.

    Raises
    ------
    RefusedError
        413: they are too large together.
    """
    refuse_larger(sum(sample.bytes for sample in samples), LARGEST_ZIP)
    parts = zip_stream(samples, await follows_links(library_request))
    await send_archive(library_request, parts, "sounds.zip")
