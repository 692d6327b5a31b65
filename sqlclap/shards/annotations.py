"""The annotations of a set: what its catalog holds and its runs have tagged, with its ids.

What is taken in is said of copies in the catalog, as by hand.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import PartialAnswerError, UnknownSoundError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.clip_export import ClipReport, export_clips
from sqlclap.exchange.library_annotations import AnnotationReport, Annotations, ExportRequest
from sqlclap.exchange.matching import FindsRecordings, KnownRecording
from sqlclap.exchange.store import StoredAnnotation, becomes, in_order
from sqlclap.homes import expand_home
from sqlclap.shards.annotation_jobs import is_named_wholly
from sqlclap.shards.copies import copied_within, held_copies
from sqlclap.shards.far_files import SetFiles
from sqlclap.shards.labels import SetLabels
from sqlclap.shards.recording_names import SetRecordingNames, nearest_in_set
from sqlclap.shards.selection import select_sounds
from sqlclap.shards.sounds import MOST_TOLD, find_sounds
from sqlclap.shards.span_vectors import refresh_spans_of_set
from sqlclap.shards.tag_runs import runs_of_set
from sqlclap.shards.targets import as_set_id, not_asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.db.database import Database
    from sqlclap.db.samples import Sample
    from sqlclap.exchange.library_annotations import ImportRequest
    from sqlclap.exchange.lots import AskedNames, Lot
    from sqlclap.exchange.placing import PlacedAnnotation
    from sqlclap.labels.tags import Tag
    from sqlclap.progress import ProgressListener
    from sqlclap.search.spans import MadeVectors
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


class SetAnnotationReport(AnnotationReport):
    """What became of annotation files that were taken into a set.

    Attributes
    ----------
    reach : Reach or None
        Whose sounds were looked at, where some are missing.
    """

    reach: Reach | None


class SetClipReport(ClipReport):
    """What became of an export of a set's clips.

    Attributes
    ----------
    reach : Reach or None
        Whose sounds were looked for; None where none had to be.
    """

    reach: Reach | None


class SetAnnotations(Annotations):
    """Annotations of a set; recordings are named as the set names them.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        A shard that doesn't answer is an error.

    Attributes
    ----------
    reach : Reach or None
        After something was given out or taken in: which shards were asked, where some that were
        needed for it are missing.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        super().__init__(session.catalog)
        self._set = session
        self._require_all = require_all
        self.reach: Reach | None = None

    def take_in(
        self,
        files: Iterable[str | Path],
        request: ImportRequest | None = None,
        listener: ProgressListener | None = None,
    ) -> SetAnnotationReport:
        """Take annotation files into the catalog, in one transaction; see `Annotations.take_in`.

        As long as a shard is missing, annotations are left out whose recordings may be in it.

        Raises
        ------
        SetError
            The set is open for reading only.
        PartialAnswerError
            A shard is missing that is required, or all are; nothing is taken in.
        AnnotationError, UnknownSoundError, LabelError
        """
        self._set.check_writable()
        self.reach = None
        report = SetAnnotationReport(**vars(super().take_in(files, request, listener)))
        report.reach = self.reach
        return report

    def find(self, request: ExportRequest | None = None) -> list[StoredAnnotation]:
        """Return annotations, by recording and start; of a sound whose shard is missing, the id
        is 0.

        Raises
        ------
        UnknownLabelError, UnknownSoundError
        PartialAnswerError
            A shard is missing that is required, or all are that hold tags.
        """
        request, self.reach = request or ExportRequest(), None
        found = super().find(replace(request, recording=None))
        ids, reach = held_copies(self._set)
        told = [replace(one, sample_id=ids.get(one.sample_id, 0)) for one in found]
        if self._require_all or not all(one.sample_id for one in told):
            self._note(reach)
        if request.kind == "tags":
            told = self._with_runs(told, request.labels)
        if request.recording is None:
            return told
        wanted = set(select_sounds(self._set, [request.recording]))
        return [one for one in told if one.sample_id in wanted]

    def write_clips(
        self,
        folder: str | Path,
        request: ExportRequest | None = None,
        pad_s: float = 0.0,
        listener: ProgressListener | None = None,
    ) -> SetClipReport:
        """Write annotated spans as WAV files; see `Annotations.write_clips`.

        Recordings at nodes are fetched, one at a time; what a missing shard holds is left out.
        """
        found = self.find(request)
        sounds = find_sounds(self._set, {one.sample_id for one in found} - {0})
        there = [replace(one, file=sounds[one.sample_id].file) for one in found if one.sample_id]
        if found and not there:
            raise PartialAnswerError(f"no recording of these was found: {self.reach}")
        files = SetFiles(sounds.values())
        cut = export_clips(there, expand_home(folder), pad_s, listener, files)
        report = SetClipReport(**vars(cut))
        report.reach = self.reach
        gone = (one.said.path or one.file.name for one in found if not one.sample_id)
        report.left_out |= dict.fromkeys(gone, "it was found in no shard that answered")
        return report

    def _names(self, asked: AskedNames, by_name: bool) -> FindsRecordings:
        """Return what tells which recordings of the set names mean."""
        names = SetRecordingNames(self._set, asked, by_name, self._require_all)
        self.reach = None if names.reach.is_whole else names.reach
        return names

    def _select(self, recording: str) -> Sequence[int]:
        """Return the sounds of the set that an id, a path or a pattern names."""
        return select_sounds(self._set, [recording])

    def _known(self, sample_id: int) -> KnownRecording:
        sound = find_sounds(self._set, [sample_id])[sample_id]
        return KnownRecording(
            sample_id, sound.root, sound.path, sound.duration_s, sound.sample_rate
        )

    def _only(self, recording: str | None) -> KnownRecording | None:
        """Return the recording of annotations that name none; a missing shard may hold another."""
        only = super()._only(recording)
        if only is None or as_set_id(recording) is not None:
            return only
        missing = not_asked(self._set)
        if missing and not is_named_wholly(str(recording), only):
            raise UnknownSoundError(
                f"which recording {recording} means is not known; give its id{missing}"
            )
        return only

    def _placed_in(self, connection: Database, lot: Lot) -> Iterable[PlacedAnnotation]:
        """Return a lot's annotations by the catalog's ids; sounds are copied into it."""
        said = [one for one in lot.placer.placed if becomes(lot.kind, one.said)]
        copies = copied_within(self._set, connection, (one.sample_id for one in said))
        return (replace(one, sample_id=copies.get(one.sample_id, 0)) for one in lot.placer.placed)

    def _refresh_vectors(self, listener: ProgressListener | None) -> MadeVectors:
        return refresh_spans_of_set(self._set, listener)

    def _note(self, reach: Reach | None) -> None:
        """Keep who is missing."""
        if reach is not None:
            if self._require_all:
                reach.check(require_all=True)
            self.reach = reach if self.reach is None or not reach.is_whole else self.reach

    def _mistakable(self, found: Iterable[StoredAnnotation]) -> set[str]:
        """Return which paths could be taken for those of other sounds of the set."""
        paths, mistakable = [*{one.said.path or "" for one in found}], set[str]()
        for start in range(0, len(paths), MOST_TOLD):
            some = paths[start : start + MOST_TOLD]
            fitting, reach = nearest_in_set(self._set, some)
            self._note(reach)
            told = zip(some, fitting, strict=True)
            mistakable |= {path for path, nearest in told if not nearest.tells_apart}
        return mistakable

    def _with_runs(
        self, by_hand: list[StoredAnnotation], names: Sequence[str]
    ) -> list[StoredAnnotation]:
        """Return tags in force: those by hand as they were told, and those of runs."""
        labels, runs = SetLabels(self._set, self._require_all), runs_of_set(self._session.database)
        parts = [labels.tags(name) for name in names or (None,)]
        for part in parts:
            self._note(part.reach)
        of_runs = [tag for part in parts for tag in part if tag.run_id in runs]
        if not of_runs:
            return by_hand
        gone = {_place(one) for one in of_runs}  # a later run says so, too
        kept = [
            one
            for one in by_hand
            if (one.sample_id, one.said.label, one.said.start_s, one.said.end_s) not in gone
        ]
        sounds = find_sounds(self._set, (one.sample_id for one in of_runs))
        told = [_annotation(one, sounds[one.sample_id]) for one in of_runs]
        return sorted([*kept, *told], key=in_order)


def _place(tag: Tag) -> tuple[int, str, float | None, float | None]:
    return tag.sample_id, tag.label, tag.start_s, tag.end_s


def _annotation(tag: Tag, sound: Sample) -> StoredAnnotation:
    said = Annotation(
        label=tag.label,
        recording=Recording(sound.path, sound.duration_s, sound.sample_rate),
        start_s=tag.start_s,
        end_s=tag.end_s,
        confidence=tag.score,
    )
    return StoredAnnotation(tag.sample_id, sound.file, said, "tag")
