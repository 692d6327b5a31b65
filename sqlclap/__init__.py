"""sqlclap: search your sounds by sound, by words and by SQL.

>>> import sqlclap
>>> with sqlclap.open("sounds.db") as library:  # doctest: +SKIP
...     library.ingest(["~/Samples"])
...     library.search("deep kick", n=5)

Importing this package imports nothing heavy: numpy, ONNX Runtime and the rest are loaded by what
needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlclap.errors import SqlclapError

if TYPE_CHECKING:
    from sqlclap.api import Library, open
    from sqlclap.ingest import IngestOptions, IngestReport, RelocateOptions, RelocateReport
    from sqlclap.library import Sample, Summary
    from sqlclap.similarity import Match, Matches, SearchOptions

__version__ = "0.1.0"

__all__ = [
    "IngestOptions",
    "IngestReport",
    "Library",
    "Match",
    "Matches",
    "RelocateOptions",
    "RelocateReport",
    "Sample",
    "SearchOptions",
    "SqlclapError",
    "Summary",
    "__version__",
    "open",
]

_HOMES = {
    "IngestOptions": "sqlclap.ingest",
    "IngestReport": "sqlclap.ingest",
    "Library": "sqlclap.api",
    "Match": "sqlclap.similarity",
    "Matches": "sqlclap.similarity",
    "RelocateOptions": "sqlclap.ingest",
    "RelocateReport": "sqlclap.ingest",
    "Sample": "sqlclap.library",
    "SearchOptions": "sqlclap.similarity",
    "Summary": "sqlclap.library",
    "open": "sqlclap.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sqlclap' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
