"""The annotations of a set: what its catalog holds and its runs have tagged, with its ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import PartialAnswerError, SetError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.clip_export import ClipReport, export_clips
from sqlclap.exchange.library_annotations import Annotations, ExportRequest
from sqlclap.exchange.matching import Nearest, nearest_of_all
from sqlclap.exchange.store import StoredAnnotation, in_order
from sqlclap.shards.annotation_jobs import FindNearest
from sqlclap.shards.copies import held_copies
from sqlclap.shards.far_files import SetFiles
from sqlclap.shards.labels import SetLabels
from sqlclap.shards.selection import select_sounds
from sqlclap.shards.sounds import MOST_TOLD, find_sounds
from sqlclap.shards.tag_runs import runs_of_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.db.samples import Sample
    from sqlclap.labels.tags import Tag
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession

OF_ONE_LIBRARY = frozenset({"take_in"})
"""What has no way over shards yet."""


class SetClipReport(ClipReport):
    """What became of an export of a set's clips.

    Attributes
    ----------
    reach : Reach or None
        Whose sounds were looked for; None where none had to be.
    """

    reach: Reach | None


class SetAnnotations(Annotations):
    """Annotations of a set, to be given out; recordings are named as the set names them.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        A shard that doesn't answer is an error.

    Attributes
    ----------
    reach : Reach or None
        After something was given out: which shards were asked, where some that were needed for it
        are missing.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        super().__init__(session.catalog)
        self._set = session
        self._require_all = require_all
        self.reach: Reach | None = None

    def __getattribute__(self, name: str) -> Any:
        if name in OF_ONE_LIBRARY:
            raise SetError(
                f"annotations.{name} is for one library: take annotations into the shards that "
                "hold the recordings, or vote on the set"
            )
        return super().__getattribute__(name)

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
        cut = export_clips(there, Path(folder).expanduser(), pad_s, listener, files)
        report = SetClipReport(**vars(cut))
        report.reach = self.reach
        gone = (one.said.path or one.file.name for one in found if not one.sample_id)
        report.left_out |= dict.fromkeys(gone, "it was found in no shard that answered")
        return report

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
            found_in, reach = self._set.ask(FindNearest(tuple(some)))
            self._note(reach)
            for at, path in enumerate(some):
                parts = (Nearest(*answer[at]) for answer in found_in.answers)
                if not nearest_of_all(parts).tells_apart:
                    mistakable.add(path)
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
