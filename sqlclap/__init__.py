"""sqlclap: search your sounds by sound, by words and by SQL.

>>> import sqlclap
>>> with sqlclap.open("sounds.db") as library:  # doctest: +SKIP
...     library.ingest(["~/Samples"])
...     library.search("deep kick", n=5)

Importing this package imports nothing heavy: numpy, ONNX Runtime and the rest are loaded by what
needs them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from sqlclap.errors import SqlclapError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from sqlclap.api import Library, open
    from sqlclap.db.samples import Sample
    from sqlclap.db.spans import Span
    from sqlclap.db.summary import Summary
    from sqlclap.finding.query import Query, Term
    from sqlclap.ingest.pipeline import IngestOptions
    from sqlclap.ingest.relocate import RelocateOptions, RelocateReport
    from sqlclap.ingest.report import IngestReport
    from sqlclap.labels.calibration import CalibrationRequest
    from sqlclap.labels.match_request import MatchRequest
    from sqlclap.labels.moments import LabelEvent
    from sqlclap.labels.tagging import TagRequest
    from sqlclap.labels.votes import CastVote
    from sqlclap.map.options import ClusterOptions, LayoutOptions
    from sqlclap.progress import ProgressListener
    from sqlclap.search.event_search import SoundEvent
    from sqlclap.search.moments import Moment
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.search.results import Match, Matches
    from sqlclap.sqlfunctions.adapters import register_functions

__version__ = "0.2.0"

__all__ = [
    "CalibrationRequest",
    "CastVote",
    "ClusterOptions",
    "Filter",
    "IngestOptions",
    "IngestReport",
    "LabelEvent",
    "LayoutOptions",
    "Library",
    "Match",
    "MatchRequest",
    "Matches",
    "Moment",
    "ProgressListener",
    "Query",
    "RelocateOptions",
    "RelocateReport",
    "Sample",
    "SearchOptions",
    "SoundEvent",
    "Span",
    "SqlclapError",
    "Summary",
    "TagRequest",
    "Term",
    "__version__",
    "open",
    "register_functions",
]

_HOMES = {
    "CalibrationRequest": "sqlclap.labels.calibration",
    "CastVote": "sqlclap.labels.votes",
    "ClusterOptions": "sqlclap.map.options",
    "Filter": "sqlclap.search.request",
    "IngestOptions": "sqlclap.ingest.pipeline",
    "IngestReport": "sqlclap.ingest.report",
    "LabelEvent": "sqlclap.labels.moments",
    "LayoutOptions": "sqlclap.map.options",
    "Library": "sqlclap.api",
    "Match": "sqlclap.search.results",
    "MatchRequest": "sqlclap.labels.match_request",
    "Matches": "sqlclap.search.results",
    "Moment": "sqlclap.search.moments",
    "ProgressListener": "sqlclap.progress",
    "Query": "sqlclap.finding.query",
    "RelocateOptions": "sqlclap.ingest.relocate",
    "RelocateReport": "sqlclap.ingest.relocate",
    "Sample": "sqlclap.db.samples",
    "SearchOptions": "sqlclap.search.request",
    "SoundEvent": "sqlclap.search.event_search",
    "Span": "sqlclap.db.spans",
    "Summary": "sqlclap.db.summary",
    "TagRequest": "sqlclap.labels.tagging",
    "Term": "sqlclap.finding.query",
    "open": "sqlclap.opening",
    "register_functions": "sqlclap.sqlfunctions.adapters",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sqlclap' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


class _MovedPackages:
    """Asks for the packages of 0.1.0 where there is no code of a name.

    It is asked before all other finders: of a former package an update may leave the folder (Python
    leaves ``__pycache__``, say), which others take for a namespace package, an empty one.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith("sqlclap.") or name.count(".") != 1:
            return None
        there = PathFinder.find_spec(name, path)
        if there is not None and there.origin is not None:
            return None  # it has a file: the others find it as well
        from sqlclap.deprecated import find_moved

        return find_moved(name)


sys.meta_path.insert(0, _MovedPackages)
