"""The API of labels: examples, votes, reviews, tag runs, histograms of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.field_values import flag_argument, values_of
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LibraryRequest,
    asks,
    flag,
    keys,
    number,
    reads,
    reads_and_writes,
    sounds_of,
    text_of,
    whole_number,
    writes,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer, told
from datasette_sqlclap.review_api import as_stratum
from datasette_sqlclap.search_api import plan_json
from datasette_sqlclap.sets.rooms import missing_of, rooms_of
from sqlclap.labels.match_fields import MATCH_FIELDS, split_filter
from sqlclap.labels.store import SETTINGS
from sqlclap.search.fields import EVENT_FIELDS, fields_of

SPAN = ("start_s", "end_s")
"""Of a body that speaks of a span of its sounds (in seconds), and not of all of them."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.labels.labels import Labels
    from sqlclap.session import Session


def label_of(library_request: LibraryRequest) -> str:
    """Return the label that is asked about.

    Raises
    ------
    RefusedError
        None is named.
    """
    return library_request.required("label", "the name of a label")


async def _listed(
    library_request: LibraryRequest, noun: str, listed: Callable[[Labels], Iterable[Any]]
) -> Response:
    """Answer with a list of what there is, and the shards of a set that are missing from it."""

    def tell(session: Session) -> dict[str, Any]:
        found = listed(rooms_of(session).labels())
        return {"ok": True, noun: all_told(found)} | missing_of(found)

    return json_answer(await library_request.library.read(tell))


async def list_labels(library_request: LibraryRequest) -> Response:
    """Answer with all labels, their counts, and what scores them."""
    return await _listed(library_request, "labels", lambda labels: labels.overview())


@keys("name", *SETTINGS)
async def add_label(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Make a label: ``name``, and settings such as ``color``."""
    name, settings = text_of(body, "name"), _settings(body)
    label = await library_request.library.write(
        lambda session: rooms_of(session).labels().add(name, **settings)
    )
    return json_answer({"ok": True, "label": told(label)}, 201)


labels = reads_and_writes(list_labels, add_label)


@writes
@keys("label", *SETTINGS)
async def change_label(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Change a label's settings; null goes back to what is calibrated, or the default."""
    name, settings = text_of(body, "label"), _settings(body)
    label = await library_request.library.write(
        lambda session: rooms_of(session).labels().change(name, **settings)
    )
    return json_answer({"ok": True, "label": told(label)})


@writes
@keys("label")
async def remove_label(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Remove a label with all that hangs on it."""
    name = text_of(body, "label")
    await library_request.library.write(lambda session: rooms_of(session).labels().remove(name))
    return json_answer({"ok": True})


@asks("label")
async def list_anchors(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` with its anchors."""
    name = label_of(library_request)
    return await _listed(library_request, "anchors", lambda labels: labels.anchors(name))


@keys("label", "sample_ids", *SPAN, "polarity", "weight", "create")
async def add_anchors(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Make ``sample_ids``, or a span of each, anchors of ``label``; ``create`` makes that."""
    from sqlclap.labels.anchors import as_polarity

    name, sounds = text_of(body, "label"), sounds_of(body)
    polarity = as_polarity(str(body.get("polarity", "positive"))[:20])
    weight = number(body.get("weight"), "weight")
    weight = 1.0 if weight is None else weight
    create = flag(body, "create")

    def work(session: Session) -> int:
        held = rooms_of(session).labels()
        add = held.ensure if create else held.add_anchors
        return add(name, sounds, polarity, weight)

    return json_answer({"ok": True, "changed": await library_request.library.write(work)})


anchors = reads_and_writes(list_anchors, add_anchors)


@writes
@keys("label", "sample_ids", *SPAN)
async def remove_anchors(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Take ``sample_ids``, or a span of each, out of the anchors of ``label``."""
    name, sounds = text_of(body, "label"), sounds_of(body)
    removed = await library_request.library.write(
        lambda session: rooms_of(session).labels().remove_anchors(name, sounds)
    )
    return json_answer({"ok": True, "removed": removed})


@reads
@asks("label", "n", "model", *(one.name for one in fields_of("http", MATCH_FIELDS)))
async def matches(library_request: LibraryRequest) -> Response:
    """Answer ``?label=&n=&model=&confidence=`` with what the label finds; ``&moments=1``: where."""
    name, taken = label_of(library_request), fields_of("http", MATCH_FIELDS)
    n = whole_number(library_request.argument("n", "50"), "n", 1, 1_000)
    given = split_filter(values_of(library_request, taken))

    def work(session: Session) -> dict[str, Any]:
        found = rooms_of(session).labels().matches(name, n, **given)
        told = {"model": found.model, "matches": all_told(found), "plan": plan_json(found.plan)}
        return told | missing_of(found)

    answer = await library_request.library.read(library_request.by_model(work))
    return json_answer({"ok": True, "label": name} | answer)


@reads
@asks("label")
async def rivals(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` with the label's rivals, and possible ones."""
    name = label_of(library_request)
    report = await library_request.library.read(
        lambda session: told(rooms_of(session).labels().rivals(name))
    )
    return json_answer({"ok": True} | report)


@asks("label")
async def list_votes(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` with its votes, oldest first."""
    name = label_of(library_request)
    return await _listed(library_request, "votes", lambda labels: labels.votes(name))


@keys("label", "sample_ids", *SPAN, "verdict", "review_id", "stratum")
async def cast_votes(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Vote ``verdict`` on ``sample_ids``, or a span of each, for ``label``."""
    from sqlclap.labels.votes import CastVote, as_verdict

    name, sounds = text_of(body, "label"), sounds_of(body)
    review_id, stratum = body.get("review_id"), as_stratum(body.get("stratum"))
    if review_id is not None:
        review_id = whole_number(review_id, "review_id", 1, LARGEST_ID)
    source = "review" if review_id is not None else "page"
    vote = CastVote(as_verdict(str(body.get("verdict") or "")[:20]), source, review_id, stratum)
    cast = await library_request.library.write(
        lambda session: [*rooms_of(session).labels().vote(name, sounds, vote)]
    )
    return json_answer({"ok": True, "vote_ids": cast}, 201)


votes = reads_and_writes(list_votes, cast_votes)


@writes
@keys("vote_id")
async def undo_vote(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Withdraw a vote by its id; the one before it on the same pair is in force again."""
    vote_id = whole_number(body.get("vote_id"), "vote_id", 1, LARGEST_ID)
    await library_request.library.write(
        lambda session: rooms_of(session).labels().withdraw(vote_id)
    )
    return json_answer({"ok": True})


def _settings(body: JsonObject) -> dict[str, Any]:
    given = {name: body[name] for name in SETTINGS if name in body}
    for name, value in given.items():
        if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > 2_000):
            raise RefusedError(400, f"expected a plain value for {name}")
    return given


@reads
@asks("label", "threshold", "confidence", "moments")
async def precision(library_request: LibraryRequest) -> Response:
    """Answer ``?label=&threshold=`` with the precision above a threshold, and its bounds.

    With ``moments=1``, of moments, from votes on spans.
    """
    from sqlclap.labels.match_request import check_confidence

    name, threshold = (
        label_of(library_request),
        number(library_request.argument("threshold"), "threshold"),
    )
    confidence = check_confidence(library_request.argument("confidence", "high"))
    moments = flag_argument(library_request, "moments")
    measured = await library_request.library.read(
        lambda session: rooms_of(session).labels().precision(name, confidence, threshold, moments)
    )
    return json_answer({"ok": True} | told(measured))


@reads
@asks("label", "by", "level", "moments")
async def density(library_request: LibraryRequest) -> Response:
    """Answer ``?label=&by=&level=&moments=`` with the share of sounds that hold a label."""
    from sqlclap.labels.density import LEVEL, as_groups

    name, groups = label_of(library_request), as_groups(library_request.argument("by", ""))
    level = number(library_request.argument("level"), "level")
    level = LEVEL if level is None else level
    moments = flag_argument(library_request, "moments")
    found = await library_request.library.read(
        lambda session: all_told(
            rooms_of(session).labels().density(name, groups, level, moments=moments)
        )
    )
    return json_answer({"ok": True, "label": name, "densities": found})


@writes
@keys("label", "target", "apply")
async def calibrate(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Fit ``label`` to its votes for a precision of ``target``; ``apply`` puts it in force."""
    from sqlclap.labels.calibration import CalibrationRequest

    name, target = text_of(body, "label"), number(body.get("target"), "target")
    apply = flag(body, "apply")
    request = CalibrationRequest(0.9 if target is None else target)

    def work(session: Session) -> dict[str, Any]:
        calibrations = rooms_of(session).calibrations()
        calibration = calibrations.fit(name, request)
        applied = None
        if apply and calibration.point is not None:
            applied = calibrations.apply(calibration)
        return told(calibration) | {"calibration_id": applied}

    return json_answer({"ok": True} | await library_request.library.write(work))


@writes
@keys("label", "force")
async def revert(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Put back what ``label``'s calibration replaced; ``force`` overwrites later settings."""
    name, force = text_of(body, "label"), flag(body, "force")
    back = await library_request.library.write(
        lambda session: rooms_of(session).calibrations().revert(name, force)
    )
    return json_answer({"ok": True, "calibration_id": back})


CONFLICTS_SHOWN = 200
MOST_PREVIEWED = 1_000


@asks("label")
async def list_tags(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` (or all) with tags in force, and with all runs."""
    name = library_request.argument("label") or None

    def work(session: Session) -> dict[str, Any]:
        found, runs = rooms_of(session).labels().tags(name), rooms_of(session).labels().runs()
        return {"tags": all_told(found[:10_000]), "runs": all_told(runs)} | missing_of(found)

    return json_answer({"ok": True} | await library_request.library.read(work))


_TAG_KEYS = (
    "labels",
    "confidence",
    "dry_run",
    "skip_conflicts",
    "target",
    "force",
    "moments",
    "preview",
)
_EVENT_KEYS = tuple(one.name for one in EVENT_FIELDS)


@keys(*_TAG_KEYS, *_EVENT_KEYS)
async def run_tags(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Tag what ``labels`` (none: all) match with at least ``confidence``; ``dry_run`` only tells.

    What votes show to miss ``target`` is refused, unless with ``force``. With ``moments``, events
    are tagged. A dry run lists ``preview`` of what it would tag, lowest margin first.
    """
    from sqlclap.labels.match_request import check_confidence
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
        moments=flag(body, "moments"),
        preview=whole_number(body.get("preview", 0), "preview", 0, MOST_PREVIEWED),
        **{name: number(body.get(name), name) for name in _EVENT_KEYS},
    )
    runs = await library_request.library.write(
        lambda session: rooms_of(session).labels().tag(request)
    )
    shown = [one | {"conflicts": one["conflicts"][:CONFLICTS_SHOWN]} for one in map(told, runs)]
    answer = {"ok": True, "dry_run": request.dry_run, "runs": shown} | missing_of(runs)
    return json_answer(answer, 200 if request.dry_run else 201)


tags = reads_and_writes(list_tags, run_tags)


@writes
@keys("label", "sample_ids", *SPAN, "create")
async def tag_by_hand(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Tag ``sample_ids``, or a span of each, with ``label``; ``create`` makes that."""
    name, sounds = text_of(body, "label"), sounds_of(body)
    create = flag(body, "create")
    run = await library_request.library.write(
        lambda session: rooms_of(session).labels().tag_by_hand(name, sounds, create)
    )
    return json_answer({"ok": True} | told(run), 201)


@writes
@keys("run_id")
async def undo_run(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Undo a tag run by its id."""
    run_id = whole_number(body.get("run_id"), "run_id", 1, LARGEST_ID)
    removed = await library_request.library.write(
        lambda session: rooms_of(session).labels().untag(run_id)
    )
    return json_answer({"ok": True, "removed": removed})


@reads
@asks("label")
async def histogram(library_request: LibraryRequest) -> Response:
    """Answer ``?label=`` with histograms of the scores of all samples and of votes in force."""
    name = label_of(library_request)
    found = await library_request.library.read(
        lambda session: rooms_of(session).labels().histogram(name)
    )
    return json_answer({"ok": True} | told(found))
