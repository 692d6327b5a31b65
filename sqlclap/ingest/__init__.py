"""Ingest: folders of sounds become rows and vectors."""

from sqlclap.ingest.backlog import count_backlog, use_model
from sqlclap.ingest.relocate import RelocateOptions, RelocateReport, relocate
from sqlclap.ingest.report import FailedFile, IngestReport
from sqlclap.ingest.run import IngestOptions, ingest
from sqlclap.ingest.sources import LibrarySources

__all__ = [
    "FailedFile",
    "IngestOptions",
    "IngestReport",
    "LibrarySources",
    "RelocateOptions",
    "RelocateReport",
    "count_backlog",
    "ingest",
    "relocate",
    "use_model",
]
