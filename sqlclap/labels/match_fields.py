"""The table of match fields: what narrows the sounds that a label finds, on every surface.

`MatchRequest` (Python), the options of `sqlclap matches` and of SQL's `clap_matches`, HTTP's
arguments and the docs are made from here, or held to it by a test; see `sqlclap.search.fields`.
"""

from __future__ import annotations

from sqlclap.labels.scoring import CONFIDENCES
from sqlclap.search.fields import EVENT_FIELDS, FILTERS, SearchField

_ASKED_FOR = "label"
"""The one filter that isn't taken: here, it is what is asked for."""

MATCH_FIELDS = (
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
    *(one for one in FILTERS if one.name != _ASKED_FOR),
    SearchField(
        name="exact",
        kind="flag",
        help="Score every sound, index or not.",
        about="true: score every sample, whether there is an index or not",
        default=False,
        not_on={"http": "who may look at a page must not choose how much work an answer costs"},
    ),
)
