"""Every error that sqlclap raises on purpose.

SqlclapError
├── AudioError                    (also ValueError)
│   └── AudioDecodeError          a file or blob that can't be read as sound
├── ModelError
│   ├── BundleError               a bundle that is incomplete, altered or of an unknown format
│   ├── ModelSanityError          a bundle whose answers can't be right (collapsed towers, norms)
│   └── UnknownModelError         (also LookupError) a model name that nothing answers to
├── LibraryError
│   ├── NotALibraryError          the file is something else
│   ├── LibraryTooNewError        written by a newer sqlclap; left untouched
│   ├── MigrationError            a migration failed and left nothing behind
│   └── LibraryBusyError          (also TimeoutError) another program held the write lock too long
├── IngestError                   nothing could be scanned
├── UnknownSoundError             (also LookupError) no such sample, path or file
├── NoVectorsError                the library holds no vectors of the model that was asked for
└── QueryError                    (also ValueError) a query that can't be answered as asked

A message says what was expected, what came, and what to do next. The command line turns every
`SqlclapError` into one line and exit code 1.
"""

from __future__ import annotations


class SqlclapError(Exception):
    """Root of all errors that sqlclap raises on purpose."""


class AudioError(SqlclapError, ValueError):
    """Sound that can't be used."""


class AudioDecodeError(AudioError):
    """A file or blob that can't be read as sound."""


class ModelError(SqlclapError):
    """Something is wrong with a model."""


class BundleError(ModelError):
    """A bundle that is incomplete, altered or of an unknown format."""


class ModelSanityError(ModelError):
    """A bundle whose answers can't be right."""


class UnknownModelError(ModelError, LookupError):
    """A model name that nothing answers to."""


class LibraryError(SqlclapError):
    """Something is wrong with a library file."""


class NotALibraryError(LibraryError):
    """The file is no sqlclap library."""


class LibraryTooNewError(LibraryError):
    """The library was written by a newer sqlclap."""


class MigrationError(LibraryError):
    """A migration failed; the library is as it was before."""


class LibraryBusyError(LibraryError, TimeoutError):
    """Another program held the library's write lock for too long."""


class IngestError(SqlclapError):
    """Nothing could be scanned."""


class UnknownSoundError(SqlclapError, LookupError):
    """No such sample, path or file."""


class NoVectorsError(SqlclapError):
    """The library holds no vectors of the model that was asked for."""


class QueryError(SqlclapError, ValueError):
    """A query that can't be answered as asked."""
