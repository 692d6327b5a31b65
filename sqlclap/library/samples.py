"""Samples as rows of the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import UnknownSoundError
from sqlclap.library.paths import file_path, path_columns
from sqlclap.library.sources import list_sources
from sqlclap.library.statements import statement

if TYPE_CHECKING:
    import apsw

LEAST_HEARD_SHARE = 0.5
"""A sound of whose energy less lies in what the model hears is marked: most of it isn't heard."""


@dataclass(frozen=True)
class Sample:
    """One sound of a library.

    Attributes
    ----------
    sample_id : int
    root, path : str
        Folder of the source, and the path below it.
    file : Path
        Where the sound lies on disk.
    duration_s, attack_s : float or None
        In seconds.
    peak_db, rms_db : float or None
        In dBFS.
    spectral_centroid_hz, pitch_hz : float or None
        In Hz.
    flatness, pitch_confidence : float or None
        From 0 to 1.
    status : {"ok", "silent", "missing", "failed"}
    note : str or None
        What decoding had to put up with.
    heard_share : float or None
        Energy that lies in what the model hears over all energy, from 0 to 1; None for silence
        and where it was not measured yet.
    """

    sample_id: int
    root: str
    path: str
    file: Path
    content_hash: str
    bytes: int
    duration_s: float | None
    sample_rate: int | None
    channels: int | None
    format: str | None
    peak_db: float | None
    rms_db: float | None
    spectral_centroid_hz: float | None
    flatness: float | None
    attack_s: float | None
    pitch_hz: float | None
    pitch_confidence: float | None
    status: str
    note: str | None
    heard_share: float | None


def _fetch(connection: apsw.Connection, where: str, bindings: tuple[object, ...]) -> list[Sample]:
    cursor = connection.execute(f"{statement('sample_columns')} WHERE {where}", bindings)
    samples = []
    for sample_id, root, path, path_bytes, *rest in cursor:
        samples.append(Sample(sample_id, root, path, file_path(root, path, path_bytes), *rest))
    return samples


def sample_by_id(connection: apsw.Connection, sample_id: int) -> Sample:
    """Return a sample.

    Raises
    ------
    UnknownSoundError
        There is no such id.
    """
    possible = abs(sample_id) < 2**63  # what SQLite's integers hold
    found = _fetch(connection, "s.sample_id = ?", (sample_id,)) if possible else []
    if not found:
        raise UnknownSoundError(f"no sample {sample_id} in {connection.filename}")
    return found[0]


def samples_by_path(connection: apsw.Connection, path: str) -> list[Sample]:
    """Return the samples that a path names: relative to a source, absolute, or from here.

    Only sources that hold files under the same relative path can give more than one.
    """
    try:
        absolute = Path(path).resolve()
    except (OSError, ValueError):  # loops, NUL: no file is called that
        return []
    found = {}
    for source in list_sources(connection):
        names = {path}
        if absolute.is_relative_to(source.root):
            names.add(str(absolute.relative_to(source.root)))
        for name in names:
            # As `path` shows it: names that aren't UTF-8 can be typed in that way too.
            key = (source.source_id, path_columns(name)[0])
            for sample in _fetch(connection, "s.source_id = ? AND s.path = ?", key):
                found[sample.sample_id] = sample
    return [found[sample_id] for sample_id in sorted(found)]
