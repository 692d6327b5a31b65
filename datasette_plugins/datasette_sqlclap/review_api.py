"""The review API: queues of sounds, or of moments, to ask a person about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import (
    LARGEST_ID,
    LibraryRequest,
    flag,
    keys,
    number,
    text_of,
    whole_number,
    writes,
)
from datasette_sqlclap.responses import RefusedError, json_answer, told
from datasette_sqlclap.sets.rooms import rooms_of
from sqlclap.labels.match_fields import MATCH_FILTERS
from sqlclap.search.fields import fields_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.labels.moment_review import MomentReviewRequest

_FILTERS = fields_of("http", MATCH_FILTERS)
_OF_MOMENTS = ("share", *(one.name for one in _FILTERS))


LONGEST_STRATUM = 300


@writes
@keys("label", "n", "seed", "moments", *_OF_MOMENTS)
async def review(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Draw ``n`` pairs of ``label`` to ask a person about; how they were drawn is stored.

    With ``moments``, moments of sounds are drawn: ``n`` of them, or a ``share`` of what reaches the
    threshold, of each site; filters narrow them.
    """
    name, n = text_of(body, "label"), whole_number(body.get("n", 40), "n", 1, 500)
    seed = body.get("seed")
    seed = None if seed is None else whole_number(seed, "seed", 0, LARGEST_ID)
    if flag(body, "moments"):
        request = _moments_of(body, name, n, seed)
        drawn = await library_request.library.write(
            lambda session: rooms_of(session).labels().review_moments(request)
        )
    else:
        strange = [one for one in _OF_MOMENTS if one in body]
        if strange:
            raise RefusedError(400, f"{', '.join(strange)}: of reviews of moments alone")
        drawn = await library_request.library.write(
            lambda session: rooms_of(session).labels().review(name, n, seed)
        )
    return json_answer({"ok": True} | told(drawn), 201)


def _moments_of(body: JsonObject, name: str, n: int, seed: int | None) -> MomentReviewRequest:
    from sqlclap.labels.moment_review import MomentReviewRequest
    from sqlclap.search.request import Filter

    given: dict[str, Any] = {
        one.name: number(body[one.name], one.name)
        if one.kind == "number"
        else text_of(body, one.name, 4_000)
        for one in _FILTERS
        if body.get(one.name) not in (None, "")
    }
    share = number(body.get("share"), "share")
    return MomentReviewRequest(name, n, seed, share, Filter(**given))


def as_stratum(value: object) -> str | None:
    """Return a vote's stratum, if it is one that reviews draw from; None stays.

    Raises
    ------
    RefusedError
    """
    from sqlclap.labels.review import AT_SITE, STRATA

    if value is None:
        return None
    text = value if isinstance(value, str) and len(value) <= LONGEST_STRATUM else ""
    if text not in STRATA and not text.startswith(AT_SITE):
        raise RefusedError(400, f"expected a stratum of {', '.join(STRATA)}, or a site's")
    return text
