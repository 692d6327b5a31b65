"""What becomes of files whose process died: each is tried alone, and only a deadly one fails.

What holds, wherever files are read, in processes of this machine or on Ray:

- The files that a worker had when it died are suspects, and none that it hadn't been given.
- Suspects are tried alone. One whose worker dies `DEATHS_ALONE` times while it is alone is recorded
  as failed; the others are unharmed.
- Where workers die whatever they are given, it is not the files: the ingest ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlclap.addresses import place_of_sound
from sqlclap.errors import IngestError
from sqlclap.ingest.reading import Failure, task_key
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.ingest.plan import FileTask

DEATHS_ALONE = 2
"""Of workers that had nothing but one file: a machine that is taken away at that moment is one."""
DEATHS_IN_A_ROW = 20
"""Without any outcome in between: then it is not the files."""


class Quarantine:
    """The files that are to be tried alone.

    Attributes
    ----------
    waiting : deque of FileTask
        Take them from its left, each for a worker that has nothing else.
    """

    def __init__(self) -> None:
        self.waiting: deque[FileTask] = deque()
        self._deaths: dict[str, int] = {}
        self._died_in_a_row = 0

    def note_outcome(self) -> None:
        """Note that a worker has come to an end of what it was given."""
        self._died_in_a_row = 0

    def after_death(self, tasks: Sequence[FileTask], reason: str) -> list[Failure]:
        """Put the files that a dead worker had into quarantine; return those that failed by it.

        Raises
        ------
        IngestError
            Workers die whatever they are given.
        """
        self._died_in_a_row += 1
        if self._died_in_a_row >= DEATHS_IN_A_ROW:
            raise IngestError(
                f"{DEATHS_IN_A_ROW} workers died one after the other, the last of them: "
                f"{reason or 'without a word'}; what was done is stored, run it again to go on"
            )
        if len(tasks) > 1:
            self.waiting.extend(tasks)
            return []
        task = tasks[0]
        key = task_key(task)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if self._deaths[key] < DEATHS_ALONE:
            self.waiting.append(task)
            return []
        del self._deaths[key]
        told = f"decoding it ended its process {DEATHS_ALONE} times, while it was alone there"
        return [Failure(task, "decode", told, _hash_of(task))]


def _hash_of(task: FileTask) -> str | None:
    """Return what keeps a failed file from being tried before it changes."""
    try:
        return content_hash(place_of_sound(task.source.root, task.file.path))
    except OSError:
        return None
