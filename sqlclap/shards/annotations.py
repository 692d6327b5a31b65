"""The annotations of a set: what its catalog holds, with the set's ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import SetError
from sqlclap.exchange.library_annotations import Annotations, ExportRequest
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.selection import select_places

if TYPE_CHECKING:
    from sqlclap.exchange.store import StoredAnnotation
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
        wanted = None
        if request.recording is not None:
            places = select_places(self._set, [request.recording])
            wanted = {one.sound.whole for one in places}
        ids = ids_of_copies(self._set)
        told = [replace(one, sample_id=ids.get(one.sample_id, 0)) for one in found]
        return told if wanted is None else [one for one in told if one.sample_id in wanted]
