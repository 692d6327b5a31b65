"""Spectrograms of sounds of any length, as tiles that are computed when they are asked for.

Tiles that lie side by side are computed together, as a group: their file is opened once.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_sqlclap.audio_api import follows_links, sample_asked
from datasette_sqlclap.byte_cache import ByteCache
from datasette_sqlclap.decoding import DECODING, THREADS, Job
from datasette_sqlclap.requests import LibraryRequest, asks, reads, whole_number
from datasette_sqlclap.responses import RefusedError, json_answer
from datasette_sqlclap.sound_files import SoundFile, open_sound

if TYPE_CHECKING:
    from sqlclap.audio.spectrogram import SpectrogramGrid
    from sqlclap.db.samples import Sample

TILE_COLUMNS = 256
TILES_OF_A_GROUP = 4
KEPT_BYTES = 32 << 20
LONGEST_DECODED_S = 6 * 3600.0
"""So far into a sound tiles reach where the decoder can't jump there."""

FOREVER = "private, max-age=31536000, immutable"
_LONG_TRANSFORM_HZ = 64_000

_TILES = ByteCache(KEPT_BYTES)


@dataclass(frozen=True)
class SpectrogramTile:
    """A tile of a sound's spectrogram.

    Attributes
    ----------
    sample : Sample
    version : str
        Of the sound's content.
    grid : SpectrogramGrid
    number : int
        From 0, at the sound's start.
    count : int
        Tiles of the sound at that level.
    """

    sample: Sample
    version: str
    grid: SpectrogramGrid
    number: int
    count: int

    @property
    def together(self) -> int:
        """How many are computed together: few tiles keep all decoding threads busy."""
        return min(TILES_OF_A_GROUP, -(-self.count // THREADS))

    @property
    def group(self) -> int:
        """The first tile of those that are computed together."""
        return self.number - self.number % self.together

    def key(self, number: int) -> tuple[object, ...]:
        """Return what names a tile of this spectrogram, whichever sample has that content."""
        return (self.version, self.grid, number)


@reads
async def spectrogram(library_request: LibraryRequest) -> Response:
    """Answer with what it takes to ask for a sample's tiles."""
    from sqlclap.audio.spectrogram import MOST_LEVEL, N_FFTS

    sample, follow = await sample_asked(library_request), await follows_links(library_request)
    version = await asyncio.to_thread(
        _version, sample, follow
    )  # tells first that there is no audio
    rate, _ = _length_of(sample)
    return json_answer(
        {
            "ok": True,
            "sample_id": sample.sample_id,
            "path": sample.path,
            "duration_s": sample.duration_s,
            "sample_rate": rate,
            "version": version,
            "tile_columns": TILE_COLUMNS,
            "n_ffts": [*N_FFTS],
            "n_fft": 1024 if rate <= _LONG_TRANSFORM_HZ else 2048,
            "most_level": MOST_LEVEL,
        }
    )


@reads
@asks("n_fft", "level", "tile", "version")
async def spectrogram_tile(library_request: LibraryRequest) -> Response:
    """Send a tile: columns one after the other, each a byte for every frequency from 0 up.

    With ``?version=`` as it is now, it can be kept for good.
    """
    sample, follow = await sample_asked(library_request), await follows_links(library_request)
    version = await asyncio.to_thread(_version, sample, follow)
    tile = _tile_asked(library_request, sample, version)
    etag = f'"{version}-{tile.grid.n_fft}-{tile.grid.level}-{tile.number}"'
    lasts = library_request.argument("version") == version
    headers = {"ETag": etag, "Cache-Control": FOREVER if lasts else "private, no-cache"}
    headers["X-Content-Type-Options"] = "nosniff"
    if library_request.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    found = _TILES.get(tile.key(tile.number))
    if found is None:
        group = ("spectrogram", tile.key(tile.group))
        made = await DECODING.run(
            library_request.receive, group, lambda job: _make_group(tile, follow, job)
        )
        found = made[tile.number - tile.group]
    return Response(found, 200, headers, "application/octet-stream")


def _version(sample: Sample, follow: bool) -> str:
    with open_sound(sample, follow) as sound:
        return _version_of(sample, sound)


def _version_of(sample: Sample, sound: SoundFile) -> str:
    """Name a sound's content: as it was taken in, and the state of its file since."""
    named = f"{sample.content_hash} {sound.size} {sound.modified_ns} {sample.duration_s}"
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _length_of(sample: Sample) -> tuple[int, int]:
    """Return a sample's rate (in Hz) and length (in frames)."""
    if not sample.sample_rate or not sample.duration_s:
        raise RefusedError(409, f"{sample.path} could not be read when it was taken in: no picture")
    return sample.sample_rate, max(round(sample.duration_s * sample.sample_rate), 1)


def _tile_asked(library_request: LibraryRequest, sample: Sample, version: str) -> SpectrogramTile:
    from sqlclap.audio.spectrogram import MOST_LEVEL, N_FFTS, SpectrogramGrid

    _, frames = _length_of(sample)
    asked = library_request.argument
    n_fft = whole_number(asked("n_fft", "1024"), "n_fft", N_FFTS[0], N_FFTS[-1])
    if n_fft not in N_FFTS:
        raise RefusedError(400, f"expected an n_fft of {', '.join(map(str, N_FFTS))}, got {n_fft}")
    grid = SpectrogramGrid(n_fft, whole_number(asked("level", "0"), "level", 0, MOST_LEVEL))
    last = (grid.columns(frames) - 1) // TILE_COLUMNS
    number = whole_number(asked("tile", "0"), "tile", 0, last)
    return SpectrogramTile(sample, version, grid, number, last + 1)


def _make_group(tile: SpectrogramTile, follow: bool, job: Job) -> list[bytes]:
    """Compute a tile with its neighbours, and keep them all."""
    from sqlclap.audio.spectrogram import spectrogram_columns

    sample, grid = tile.sample, tile.grid
    rate, frames = _length_of(sample)
    first = tile.group * TILE_COLUMNS
    part = range(first, min(first + tile.together * TILE_COLUMNS, grid.columns(frames)))
    with open_sound(sample, follow) as sound:
        if _version_of(sample, sound) != tile.version:
            raise RefusedError(503, f"{sample.path} is being changed; ask again")
        with sound.decoded() as stream:
            if not stream.jumps and part.start * grid.hop > LONGEST_DECODED_S * rate:
                hours = LONGEST_DECODED_S / 3600
                raise RefusedError(
                    413, f"{sample.path}: of {stream.format}, the first {hours:g} hours are drawn"
                )
            columns = spectrogram_columns(stream, grid, part, job.check)
    starts = range(0, len(part), TILE_COLUMNS)
    tiles = [columns[at : at + TILE_COLUMNS].tobytes() for at in starts]
    for at, made in enumerate(tiles):
        _TILES.keep(tile.key(tile.group + at), made)
    return tiles
