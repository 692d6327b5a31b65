"""The search API: by text, by sample, and by an uploaded sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.decoding import DECODING, Job, Slots
from datasette_sqlclap.early_refusals import refuse_other_sites
from datasette_sqlclap.field_values import values_of
from datasette_sqlclap.points import measured_ranges
from datasette_sqlclap.request_bodies import body_of
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LONGEST_QUERY,
    LibraryRequest,
    asks,
    number,
    reads,
    takes,
    whole_number,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer, told
from datasette_sqlclap.sets.rooms import missing_of, rooms_of
from datasette_sqlclap.wording import without_commands, without_paths
from sqlclap.search.fields import fields_of, names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from datasette.utils.asgi import Response

    from sqlclap.db.samples import Sample
    from sqlclap.search.judgement import Doubt
    from sqlclap.search.request import Request, SearchOptions
    from sqlclap.search.results import Matches, Plan
    from sqlclap.session import QueryModel, Session

ARGUMENTS = ("n", *names_of("http"), "model", "measured")
LARGEST_UPLOAD = 25 << 20
LONGEST_UPLOAD_S = 10 * 60.0
LARGEST_UPLOAD_VALUES = 120_000_000
UPLOADS = Slots(8)
MOST_RESULTS = 1_000
MOST_PITCHES = 2
FURTHEST_PITCH = 12.0
"""In semitones; each pitch is heard anew, and an octave lower a sound is twice as long."""


@reads
@asks("q", *ARGUMENTS)
async def search(library_request: LibraryRequest) -> Response:
    """Answer ``?q=words``."""
    text = library_request.argument("q").strip()
    if not text or len(text) > LONGEST_QUERY:
        raise RefusedError(400, f"expected ?q=, 1 to {LONGEST_QUERY} characters; got {len(text)}")
    request = await request_of(library_request)
    matches = await library_request.library.read(
        library_request.by_model(lambda session: rooms_of(session).search_text(text, request))
    )
    return json_answer({"ok": True, "query": text} | matches_json(matches))


@reads
@asks("sample", "start_s", "end_s", *ARGUMENTS)
async def similar(library_request: LibraryRequest) -> Response:
    """Answer ``?sample=id``: what sounds most like it, or its span of ``start_s`` to ``end_s``."""
    from sqlclap.db.spans import optional_span

    sample_id = whole_number(
        library_request.argument("sample"), "?sample=, a sample id", 1, LARGEST_ID
    )
    ends = (number(library_request.argument(name), name) for name in ("start_s", "end_s"))
    span = optional_span(*ends)
    if span is not None and span.length_s > LONGEST_UPLOAD_S:
        raise RefusedError(400, f"expected a span of at most {LONGEST_UPLOAD_S:g} s, got {span}")
    request = _checked_pitches(await request_of(library_request))

    def search_near(session: Session) -> Matches:
        rooms = rooms_of(session)
        if request.transpose and span is None:
            _check_heard_anew(rooms.sound(sample_id))
        return rooms.search_sample(sample_id, request, span)

    work = library_request.by_model(search_near)
    is_read = span is not None or request.transpose  # its file may have to be read
    with UPLOADS.taken() if is_read else nullcontext():
        matches = await library_request.library.read(work)
    return json_answer({"ok": True, "sample_id": sample_id} | matches_json(matches))


@takes
@asks(*ARGUMENTS)
async def similar_to_upload(library_request: LibraryRequest) -> Response:
    """Answer a POST whose body is encoded audio: what sounds most like it. Nothing is stored."""
    request = _checked_pitches(await request_of(library_request))
    pitches = (0.0, *request.transpose)
    model, heard = await heard_upload(library_request, pitches=pitches)
    vectors = {at: vector for at, (vector, _) in zip(pitches, heard, strict=True)}
    matches = await library_request.library.read(
        lambda session: rooms_of(session).search_heard(model.stored, vectors, request)
    )
    return json_answer({"ok": True, "notes": notes_told(heard[0][1])} | matches_json(matches))


def _checked_pitches(request: Request) -> Request:
    """Return a request that doesn't ask for more pitches than strangers may have heard."""
    pitches = request.transpose
    if len(pitches) > MOST_PITCHES or any(abs(one) > FURTHEST_PITCH for one in pitches):
        got = ",".join(f"{one:g}" for one in pitches)
        raise RefusedError(
            400,
            f"expected transpose to name at most {MOST_PITCHES} other pitches, from "
            f"{-FURTHEST_PITCH:g} to {FURTHEST_PITCH:g} semitones away; got {got}",
        )
    return request


def _check_heard_anew(sample: Sample) -> None:
    if (sample.duration_s or 0.0) > LONGEST_UPLOAD_S:
        raise RefusedError(
            400,
            f"expected a sound of at most {LONGEST_UPLOAD_S:g} s to hear at another pitch, got "
            f"{sample.duration_s:g} s: ask with a part of it, start_s and end_s",
        )


Heard = tuple["npt.NDArray[np.float32]", tuple[str, ...]]
"""The vector of a sound that was sent, and remarks on reading it."""


async def heard_upload(
    library_request: LibraryRequest, ends: Sequence[int] = (), pitches: Sequence[float] = (0.0,)
) -> tuple[QueryModel, list[Heard]]:
    """Return the model and what it hears of the sounds that a request's body is.

    Parameters
    ----------
    library_request : LibraryRequest
    ends : sequence of int
        Where each sound ends in the body, ascending; by default, it is one sound.
    pitches : sequence of float, optional
        So many semitones from its own each sound is heard, one after the other.

    Raises
    ------
    RefusedError
    SqlclapError
        One can't be read, or is silent or too long.
    """
    refuse_other_sites(library_request.request)
    with UPLOADS.taken():
        body = await body_of(library_request.request, library_request.receive, LARGEST_UPLOAD)
        sounds = _sounds_in(body, ends or (len(body),))
        model = await library_request.library.read(
            library_request.by_model(lambda session: session.query_model)
        )

        def work(job: Job) -> list[Heard]:
            return [heard for sound in sounds for heard in _hear(model, sound, job, pitches)]

        return model, await DECODING.run(library_request.receive, object(), work)


def _sounds_in(body: bytes, ends: Sequence[int]) -> list[bytes]:
    if not body:
        raise RefusedError(400, "expected a sound's bytes as the body, got none")
    starts = (0, *ends[:-1])
    if ends[-1] != len(body) or any(a >= b for a, b in zip(starts, ends, strict=True)):
        raise RefusedError(400, f"expected sounds up to the body's end at {len(body)}, got {ends}")
    return [body[start:end] for start, end in zip(starts, ends, strict=True)]


def _hear(model: QueryModel, sound: bytes, job: Job, pitches: Sequence[float]) -> Iterator[Heard]:
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.search.query_audio import embed_with_notes

    DecodingBudget(LONGEST_UPLOAD_S, "in an upload", LARGEST_UPLOAD_VALUES).check(sound)
    for semitones in pitches:
        job.check()
        yield embed_with_notes(model.encoder, sound, semitones=semitones)


async def request_of(library_request: LibraryRequest) -> Request:
    """Return what the query string asks for: `count_of` it, and `options_of` it."""
    return (await options_of(library_request)).request(count_of(library_request))


async def options_of(library_request: LibraryRequest) -> SearchOptions:
    """Return the search fields that HTTP takes, and ``measured``, ranges of descriptors."""
    from sqlclap.search.request import SearchOptions

    given = values_of(library_request, fields_of("http"))
    return SearchOptions(**given, **await measured_ranges(library_request))


def count_of(library_request: LibraryRequest) -> int:
    """Return ``n``: how many matches are wanted."""
    return whole_number(library_request.argument("n", "50"), "n", 1, MOST_RESULTS)


def matches_json(matches: Matches) -> dict[str, Any]:
    """Return matches as the API gives them; where files lie on disk is not told."""
    answer = {
        "model": matches.model,
        "matches": all_told(matches),
        "understood": [told(one) for one in matches.understood],
        "doubt": matches.doubt and without_commands(matches.doubt),
        # The former names stay beside the fields' own: serious here, ms of a plan.
        "doubts": [_doubt_told(doubt) for doubt in matches.doubts],
        "plan": plan_json(matches.plan),
    }
    note = {"note": matches.plan.note} if matches.plan.note else {}
    return answer | note | missing_of(matches)


def _doubt_told(doubt: Doubt) -> dict[str, Any]:
    said = {"text": without_commands(doubt.text), "serious": doubt.is_serious}
    return told(doubt) | said


def notes_told(notes: Iterable[str]) -> list[str]:
    """Return remarks on what was asked in the words of a page."""
    told = (without_commands(without_paths(note)) for note in notes)
    return [note for note in told if note]


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return how matches were found as the API tells it."""
    said = {"reason": without_paths(plan.reason), "ms": round(plan.seconds * 1000, 2)}
    return told(plan) | said
