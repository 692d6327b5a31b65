"""The table of match fields: what narrows the sounds that a label finds, on every surface.

`MatchRequest` (Python), the options of `sqlclap matches` and of SQL's `clap_matches`, HTTP's
arguments and the docs are made from here, or held to it by a test. Searches' filters narrow a
label's matches, too; see `sqlclap.search.fields`.
"""

from __future__ import annotations

from typing import Any

from sqlclap.labels.scoring import CONFIDENCES
from sqlclap.search.fields import EVENT_FIELDS, FILTERS
from sqlclap.search.search_field import SearchField

OWN_FIELDS = (
    SearchField(
        name="confidence",
        kind="choice",
        help="Lowest confidence to show [default: low; of events, medium].",
        about=(
            f"lowest confidence to return: {', '.join(CONFIDENCES)}; by default low, and medium "
            "for events"
        ),
        choices=CONFIDENCES,
    ),
    SearchField(
        name="with_anchors",
        kind="flag",
        help="Show the label's anchors too.",
        about="true: also the label's own anchors",
        default=False,
        cli_name="anchors",
        not_on={"http": "`GET api/anchors` tells them"},
    ),
    SearchField(
        name="moments",
        kind="flag",
        help="Find where in the sounds it is: events.",
        about=(
            "true: events, stretches of sounds with where they begin, end and peak, instead of "
            "sounds"
        ),
        default=False,
    ),
    SearchField(
        name="windows",
        kind="flag",
        help="With --moments: each window by itself.",
        about="true, with `moments`: each window by itself, not merged into events",
        default=False,
    ),
    *EVENT_FIELDS,
    SearchField(
        name="exact",
        kind="flag",
        help="Score every sound, index or not.",
        about="true: score every sample, whether there is an index or not",
        default=False,
        not_on={"http": "who may look at a page must not choose how much work an answer costs"},
    ),
)
MATCH_FILTERS = tuple(one for one in FILTERS if one.name != "label")
"""The filters of `MatchRequest.only`; the label is the one that is asked about."""
MATCH_FIELDS = (*OWN_FIELDS, *MATCH_FILTERS)


def split_filter(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given for match fields as a `MatchRequest` takes it: filters in one."""
    from sqlclap.search.request import Filter

    only = {one.name: given.pop(one.name) for one in MATCH_FILTERS if one.name in given}
    return given | {"only": Filter(**only)}
