"""What lies where in one sound: a label's matches, what words find, tags, examples and votes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import (
    LONGEST_QUERY,
    LibraryRequest,
    asks,
    reads,
    sample_id_of,
    whole_number,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer
from datasette_sqlclap.sets.rooms import rooms_of
from datasette_sqlclap.sets.sound_told import only_sound, sound_told

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.labels.match_request import MatchOptions
    from sqlclap.search.request import Filter
    from sqlclap.session import Session

MOST_EVENTS = 1_000


@reads
@asks("label", "confidence", "q", "n", "model")
async def sample_events(library_request: LibraryRequest) -> Response:
    """Answer with the spans of a sample that are spoken of.

    With ``?label=`` also the events that it finds there, with ``?q=`` those of a search by words.
    """
    sample_id = sample_id_of(library_request)
    label, words = library_request.argument("label"), library_request.argument("q").strip()
    confidence = library_request.argument("confidence")
    if len(words) > LONGEST_QUERY:
        raise RefusedError(400, f"expected at most {LONGEST_QUERY} characters, got {len(words)}")
    n = whole_number(library_request.argument("n", "200"), "n", 1, MOST_EVENTS)

    def work(session: Session) -> dict[str, Any]:
        told_of_it = sound_told(session, sample_id)  # that there is one
        here = only_sound(session, told_of_it.sample)
        matches = _matches(session, (label, confidence), n, here) if label else []
        found = _found(session, words, n, here) if words else []
        return {
            "matches": [one for one in matches if one["sample_id"] == sample_id],
            "found": [one for one in found if one["sample_id"] == sample_id],
            "tags": all_told(told_of_it.tags),
            "anchor_of": all_told(told_of_it.anchors),
            "votes": all_told(told_of_it.votes),
        }

    answer = await library_request.library.read(library_request.by_model(work))
    return json_answer({"ok": True, "sample_id": sample_id} | answer)


def _matches(
    session: Session, asked: tuple[str, str], n: int, here: Filter
) -> list[dict[str, Any]]:
    """Return what a label finds; `asked` are its name and the lowest confidence."""
    from sqlclap.labels.match_request import check_confidence

    label, confidence = asked
    options: MatchOptions = {"moments": True, "with_anchors": True, "only": here}
    if confidence:
        options["confidence"] = check_confidence(confidence)
    return all_told(rooms_of(session).labels().matches(label, n, **options))


def _found(session: Session, words: str, n: int, here: Filter) -> list[dict[str, Any]]:
    from sqlclap.search.events import EventRule
    from sqlclap.search.request import Request

    request = Request(limit=n, only=here, moments=True, events=EventRule())
    return all_told(rooms_of(session).search_text(words, request))
