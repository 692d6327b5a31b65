"""The API of reviews, tag runs, and histograms of a label's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.libraries import labels_of
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LibraryRequest,
    asks,
    flag,
    keys,
    number,
    reads,
    reads_and_writes,
    sample_ids,
    text_of,
    whole_number,
    writes,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer, told

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.requests import JsonObject
    from sqlclap.session import Session

CONFLICTS_SHOWN = 200


@writes
@keys("label", "n", "seed")
async def review(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Draw ``n`` pairs of ``label`` to ask a person about; how they were drawn is stored."""
    name, n = text_of(body, "label"), whole_number(body.get("n", 40), "n", 1, 500)
    seed = body.get("seed")
    seed = None if seed is None else whole_number(seed, "seed", 0, LARGEST_ID)
    drawn = await library_request.library.write(
        lambda session: labels_of(session).review(name, n, seed)
    )
    return json_answer({"ok": True} | told(drawn), 201)


@asks("label")
async def list_tags(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` (or all) with tags in force, and with all runs."""
    name = library_request.argument("label") or None

    def work(session: Session) -> dict[str, Any]:
        tags = all_told(labels_of(session).tags(name)[:10_000])
        return {"tags": tags, "runs": all_told(labels_of(session).runs())}

    return json_answer({"ok": True} | await library_request.library.read(work))


@keys("labels", "confidence", "dry_run", "skip_conflicts", "target", "force")
async def run_tags(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Tag what ``labels`` (none: all) match with at least ``confidence``; ``dry_run`` only tells.

    What votes show to miss ``target`` is refused, unless with ``force``.
    """
    from sqlclap.labels.matching import check_confidence
    from sqlclap.labels.tagging import TagRequest

    names = body.get("labels")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusedError(400, "expected labels, a list of names")
    request = TagRequest(
        labels=tuple(names),
        confidence=check_confidence(str(body.get("confidence", "high"))[:20]),
        dry_run=flag(body, "dry_run"),
        skip_conflicts=flag(body, "skip_conflicts"),
        target=number(body.get("target"), "target"),
        force=flag(body, "force"),
    )
    runs = await library_request.library.write(lambda session: [*labels_of(session).tag(request)])
    shown = [one | {"conflicts": one["conflicts"][:CONFLICTS_SHOWN]} for one in map(told, runs)]
    answer = {"ok": True, "dry_run": request.dry_run, "runs": shown}
    return json_answer(answer, 200 if request.dry_run else 201)


tags = reads_and_writes(list_tags, run_tags)


@writes
@keys("label", "sample_ids", "create")
async def tag_by_hand(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Tag ``sample_ids`` with ``label`` in a run of its own; ``create`` makes a missing label."""
    name, ids = text_of(body, "label"), sample_ids(body.get("sample_ids"))
    create = flag(body, "create")
    run = await library_request.library.write(
        lambda session: labels_of(session).tag_by_hand(name, ids, create)
    )
    return json_answer({"ok": True} | told(run), 201)


@writes
@keys("run_id")
async def undo_run(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Undo a tag run by its id."""
    run_id = whole_number(body.get("run_id"), "run_id", 1, LARGEST_ID)
    removed = await library_request.library.write(lambda session: labels_of(session).untag(run_id))
    return json_answer({"ok": True, "removed": removed})


@reads
@asks("label")
async def histogram(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` with histograms of the scores of all samples and of votes in force."""
    name = library_request.argument("label")
    found = await library_request.library.read(lambda session: labels_of(session).histogram(name))
    return json_answer({"ok": True} | told(found))
