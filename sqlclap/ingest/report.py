"""The report of an ingest."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlclap.attach.follow import FollowReport


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be taken in; it is tried again when it changes.

    Attributes
    ----------
    path : str
        With its source's folder.
    stage : {"scan", "read", "decode", "embed"}
    reason : str
    """

    path: str
    stage: str
    reason: str


@dataclass
class IngestReport:
    """What an ingest did.

    Attributes
    ----------
    new, changed, moved, restored, embedded, read_again : int
        Files taken in for the first time; with new content; under a new name; back, or touched
        without a change; known ones that got vectors of this model; unchanged ones of which an
        earlier release may have heard something else.
    measured : int
        Unchanged ones whose descriptors were measured anew, because they lacked some.
    unmeasured : int
        Samples that lack descriptors measured by now; an ingest with `measure` gives them those.
    unchanged, failed_before : int
        Files that were not opened: known as they are, and failed as they are.
    silent : int
        Among the new and changed: inaudible ones, which have no vector.
    hardly_heard : int
        Among those read: less than half of their energy lies in what the model hears.
    missing, pruned : int
        Samples whose file is gone, and those removed for it.
    merged : int
        Samples whose file is gone while the same sound is there under another name: their
        anchors, votes and tags went to that one.
    system, excluded : int
        Recycle bins and other things that systems leave, and what patterns exclude: files and
        folders that were passed over.
    held_excluded : int
        Samples taken in before that are passed over now; they stay until an ingest prunes.
    not_there : list of str
        Sources that hold sounds and whose folder is not there: unplugged, moved or renamed.
    noted : int
        Among those read: with a remark on irregularities (`samples.note`).
    past_the_end : list of str
        Anchors, votes and tags on spans that their sounds, which have become shorter, no longer
        hold: ``bird: vote on dawn.wav@12.5-15.0``. They stay, and don't score.
    impossible_times : list of str
        Paths of recordings among those read whose names hold a date and time of which there is
        none, such as the 30th of February; the file's own time was taken (`time_source` is file).
    needs_extra : int
        Files left out because they need the ``av`` extra.
    failed : list of FailedFile
    model_version : str
        Of the model whose vectors the sounds got.
    window_s, hop_s : float
        Its windows: their length, and the seconds between their starts.
    is_default : bool
        Whether searches use it. A new version of the library's model becomes its default once all
        sounds have vectors of it.
    waiting : int
        Sounds that have none yet, where it isn't the default.
    tables : list of FollowReport
        What became of the rows of attached tables.
    no_longer_named : int
        Sounds removed because no row of these names them any more.
    seconds_of_sound, elapsed_s : float
    interrupted : bool
        Ended early; what was done is stored, and the next ingest goes on from there.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    restored: int = 0
    embedded: int = 0
    read_again: int = 0
    measured: int = 0
    unmeasured: int = 0
    unchanged: int = 0
    failed_before: int = 0
    silent: int = 0
    hardly_heard: int = 0
    missing: int = 0
    pruned: int = 0
    merged: int = 0
    system: int = 0
    excluded: int = 0
    held_excluded: int = 0
    not_there: list[str] = field(default_factory=list)
    noted: int = 0
    past_the_end: list[str] = field(default_factory=list)
    impossible_times: list[str] = field(default_factory=list)
    needs_extra: int = 0
    failed: list[FailedFile] = field(default_factory=list)
    model_version: str = ""
    window_s: float = 0.0
    hop_s: float = 0.0
    is_default: bool = True
    waiting: int = 0
    seconds_of_sound: float = 0.0
    elapsed_s: float = 0.0
    tables: list[FollowReport] = field(default_factory=list)
    no_longer_named: int = 0
    interrupted: bool = False

    @property
    def is_news(self) -> bool:
        """Whether anything became of a file: it was taken in, known anew, found gone, or failed."""
        return any(
            (
                self.new,
                self.changed,
                self.moved,
                self.restored,
                self.embedded,
                self.read_again,
                self.measured,
                self.missing,
                self.pruned,
                self.merged,
                self.no_longer_named,
                self.failed,
            )
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """What could not be written, and why: shards of a set. A library is written whole."""
        return ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What has to be written on other machines: shards of a set that lie at nodes."""
        return ()

    def with_tables(self, tables: list[FollowReport]) -> IngestReport:
        """Return the report with what became of attached tables' rows among the failures."""
        self.tables = tables
        for table in tables:
            self.failed_before += table.with_problem - len(table.failed)
            for row in table.failed:
                self.failed.append(FailedFile(f"{table.table} {row.key}", "scan", row.reason))
        return self
