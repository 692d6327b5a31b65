"""Stretches of sounds as an archive of WAV files: each sound is cut when its turn comes."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Generator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.responses import RefusedError, told_of
from datasette_sqlclap.sound_files import open_sound
from datasette_sqlclap.zip_stream import CHUNK, WrittenParts, tell_left_out
from sqlclap.audio.clips import Clip
from sqlclap.cells import write_rows
from sqlclap.exchange.clip_export import TABLE, ClipNames

if TYPE_CHECKING:
    from sqlclap.exchange.span_lists import ListedSpan

COLUMNS = ("clip", "recording", "sample_id", "start_s", "end_s", "score")
MOST_CLIPS = 2_000
LARGEST_CLIPS = 2 << 30
_WIDEST = 4
"""Bytes of a value in a WAV file, at most."""
_CHANNELS, _RATE = 2, 48_000  # of what is not known


def size_of_clips(spans: Sequence[ListedSpan]) -> int:
    """Return how many bytes spans take as WAV files, at most."""
    return sum(
        round(_length(one) * (one.sample.sample_rate or _RATE))
        * (one.sample.channels or _CHANNELS)
        * _WIDEST
        for one in spans
    )


def _length(one: ListedSpan) -> float:
    end, length = one.span.end_s, one.sample.duration_s
    return max((end if length is None else min(end, length)) - one.span.start_s, 0.0)


def clip_stream(
    spans: Sequence[ListedSpan], label: str, follow_links: bool
) -> Generator[bytes, None, None]:
    """Yield an archive of spans as WAV files, part by part, with a table of what each is.

    Sounds of which none could be cut are named in a file of it, with the reason.

    Parameters
    ----------
    spans : sequence of ListedSpan
    label : str
        Names their folder; empty: there is none.
    follow_links : bool
        See `open_sound`.
    """
    by_sample: defaultdict[int, list[ListedSpan]] = defaultdict(list)
    for one in spans:
        by_sample[one.sample.sample_id].append(one)
    written, names = WrittenParts(), ClipNames()
    rows: list[dict[str, Any]] = []
    left_out: list[str] = []
    with zipfile.ZipFile(written, "w") as archive, TemporaryDirectory() as folder:
        for own in by_sample.values():
            sample = own[0].sample
            try:
                made = _cut(own, Path(folder), follow_links)
            except RefusedError as error:
                left_out.append(f"{sample.path}: {told_of(error)}\n")
                continue
            for clip, one in made:
                name = names.name(label, sample.path, sample.sample_id, (clip.start_s, clip.end_s))
                rows.append(_row(name, one))
                yield from _entry(archive, written, name, clip)
                clip.file.unlink()
        archive.writestr(TABLE, _table(rows))
        tell_left_out(archive, left_out)
    yield written.take()


def _cut(
    own: Sequence[ListedSpan], folder: Path, follow_links: bool
) -> list[tuple[Clip, ListedSpan]]:
    """Write a sound's spans into a folder; none of them stays there where that fails."""
    asked = {
        Clip(one.span.start_s, one.span.start_s + _length(one), folder / f"{number}.wav"): one
        for number, one in enumerate(own)
    }
    try:
        with open_sound(own[0].sample, follow_links) as sound:
            made = sound.cut([*asked])
    except RefusedError:
        for clip in asked:
            clip.file.unlink(missing_ok=True)
        raise
    return [(clip, asked[clip]) for clip in made]


def _row(name: str, one: ListedSpan) -> dict[str, Any]:
    span = (one.span.start_s, one.span.end_s, one.score)
    return dict(zip(COLUMNS, (name, one.sample.path, one.sample.sample_id, *span), strict=True))


def _entry(
    archive: zipfile.ZipFile, written: WrittenParts, name: str, clip: Clip
) -> Generator[bytes, None, None]:
    info = zipfile.ZipInfo.from_file(clip.file, name)
    with archive.open(info, "w") as entry, clip.file.open("rb") as content:
        while part := content.read(CHUNK):
            entry.write(part)
            yield written.take()


def _table(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    write_rows(text, COLUMNS, rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
