"""An archive of sounds as a stream: each file is read when its turn comes."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from datasette_sqlclap.responses import RefusedError, told_of
from datasette_sqlclap.sound_files import SoundFile, open_sound
from sqlclap.exchange.sound_export import names_in_archive

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample

CHUNK = 1 << 18
LEFT_OUT = "left out.txt"
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class WrittenParts(io.RawIOBase):
    """What was written since it was last taken; an archive can't go back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zip_stream(samples: Iterable[Sample], follow_links: bool) -> Generator[bytes, None, None]:
    """Yield an archive of sounds' files, as they are, part by part.

    Files that can't be opened are named in `LEFT_OUT`, with the reason.

    Parameters
    ----------
    samples : iterable of Sample
    follow_links : bool
        See `open_sound`.
    """
    written, left_out = WrittenParts(), []
    with zipfile.ZipFile(written, "w") as archive:
        for sample, name in names_in_archive(samples):
            try:
                with open_sound(sample, follow_links) as sound:
                    for _ in _entry(archive, sound, name):
                        yield written.take()
            except RefusedError as error:
                left_out.append(f"{sample.path}: {told_of(error)}\n")
        tell_left_out(archive, left_out)
    yield written.take()


def tell_left_out(archive: zipfile.ZipFile, lines: Iterable[str]) -> None:
    """Put a file into an archive that names what is not in it, if there is such."""
    if text := "".join(lines):
        archive.writestr(LEFT_OUT, text.encode("utf-8", "backslashreplace"))


def _entry(archive: zipfile.ZipFile, sound: SoundFile, name: str) -> Generator[None, None, None]:
    """Write a file into an archive, and yield after every part."""
    modified = time.localtime(sound.modified_ns / 1e9)[:6]
    info = zipfile.ZipInfo(name, max(_EARLIEST, modified))
    info.file_size = sound.size
    with archive.open(info, "w") as entry:
        for start in range(0, sound.size, CHUNK):
            entry.write(sound.read(start, min(CHUNK, sound.size - start)))
            yield
