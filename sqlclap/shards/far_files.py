"""Files of a set's sounds that are given out: those at nodes are fetched, one at a time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import NoAudioError, SetError
from sqlclap.exchange.at_hand import FilesHere
from sqlclap.shards.sound_files import MOST_READ, LookAtSound, ReadSound
from sqlclap.shards.sounds import SampleAfar

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample
    from sqlclap.shards.sound_files import SoundBytes, SoundState

WITHOUT_PATH = frozenset({"hardlink", "symlink", "m3u8"})
"""Kinds of exports that need a path on this machine."""


class SetFiles(FilesHere):
    """Files of a set's sounds, wherever they lie.

    Parameters
    ----------
    sounds : iterable of Sample
    """

    def __init__(self, sounds: Iterable[Sample]) -> None:
        self._afar = {one.sample_id: one for one in sounds if isinstance(one, SampleAfar)}

    def refusal(self, sample_id: int, kind: str) -> str | None:
        """Say why a sound can't be linked or listed: it has no path here."""
        if kind in WITHOUT_PATH and sample_id in self._afar:
            return "it lies at a node, and has no path on this machine: --copy and --zip fetch it"
        return None

    def why_gone(self, sample_id: int, file: Path) -> str | None:
        """Say why there is no file of a sound now; its node is asked."""
        afar = self._afar.get(sample_id)
        if afar is None:
            return super().why_gone(sample_id, file)
        try:
            afar.ask(LookAtSound(afar.number))
        except SetError as error:
            return str(error)
        return None

    @contextmanager
    def at_hand(self, sample_id: int, file: Path) -> Iterator[Callable[[], Path]]:
        """Yield what gives a sound's file; of one at a node, a copy until the end."""
        afar = self._afar.get(sample_id)
        if afar is None:
            yield lambda: file
            return
        with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
            fetched = Path(folder) / file.name
            yield lambda: fetched if fetched.exists() else _fetch(afar, fetched)


def _fetch(afar: SampleAfar, file: Path) -> Path:
    """Copy a sound's file from its node, with the time of its change."""
    draft = file.with_name(f"{file.name}-draft")
    try:
        state: SoundState = afar.ask(LookAtSound(afar.number))
        with draft.open("wb") as out:
            for start in range(0, state.size, MOST_READ):
                wanted = min(MOST_READ, state.size - start)
                part: SoundBytes = afar.ask(ReadSound(afar.number, start, wanted))
                if part[:2] != state[:2] or len(part.content) != wanted:
                    raise NoAudioError(f"{afar.path} is being changed; try again")
                out.write(part.content)
    except SetError as error:
        raise NoAudioError(str(error)) from error
    os.utime(draft, ns=(state.modified_ns, state.modified_ns))
    return draft.rename(file)
