"""The search API: by text, by sample, and by an uploaded sound."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.decoding import DECODING, Job, Slots
from datasette_sqlclap.field_values import field_value
from datasette_sqlclap.points import measured_ranges
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LONGEST_QUERY,
    LibraryRequest,
    asks,
    body_of,
    number,
    reads,
    refuse_other_sites,
    takes,
    whole_number,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer, told
from sqlclap.search.fields import fields_of, names_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from datasette.utils.asgi import Response

    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches, Plan
    from sqlclap.session import QueryModel, Session

ARGUMENTS = ("n", *names_of("http"), "model", "measured")
LARGEST_UPLOAD = 25 << 20
LONGEST_UPLOAD_S = 10 * 60.0
LARGEST_UPLOAD_VALUES = 120_000_000
UPLOADS = Slots(8)
MOST_RESULTS = 1_000


@reads
@asks("q", *ARGUMENTS)
async def search(library_request: LibraryRequest) -> Response:
    """Answer ``?q=words``."""
    from sqlclap.finding.searches import search_text

    text = library_request.argument("q").strip()
    if not text or len(text) > LONGEST_QUERY:
        raise RefusedError(400, f"expected ?q=, 1 to {LONGEST_QUERY} characters; got {len(text)}")
    request = await request_of(library_request)
    matches = await library_request.library.read(
        library_request.by_model(lambda session: search_text(session, text, request))
    )
    return json_answer({"ok": True, "query": text} | matches_json(matches))


@reads
@asks("sample", "start_s", "end_s", *ARGUMENTS)
async def similar(library_request: LibraryRequest) -> Response:
    """Answer ``?sample=id``: what sounds most like it, or its span of ``start_s`` to ``end_s``."""
    from sqlclap.db.samples import sample_by_id
    from sqlclap.db.spans import optional_span
    from sqlclap.finding.searches import search_sample

    sample_id = whole_number(
        library_request.argument("sample"), "?sample=, a sample id", 1, LARGEST_ID
    )
    ends = (number(library_request.argument(name), name) for name in ("start_s", "end_s"))
    span = optional_span(*ends)
    if span is not None and span.length_s > LONGEST_UPLOAD_S:
        raise RefusedError(400, f"expected a span of at most {LONGEST_UPLOAD_S:g} s, got {span}")
    request = await request_of(library_request)

    def search_near(session: Session) -> Matches:
        return search_sample(session, sample_by_id(session.database, sample_id), request, span)

    work = library_request.by_model(search_near)
    with UPLOADS.taken() if span is not None else nullcontext():  # its file may have to be read
        matches = await library_request.library.read(work)
    return json_answer({"ok": True, "sample_id": sample_id} | matches_json(matches))


@takes
@asks(*ARGUMENTS)
async def similar_to_upload(library_request: LibraryRequest) -> Response:
    """Answer a POST whose body is encoded audio: what sounds most like it. Nothing is stored."""
    from sqlclap.search.query import search_embedded

    request = await request_of(library_request)
    model, vector, notes = await heard_upload(library_request)
    matches = await library_request.library.read(
        lambda session: search_embedded(session, model.stored, vector, request)
    )
    return json_answer({"ok": True, "notes": notes} | matches_json(matches))


async def heard_upload(
    library_request: LibraryRequest,
) -> tuple[QueryModel, npt.NDArray[np.float32], tuple[str, ...]]:
    """Return the vector of the sound that a request's body is, its model, and remarks on it.

    Raises
    ------
    RefusedError
    SqlclapError
        It can't be read, or is silent or too long.
    """
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.search.query import hear_sound

    refuse_other_sites(library_request.request)
    budget = DecodingBudget(LONGEST_UPLOAD_S, "in an upload", LARGEST_UPLOAD_VALUES)
    with UPLOADS.taken():
        sound = await body_of(library_request.request, library_request.receive, LARGEST_UPLOAD)
        if not sound:
            raise RefusedError(400, "expected a sound's bytes as the body, got none")
        model = await library_request.library.read(
            library_request.by_model(lambda session: session.query_model)
        )

        def work(job: Job) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
            budget.check(sound)
            job.check()
            return hear_sound(model.encoder, sound)

        return model, *await DECODING.run(library_request.receive, object(), work)


async def request_of(library_request: LibraryRequest) -> Request:
    """Return what the query string asks for.

    That is ``n``, the search fields that HTTP takes, and ``measured``, ranges of descriptors.
    """
    from sqlclap.search.request import SearchOptions

    given = {one.name: field_value(library_request, one) for one in fields_of("http")}
    count = whole_number(library_request.argument("n", "50"), "n", 1, MOST_RESULTS)
    return SearchOptions(**given, **await measured_ranges(library_request)).request(count)


def matches_json(matches: Matches) -> dict[str, Any]:
    """Return matches as the API gives them; where files lie on disk is not told."""
    answer = {
        "model": matches.model,
        "matches": all_told(matches),
        "understood": [told(one) for one in matches.understood],
        "doubt": matches.doubt,
        # The former names stay beside the fields' own: serious here, ms of a plan.
        "doubts": [told(doubt) | {"serious": doubt.is_serious} for doubt in matches.doubts],
        "plan": plan_json(matches.plan),
    }
    return answer | ({"note": matches.plan.note} if matches.plan.note else {})


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return how matches were found as the API tells it."""
    return told(plan) | {"ms": round(plan.seconds * 1000, 2)}
