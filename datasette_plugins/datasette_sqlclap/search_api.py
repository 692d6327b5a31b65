"""Search by words, by sample, by a sound that is sent along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.decoding import DECODING, Job, Slots
from datasette_sqlclap.measures import measured_ranges
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
from datasette_sqlclap.responses import RefusedError, json_answer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.search.request import Request
    from sqlclap.search.results import Match, Matches

FILTERS = (
    "n", "offset", "min_score", "folder", "label", "tag", "min_length", "max_length", "measured",
)  # fmt: skip
LARGEST_UPLOAD = 25 << 20
LONGEST_UPLOAD_S = 10 * 60.0
LARGEST_UPLOAD_VALUES = 120_000_000
UPLOADS = Slots(8)
MOST_RESULTS = 1_000


@reads
@asks("q", *FILTERS)
async def search(asked: LibraryRequest) -> Any:
    """Answer ``?q=words``."""
    from sqlclap.search.query import search_words

    text = asked.argument("q").strip()
    if not text or len(text) > LONGEST_QUERY:
        raise RefusedError(400, f"expected ?q=, 1 to {LONGEST_QUERY} characters; got {len(text)}")
    request = await request_of(asked)
    found = await asked.library.read(lambda session: search_words(session, text, request))
    return json_answer({"ok": True, "query": text} | matches_json(found))


@reads
@asks("sample", *FILTERS)
async def similar(asked: LibraryRequest) -> Any:
    """Answer ``?sample=id``: what sounds most like it."""
    from sqlclap.db.samples import sample_by_id
    from sqlclap.search.query import search_sample

    sample_id = whole_number(asked.argument("sample"), "?sample=, a sample id", 1, LARGEST_ID)
    request = await request_of(asked)
    found = await asked.library.read(
        lambda session: search_sample(session, sample_by_id(session.database, sample_id), request)
    )
    return json_answer({"ok": True, "sample_id": sample_id} | matches_json(found))


@takes
@asks(*FILTERS)
async def similar_to_upload(asked: LibraryRequest) -> Any:
    """Answer a POST whose body is encoded audio: what sounds most like it. Nothing is stored."""
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.search.query import hear_sound, search_embedded

    refuse_other_sites(asked.request)
    request = await request_of(asked)
    budget = DecodingBudget(LONGEST_UPLOAD_S, "in an upload", LARGEST_UPLOAD_VALUES)
    with UPLOADS.taken():
        sound = await body_of(asked.request, asked.receive, LARGEST_UPLOAD)
        if not sound:
            raise RefusedError(400, "expected a sound's bytes as the body, got none")
        model = await asked.library.read(lambda session: session.query_model)

        def work(job: Job) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
            budget.check(sound)
            job.check()
            return hear_sound(model.encoder, sound)

        vector, notes = await DECODING.run(asked.receive, object(), work)
    found = await asked.library.read(
        lambda session: search_embedded(session, model.stored, vector, request)
    )
    return json_answer({"ok": True, "notes": notes} | matches_json(found))


async def request_of(asked: LibraryRequest) -> Request:
    """Return what the query string asks for: ``n``, ``offset``, and the filters.

    Filters are ``folder``, ``min_length`` and ``max_length`` (in seconds), ``label`` (``tag`` is
    its former name), ``min_score``, ``measured`` (ranges of descriptors).
    """
    from sqlclap.search.request import SearchOptions

    options = SearchOptions(
        offset=whole_number(asked.argument("offset", "0"), "offset", 0, MOST_RESULTS),
        min_score=number(asked.argument("min_score"), "min_score"),
        folder=asked.argument("folder") or None,
        min_length=number(asked.argument("min_length"), "min_length"),
        max_length=number(asked.argument("max_length"), "max_length"),
        label=_label_of(asked),
        **await measured_ranges(asked),
    )
    return options.request(whole_number(asked.argument("n", "50"), "n", 1, MOST_RESULTS))


def _label_of(asked: LibraryRequest) -> str | None:
    label, tag = asked.argument("label"), asked.argument("tag")
    if label and tag and label != tag:
        raise RefusedError(
            400, f"tag is a former name of label: expected one, got {label!r}, {tag!r}"
        )
    return label or tag or None


def matches_json(matches: Matches) -> dict[str, Any]:
    """Return matches as the API gives them; where files lie on disk is not told."""
    plan = matches.plan
    return {
        "matches": [match_json(match) for match in matches],
        "doubt": matches.doubt,
        "doubts": [
            {
                "code": doubt.code,
                "text": doubt.text,
                "words": doubt.words,
                "serious": doubt.is_serious,
            }
            for doubt in matches.doubts
        ],
        "plan": {"path": plan.path, "allowed": plan.allowed, "ms": round(plan.seconds * 1000, 2)},
    } | ({"note": plan.note} if plan.note else {})


def match_json(match: Match) -> dict[str, Any]:
    """Return a match as the API gives it."""
    return {
        "rank": match.rank,
        "sample_id": match.sample_id,
        "path": match.path,
        "score": round(match.score, 6),
        "weak": match.weak,
        "duration_s": match.duration_s,
        "status": match.status,
        "heard_share": match.heard_share,
        "hardly_heard": match.hardly_heard,
    }
