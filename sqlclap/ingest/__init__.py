"""Ingest: folders of sounds become rows and vectors."""

from sqlclap.ingest.report import FailedFile, IngestReport, ProgressListener
from sqlclap.ingest.run import IngestOptions, ingest

__all__ = ["FailedFile", "IngestOptions", "IngestReport", "ProgressListener", "ingest"]
