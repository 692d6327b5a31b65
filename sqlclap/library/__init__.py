"""The library file: opening, migrations, sources and samples."""

from sqlclap.library.database import Cursor, Database
from sqlclap.library.file import LibraryFile
from sqlclap.library.paths import file_path, path_columns
from sqlclap.library.samples import LEAST_HEARD_SHARE, Sample, sample_by_id, samples_by_path
from sqlclap.library.snapshot import Snapshot, Version
from sqlclap.library.sources import Source, list_sources, source_for
from sqlclap.library.statements import statement
from sqlclap.library.summary import Summary, list_failures, summarise
from sqlclap.library.transactions import read_transaction, write_transaction
from sqlclap.library.views import refresh_views

__all__ = [
    "LEAST_HEARD_SHARE",
    "Cursor",
    "Database",
    "LibraryFile",
    "Sample",
    "Snapshot",
    "Source",
    "Summary",
    "Version",
    "file_path",
    "list_failures",
    "list_sources",
    "path_columns",
    "read_transaction",
    "refresh_views",
    "sample_by_id",
    "samples_by_path",
    "source_for",
    "statement",
    "summarise",
    "write_transaction",
]
