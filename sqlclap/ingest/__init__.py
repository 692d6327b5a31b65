"""Ingest: folders of sounds become rows and vectors."""

from sqlclap.ingest.backlog import count_backlog, use_model
from sqlclap.ingest.report import FailedFile, IngestReport, ProgressListener
from sqlclap.ingest.run import IngestOptions, ingest

__all__ = [
    "FailedFile",
    "IngestOptions",
    "IngestReport",
    "ProgressListener",
    "count_backlog",
    "ingest",
    "use_model",
]
