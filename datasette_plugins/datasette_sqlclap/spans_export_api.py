"""Stretches of sounds given out by the page: playlists, tables, and files for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_sqlclap.archive_answers import refuse_larger, send_archive
from datasette_sqlclap.audio_api import follows_links
from datasette_sqlclap.auth import sees_paths
from datasette_sqlclap.places import places_of
from datasette_sqlclap.requests import LARGEST_ID, LibraryRequest, number, text_of, whole_number
from datasette_sqlclap.responses import RefusedError, file_headers
from datasette_sqlclap.sets.rooms import rooms_of

if TYPE_CHECKING:
    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.exchange.span_lists import ListedSpan
    from sqlclap.session import Session

MOST_SPANS = 10_000
PLAYLIST = "m3u8"
CLIPS = "clips"
FORMATS = (PLAYLIST, "csv", "raven", "kaleidoscope", "birdnet", CLIPS)
_KEYS = frozenset({"sample_id", "start_s", "end_s", "score"})


async def export_spans(library_request: LibraryRequest, body: JsonObject) -> Response | None:
    """Answer ``format``, ``spans`` and ``label``, what they are called, with a file.

    Clips are an archive of WAV files, which is sent while it is made.

    Raises
    ------
    RefusedError
    SpanError, UnknownSoundError
    """
    from sqlclap.exchange.formats import find_format
    from sqlclap.exchange.span_lists import span_annotations, span_playlist

    chosen = text_of(body, "format")
    if chosen not in FORMATS:
        raise RefusedError(
            400, f"expected a format of {', '.join(FORMATS)} for spans; got {chosen[:20]!r}"
        )
    if "sample_ids" in body:
        raise RefusedError(400, "expected sample_ids or spans, got both")
    label = text_of(body, "label") if "label" in body else ""
    given = _given(body)
    spans = await library_request.library.read(lambda session: _listed(session, given))
    if chosen == CLIPS:
        await _send_clips(library_request, spans, label)
        return None
    if chosen == PLAYLIST:
        places = await places_of(library_request, [one.sample for one in spans])
        text, suffix, mime = span_playlist(spans, places), ".m3u8", "audio/x-mpegurl"
    else:
        request, name = library_request.request, library_request.library.database.name
        local = await sees_paths(library_request.datasette, request, name)
        text = span_annotations(spans, chosen, label, local)
        suffix, mime = find_format(chosen).suffix, find_format(chosen).mime
    text = text.encode("utf-8", "backslashreplace").decode()
    return Response(text, 200, file_headers(f"moments{suffix}"), f"{mime}; charset=utf-8")


async def _send_clips(
    library_request: LibraryRequest, spans: Sequence[ListedSpan], label: str
) -> None:
    from datasette_sqlclap.clip_stream import LARGEST_CLIPS, MOST_CLIPS, clip_stream, size_of_clips

    if len(spans) > MOST_CLIPS:
        raise RefusedError(400, f"expected at most {MOST_CLIPS:,} clips, got {len(spans):,}")
    refuse_larger(size_of_clips(spans), LARGEST_CLIPS)
    parts = clip_stream(spans, label, await follows_links(library_request))
    await send_archive(library_request, parts, "clips.zip")


def _given(body: JsonObject) -> list[JsonObject]:
    spans = body["spans"]
    if not isinstance(spans, list) or not 1 <= len(spans) <= MOST_SPANS:
        raise RefusedError(400, f"expected spans, a list of 1 to {MOST_SPANS:,}")
    for one in spans:
        if not isinstance(one, dict) or not one.keys() <= _KEYS:
            raise RefusedError(400, f"expected spans of {', '.join(sorted(_KEYS))}")
    return spans


def _listed(session: Session, given: Sequence[JsonObject]) -> list[ListedSpan]:
    from sqlclap.db.spans import optional_span
    from sqlclap.exchange.span_lists import ListedSpan

    ids = [whole_number(one.get("sample_id"), "a sample id", 1, LARGEST_ID) for one in given]
    samples = {one.sample_id: one for one in rooms_of(session).sounds([*dict.fromkeys(ids)])}
    listed = []
    for sample_id, one in zip(ids, given, strict=True):
        span = optional_span(*(number(one.get(name), name) for name in ("start_s", "end_s")))
        if span is None:
            raise RefusedError(400, "expected start_s and end_s of each span")
        listed.append(ListedSpan(samples[sample_id], span, number(one.get("score"), "score")))
    return listed
