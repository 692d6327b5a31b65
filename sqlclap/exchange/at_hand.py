"""Where the files of sounds are at hand that are given out: where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class FilesHere:
    """Files on this machine."""

    def refusal(self, sample_id: int, kind: str) -> str | None:
        """Say why a sound can't be given out as links or in playlists; None: it can."""
        del sample_id, kind
        return None

    def why_gone(self, sample_id: int, file: Path) -> str | None:
        """Say why there is no file of a sound now; None: there is one."""
        del sample_id
        return None if file.is_file() else "the file is gone"

    @contextmanager
    def at_hand(self, sample_id: int, file: Path) -> Iterator[Callable[[], Path]]:
        """Yield what gives a sound's file; it is there until the end.

        Raises
        ------
        NoAudioError
            When called: it can't be fetched.
        """
        del sample_id
        yield lambda: file
