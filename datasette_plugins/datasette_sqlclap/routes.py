"""Which address leads where. ``{database}`` is the name of a database that Datasette serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datasette_sqlclap import (
    calibrating,
    entering,
    labelling,
    pages,
    points,
    samples,
    searching,
    tagging,
)
from datasette_sqlclap.audio import audio
from datasette_sqlclap.peaks import peaks

_ROOT = r"^/-/sqlclap"
_LIBRARY = _ROOT + r"/(?P<database>[^/]+)"
_SAMPLE = _LIBRARY + r"/sample/(?P<sample>[^/]+)"

ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (_ROOT + r"/?$", pages.front_page),
    (_ROOT + r"/-/enter$", entering.enter),
    (_LIBRARY + r"/map$", pages.map_page),
    (_LIBRARY + r"/labels$", pages.labels_page),
    (_LIBRARY + r"/api/points$", points.points),
    (_LIBRARY + r"/api/points/(?P<column>[^/]+)$", points.column),
    (_LIBRARY + r"/api/search$", searching.search),
    (_LIBRARY + r"/api/similar$", searching.similar),
    (_LIBRARY + r"/api/similar-to$", searching.similar_to_upload),
    (_LIBRARY + r"/api/samples$", samples.samples),
    (_LIBRARY + r"/api/labels$", labelling.labels),
    (_LIBRARY + r"/api/labels/change$", labelling.change_label),
    (_LIBRARY + r"/api/labels/remove$", labelling.remove_label),
    (_LIBRARY + r"/api/anchors$", labelling.anchors),
    (_LIBRARY + r"/api/anchors/remove$", labelling.remove_anchors),
    (_LIBRARY + r"/api/matches$", labelling.matches),
    (_LIBRARY + r"/api/rivals$", labelling.rivals),
    (_LIBRARY + r"/api/votes$", labelling.votes),
    (_LIBRARY + r"/api/votes/undo$", labelling.undo_vote),
    (_LIBRARY + r"/api/review$", tagging.review),
    (_LIBRARY + r"/api/histogram$", tagging.histogram),
    (_LIBRARY + r"/api/precision$", calibrating.precision),
    (_LIBRARY + r"/api/calibrate$", calibrating.calibrate),
    (_LIBRARY + r"/api/calibrate/revert$", calibrating.revert),
    (_LIBRARY + r"/api/tags$", tagging.tags),
    (_LIBRARY + r"/api/tags/by-hand$", tagging.tag_by_hand),
    (_LIBRARY + r"/api/tags/undo$", tagging.undo_run),
    (_SAMPLE + r"$", samples.sample),
    (_SAMPLE + r"/audio$", audio),
    (_SAMPLE + r"/peaks$", peaks),
    (_ROOT + r"/.*$", pages.nowhere),
)
