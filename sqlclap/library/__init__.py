"""The library file: opening, migrations, sources and samples."""

from sqlclap.library.connection import is_sqlite_file
from sqlclap.library.database import Cursor, Database
from sqlclap.library.documents import damaged, read_document
from sqlclap.library.file import LibraryFile
from sqlclap.library.label_names import check_label, unknown_label
from sqlclap.library.merging import has_all_vectors_of, merge_samples
from sqlclap.library.migrations import lost_marks
from sqlclap.library.paths import file_path, native_path, path_columns, spelled_alike, spellings
from sqlclap.library.samples import Audible, Sample, is_hardly_heard, sample_by_id, samples_by_path
from sqlclap.library.schema import missing_tables, restore, wrong_objects
from sqlclap.library.sequences import restore_sequences, sequences_behind, uncounted_tables
from sqlclap.library.snapshot import Snapshot, Version
from sqlclap.library.sources import (
    Source,
    SourceKind,
    add_source,
    change_source,
    find_source,
    list_sources,
    remove_source,
    remove_vacant_sources,
    source_for,
)
from sqlclap.library.statements import statement
from sqlclap.library.summary import Summary, list_failures, summarise
from sqlclap.library.transactions import read_transaction, write_transaction
from sqlclap.library.views import refresh_views, stale_views

__all__ = [
    "Audible",
    "Cursor",
    "Database",
    "LibraryFile",
    "Sample",
    "Snapshot",
    "Source",
    "SourceKind",
    "Summary",
    "Version",
    "add_source",
    "change_source",
    "check_label",
    "damaged",
    "file_path",
    "find_source",
    "has_all_vectors_of",
    "is_hardly_heard",
    "is_sqlite_file",
    "list_failures",
    "list_sources",
    "lost_marks",
    "merge_samples",
    "missing_tables",
    "native_path",
    "path_columns",
    "read_document",
    "read_transaction",
    "refresh_views",
    "remove_source",
    "remove_vacant_sources",
    "restore",
    "restore_sequences",
    "sample_by_id",
    "samples_by_path",
    "sequences_behind",
    "source_for",
    "spelled_alike",
    "spellings",
    "stale_views",
    "statement",
    "summarise",
    "uncounted_tables",
    "unknown_label",
    "write_transaction",
    "wrong_objects",
]
