"""What the page tells about samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.answers import RefusedError, json_answer
from datasette_sqlclap.asking import (
    LARGEST_ID,
    body_of,
    check_keys,
    refuse_other_sites,
    sample_ids,
    whole_number,
)
from datasette_sqlclap.sound_files import is_there
from datasette_sqlclap.views import Asked, reads, takes

LARGEST_LIST = 4 << 20
_ROWS = ("sample_id", "path", "duration_s", "format", "status")
_TOLD = (
    "sample_id", "path", "bytes", "duration_s", "sample_rate", "channels", "format", "peak_db",
    "rms_db", "spectral_centroid_hz", "flatness", "attack_s", "pitch_hz", "pitch_confidence",
    "heard_share", "status", "note",
)  # fmt: skip

if TYPE_CHECKING:
    from sqlclap.session import Session


@reads
async def sample(asked: Asked) -> Any:
    """Answer with a sample's measures, tags and anchors, and whether its file is there."""
    sample_id = whole_number(asked.request.url_vars["sample"], "a sample id", 1, LARGEST_ID)
    return json_answer(
        {"ok": True} | await asked.library.read(lambda session: _sample(session, sample_id))
    )


@takes
async def samples(asked: Asked) -> Any:
    """Answer a POST of ``sample_ids`` with their paths and lengths, in that order."""
    refuse_other_sites(asked.request)
    try:
        body = json.loads(await body_of(asked.request, asked.receive, LARGEST_LIST))
        ids = sample_ids(body["sample_ids"], 200_000)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RefusedError(400, 'expected {"sample_ids": [...]}') from error
    check_keys(body, ("sample_ids",))
    rows = await asked.library.read(lambda session: _rows(session, ids))
    return json_answer({"ok": True, "samples": rows})


def _sample(session: Session, sample_id: int) -> dict[str, Any]:
    from sqlclap.library import sample_by_id, statement

    found = sample_by_id(session.database, sample_id)
    tags = session.database.execute(statement("page_sample_tags"), (sample_id,)).fetchall()
    anchors = session.database.execute(statement("page_sample_anchors"), (sample_id,)).fetchall()
    return {name: getattr(found, name) for name in _TOLD} | {
        "playable": is_there(found),
        "tags": [dict(zip(("label", "score", "confidence"), row, strict=True)) for row in tags],
        "anchor_of": [
            dict(zip(("label", "polarity", "weight"), row, strict=True)) for row in anchors
        ],
    }


def _rows(session: Session, ids: list[int]) -> list[dict[str, Any]]:
    from sqlclap.library import statement

    rows = session.database.execute(statement("page_sample_rows"), (json.dumps(ids),)).fetchall()
    return [dict(zip(_ROWS, row, strict=True)) for row in rows]
