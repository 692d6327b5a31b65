"""Sounds listed as M3U8, CSV, JSON or Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from sqlclap.cells import write_rows
from sqlclap.db.samples import Sample
from sqlclap.records import path_text, records


def write_parquet(samples: Sequence[Sample], file: Path) -> None:
    """Write all that is told of sounds as Parquet; the extra ``notebook`` brings what does."""
    from sqlclap.notebook import frames
    from sqlclap.notebook.results import Results

    table = Results(samples, Sample).to_arrow()
    types = {one.name: str(one.type) for one in table.schema}
    columns = [table[name].to_pylist() for name in types]
    frames.write_parquet(file, types, [zip(*columns, strict=True)])


def _as_m3u8(samples: Sequence[Sample]) -> str:
    return playlist((sample, str(sample.file.absolute())) for sample in samples)


def playlist(places: Iterable[tuple[Sample, str]]) -> str:
    """Write sounds as M3U8, each with where a player finds it: a path, or an address."""
    lines = ["#EXTM3U"]
    for sample, place in places:
        if can_be_listed(place):
            lines += [f"#EXTINF:{round(sample.duration_s or -1)},{list_title(sample)}", place]
    return "\n".join(lines) + "\n"


def can_be_listed(place: str) -> bool:
    """Whether a playlist has a way to write a path."""
    return not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in place)


def list_title(sample: Sample) -> str:
    """Return what a playlist calls a sound."""
    name = PurePosixPath(path_text(sample.file)).stem
    return "".join(letter if letter.isprintable() else " " for letter in name)


def sound_table(samples: Sequence[Sample], remote: bool = False) -> str:
    """Write all that is told of sounds as CSV; to `remote` readers not where files lie."""
    text, rows = io.StringIO(), records(samples, remote)
    write_rows(text, [*rows[0]], rows)
    return text.getvalue()


def _as_json(samples: Sequence[Sample]) -> str:
    return json.dumps(records(samples), indent=2) + "\n"


TEXTS: dict[str, Callable[[Sequence[Sample]], str]] = {
    "m3u8": _as_m3u8,
    "csv": sound_table,
    "json": _as_json,
}
"""What writes the kinds of lists that are text."""
