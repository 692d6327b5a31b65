"""Every error that sqlclap raises on purpose.

SqlclapError
├── AudioError                    (also ValueError)
│   ├── AudioDecodeError          a file or blob that can't be read as sound
│   ├── NoAudioError              a sound that came as a vector alone
│   └── SoundTooLongError         more sound than is decoded for what was asked
├── ModelError
│   ├── BundleError               a bundle that is incomplete, altered or of an unknown format
│   ├── ModelSanityError          a bundle whose answers can't be right (collapsed towers, norms)
│   ├── CheckpointError           weights that are not what their architecture takes
│   ├── ExportError               an export that can't be made, or doesn't agree with its source
│   ├── DownloadError             a download that failed, or isn't what it should be
│   ├── RefusedModelError         a model that is known not to work
│   ├── NoTextTowerError          words, for a model that compares sounds only
│   ├── RuntimeSetupError         a device or an extra that this installation doesn't have
│   └── UnknownModelError         (also LookupError) a model name that nothing answers to
│       └── MissingModelError     that of a model whose vectors a library holds
├── LibraryError
│   ├── NotALibraryError          the file is something else
│   ├── LibraryTooNewError        written by a newer sqlclap; left untouched
│   ├── MigrationError            a migration failed and left nothing behind
│   └── LibraryBusyError          (also TimeoutError) another program held the write lock too long
├── SidecarError                  the index beside a library
│   ├── IndexFileError            missing, altered, foreign or of another format
│   ├── IndexBusyError            (also TimeoutError) another program is building it
│   └── IndexWriteError           it can't be written; the one in force stays in force
├── IngestError                   nothing could be scanned
├── AttachError                   a table of another database that can't be followed
├── StorageError                  objects at an address that can't be listed or fetched
│   └── NoObjectError             (also LookupError) nothing is at the address
├── RelocateError                 a folder is not what another was, so that nothing moves there
├── DeploymentError               deployments that can't be taken in; nothing was changed
├── AnnotationError               (also ValueError) annotations that can't be read or taken in
├── ExportFilesError              sounds that can't be given out; nothing was overwritten
├── QuarantineError               files that can't be moved into a quarantine, or back
├── HopliteError                  a database of perch-hoplite that can't be read or written
├── OwnVectorsError               (also ValueError) vectors that can't be taken in or written
├── UnknownSourceError            (also LookupError) the library has no such source
├── UnknownSoundError             (also LookupError) no such sample, path or file
├── LabelError                    labels, anchors, votes, tags, calibrations
│   ├── UnknownLabelError         (also LookupError) no label of that name
│   ├── LabelExistsError          (also ValueError) the name is taken
│   ├── LabelValueError           (also ValueError) a setting, weight or verdict out of range
│   ├── NoAnchorsError            a label without a positive anchor that can score
│   ├── NotEnoughVotesError       too few votes for what was asked of a calibration
│   ├── PrecisionTooLowError      votes show that a tag run would miss its target
│   ├── SettingsChangedError      settings made by hand since, which a revert would overwrite
│   ├── UnknownRunError           (also LookupError) no such tag run, vote or calibration
│   └── TransferError             (also ValueError) a file of labels that can't be read
├── LayoutError                   maps and clusters
│   ├── MissingExtraError         (also NotInstalledError) what draws maps is not installed
│   ├── LayoutValueError          (also ValueError) an option out of range
│   ├── NoMapError                (also LookupError) there is no map yet
│   ├── NoClustersError           (also LookupError) there are no clusters, or none of that number
│   └── VocabularyError           (also ValueError) a file of names that can't be read
├── CurationError                 (also ValueError) a rating, note or name out of range
│   ├── UnknownCollectionError    (also LookupError) no collection of that name
│   └── CollectionExistsError     the name is taken
├── HistoryError                  a change that can't be undone
│   ├── UnknownChangeError        (also LookupError) no such change, or too long ago
│   └── ChangedSinceError         others have changed the same in between; nothing was undone
├── WatchError                    folders that can't be watched
├── SetError                      a set of libraries that can't be read, changed or asked
│   ├── SetTooNewError            written by a newer sqlclap
│   └── PartialAnswerError        not all shards answered, and all were required
├── SettingsError                 settings of the command line that can't be read or written
├── NotInstalledError             (also ImportError) a package of an extra that is not installed
├── NoExtensionsError             a connection whose SQLite can't load extensions
├── NotAListError                 (also TypeError) one thing alone where a list was asked for
├── NoVectorsError                the library holds no vectors of the model that was asked for
└── QueryError                    (also ValueError) a query that can't be answered as asked
    ├── UnknownQueryError         (also LookupError) no stored query of that name
    ├── SpanError                 a span of a sound that is none, or that lies behind its end
    └── UnknownFolderError        (also LookupError) a filter's folder or site without a sound

There are six warnings, at the end: what can't be used, while all else works. A message says what
was expected, what came, and what to do next; the command line makes it one line, and exits with 1.
"""


class SqlclapError(Exception):
    """Root of all errors that sqlclap raises on purpose."""


class AudioError(SqlclapError, ValueError):
    """Sound that can't be used."""


class AudioDecodeError(AudioError):
    """A file or blob that can't be read as sound."""


class NoAudioError(AudioError):
    """A sound that came as a vector alone: there is nothing to play or read."""


class SoundTooLongError(AudioError):
    """More sound than is decoded for this purpose."""


class NotAListError(SqlclapError, TypeError):
    """One thing alone where a list was asked for; a text would be taken letter by letter."""


class ModelError(SqlclapError):
    """Something is wrong with a model."""


class BundleError(ModelError):
    """A bundle that is incomplete, altered or of an unknown format."""


class ModelSanityError(ModelError):
    """A bundle whose answers can't be right."""


class CheckpointError(ModelError):
    """Weights that are not what their architecture takes."""


class ExportError(ModelError):
    """An export that can't be made, or doesn't agree with its source."""


class DownloadError(ModelError):
    """A download that failed, or isn't what it should be."""


class RefusedModelError(ModelError):
    """A model that is known not to work."""


class NoTextTowerError(ModelError):
    """Words were given to a model that compares sounds only."""


class RuntimeSetupError(ModelError):
    """A device or an extra that this installation doesn't have."""


class UnknownModelError(ModelError, LookupError):
    """A model name that nothing answers to."""


class MissingModelError(UnknownModelError):
    """The name of a model whose vectors a library holds, and that is not installed here."""


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


class SidecarError(SqlclapError):
    """Something is wrong with the index beside a library; the library itself is whole."""


class IndexFileError(SidecarError):
    """An index that is missing, altered, foreign or of another format; searches do without."""


class IndexBusyError(SidecarError, TimeoutError):
    """Another program is building the index."""


class IndexWriteError(SidecarError):
    """An index can't be written; the one in force stays in force."""


class IngestError(SqlclapError):
    """Nothing could be scanned."""


class AttachError(SqlclapError):
    """A table of another database can't be followed; nothing was changed."""


class StorageError(SqlclapError):
    """Objects at an address that can't be listed or fetched; the reason holds no secrets."""

    def __init__(self, reason: str, address: str = "") -> None:
        super().__init__(f"{address}: {reason}" if address else reason)
        self.address, self.reason = address, reason


class NoObjectError(StorageError, LookupError):
    """Nothing is at an address."""


class RelocateError(SqlclapError):
    """The files of a folder are not those of another; nothing was changed."""


class UnknownSourceError(SqlclapError, LookupError):
    """The library has no such source."""


class UnknownSoundError(SqlclapError, LookupError):
    """No such sample, path or file."""


class LabelError(SqlclapError):
    """Something is wrong with a label, or with what hangs on it."""


class UnknownLabelError(LabelError, LookupError):
    """No label of that name."""


class LabelExistsError(LabelError, ValueError):
    """The name is taken."""


class LabelValueError(LabelError, ValueError):
    """A setting, weight or verdict out of range."""


class NoAnchorsError(LabelError):
    """A label without a positive anchor that can score."""


class NotEnoughVotesError(LabelError):
    """Too few votes for what was asked of a calibration."""


class PrecisionTooLowError(LabelError):
    """Votes show that what a label tags would miss the precision that it is to have."""


class SettingsChangedError(LabelError):
    """Settings were made by hand since, and undoing what came before would overwrite them."""


class UnknownRunError(LabelError, LookupError):
    """No such tag run, vote or calibration."""


class TransferError(LabelError, ValueError):
    """A file of labels that can't be read."""


class LayoutError(SqlclapError):
    """Something is wrong with a map or with clusters."""


class NotInstalledError(SqlclapError, ImportError):
    """A package of an extra that is not installed; the message says the pip command."""


class MissingExtraError(LayoutError, NotInstalledError):
    """What draws maps is not installed."""


class LayoutValueError(LayoutError, ValueError):
    """An option of a map or of clusters out of range."""


class NoMapError(LayoutError, LookupError):
    """There is no map yet."""


class NoClustersError(LayoutError, LookupError):
    """There are no clusters yet, or none of that number."""


class VocabularyError(LayoutError, ValueError):
    """A file of names for clusters that can't be read."""


class NoVectorsError(SqlclapError):
    """The library holds no vectors of the model that was asked for."""


class CurationError(SqlclapError, ValueError):
    """A rating, a note or a collection's name out of range."""


class UnknownCollectionError(CurationError, LookupError):
    """No collection of that name."""


class CollectionExistsError(CurationError):
    """The name is taken."""


class HistoryError(SqlclapError):
    """A change that can't be undone, or done again."""


class UnknownChangeError(HistoryError, LookupError):
    """No such change, or it is too long ago to be undone."""


class ChangedSinceError(HistoryError):
    """The same has been changed by others in between, so that nothing was undone."""


class WatchError(SqlclapError):
    """Folders that can't be watched."""


class SetError(SqlclapError):
    """A set of libraries that can't be read, changed or asked."""


class SetTooNewError(SetError):
    """The set was written by a newer sqlclap."""


class PartialAnswerError(SetError):
    """Not all shards of a set answered, and all were required."""


class SettingsError(SqlclapError):
    """Settings of the command line that can't be read, written or made."""


class DeploymentError(SqlclapError):
    """Deployments that can't be taken in; nothing was changed."""


class AnnotationError(SqlclapError, ValueError):
    """Annotations that can't be read, taken in or written; nothing was changed."""


class ExportFilesError(SqlclapError):
    """Sounds that can't be given out; nothing was overwritten."""


class QuarantineError(SqlclapError):
    """Files that can't be moved into a quarantine, or back; nothing was overwritten."""


class HopliteError(SqlclapError):
    """A database of perch-hoplite that can't be read or written; nothing was changed."""


class OwnVectorsError(SqlclapError, ValueError):
    """A file of vectors that can't be taken in or written."""


class NoExtensionsError(SqlclapError):
    """A connection whose SQLite can't load extensions: there is no sqlite-vec on it."""


class QueryError(SqlclapError, ValueError):
    """A query that can't be answered as asked."""


class UnknownQueryError(QueryError, LookupError):
    """No stored query of that name."""


class SpanError(QueryError):
    """A span that is empty or malformed, or that ends behind the end of its sound."""


class UnknownFolderError(QueryError, LookupError):
    """A filter names a folder, site or deployment without any sound in the library."""


class SidecarWarning(UserWarning):
    """The index beside a library can't be used or refreshed; answers are exact, but slower."""


class VectorWarning(UserWarning):
    """Vectors that can't be compared are skipped; all other answers are right."""


class SchemaWarning(UserWarning):
    """Triggers or indexes that another program dropped were made anew."""


class PluginWarning(UserWarning):
    """Another package's descriptors or models can't be used; all else works without them."""


class SoundWarning(UserWarning):
    """A sound to search by was cut off, or its header was not to be believed."""


class CompileWarning(UserWarning):
    """Compiled code can't be kept: maps and clusters take longer to start."""
