"""The annotations of a set: what its catalog holds and its runs have tagged, with its ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import SetError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.library_annotations import Annotations, ExportRequest
from sqlclap.exchange.store import StoredAnnotation, in_order
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.labels import SetLabels
from sqlclap.shards.selection import select_places
from sqlclap.shards.sounds import find_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.db.samples import Sample
    from sqlclap.labels.tags import Tag
    from sqlclap.shards.session import SetSession

OF_ONE_LIBRARY = frozenset({"take_in", "write", "write_clips"})
"""What has no way over shards yet."""


class SetAnnotations(Annotations):
    """Annotations of a set, to be given out as text; recordings are named as the set names them.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        super().__init__(session.catalog)
        self._set = session

    def __getattribute__(self, name: str) -> Any:
        if name in OF_ONE_LIBRARY:
            raise SetError(f"annotations.{name} is for one library: of a set there is `text` alone")
        return super().__getattribute__(name)

    def find(self, request: ExportRequest | None = None) -> list[StoredAnnotation]:
        """Return annotations, by recording and start; of a sound whose shard is missing, the id
        is 0.

        Raises
        ------
        UnknownLabelError, UnknownSoundError
        """
        request = request or ExportRequest()
        found = super().find(replace(request, recording=None))
        ids = ids_of_copies(self._set)
        told = [replace(one, sample_id=ids.get(one.sample_id, 0)) for one in found]
        if request.kind == "tags":
            told = self._with_runs(told, request.labels)
        if request.recording is None:
            return told
        wanted = {one.sound.whole for one in select_places(self._set, [request.recording])}
        return [one for one in told if one.sample_id in wanted]

    def _with_runs(
        self, by_hand: list[StoredAnnotation], names: Sequence[str]
    ) -> list[StoredAnnotation]:
        """Return tags in force: those by hand as they were told, and those of runs."""
        labels = SetLabels(self._set)
        tags = [tag for name in names or (None,) for tag in labels.tags(name)]
        of_runs = [one for one in tags if one.confidence != "hand"]
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
