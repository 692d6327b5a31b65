"""Annotated spans as WAV files: a folder a label, and a table of what they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlclap.audio.clips import Clip, write_clips
from sqlclap.cells import write_rows
from sqlclap.errors import AnnotationError, AudioError
from sqlclap.exchange.at_hand import FilesHere
from sqlclap.exchange.new_folder import new_folder
from sqlclap.exchange.store import StoredAnnotation
from sqlclap.progress import NullProgress, ProgressListener

TABLE = "clips.csv"
LONGEST_PART_BYTES = 80
_UNSAFE = re.compile(r"[^\w.()+-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
COLUMNS = (
    "clip", "recording", "sample_id", "label", "start_s", "end_s", "clip_start_s", "clip_end_s",
    "verdict", "confidence", "low_hz", "high_hz", "notes",
)  # fmt: skip


@dataclass
class ClipReport:
    """What became of an export of clips.

    Attributes
    ----------
    folder : Path
    clips : int
        Files that were written.
    recordings : int
        Recordings that they are of.
    left_out : dict of str to str
        Recordings of which no clips could be cut, and why.
    """

    folder: Path
    clips: int = 0
    recordings: int = 0
    left_out: dict[str, str] = field(default_factory=dict)


def export_clips(
    found: Sequence[StoredAnnotation],
    folder: Path,
    pad_s: float = 0.0,
    listener: ProgressListener | None = None,
    files: FilesHere | None = None,
) -> ClipReport:
    """Write the spans of annotations as WAV files into a new folder; whole, or not at all.

    Each recording is decoded once. Rate, channels and coding stay as they are; what was coded with
    losses becomes 16-bit PCM. A recording that can't be read is named in the report.

    Parameters
    ----------
    found : sequence of StoredAnnotation
    folder : Path
        Must be new, or empty.
    pad_s : float
        Seconds before and after each span that are cut with it.
    listener : ProgressListener, optional
        Is told of the stage ``clips`` (recordings).
    files : FilesHere, optional
        Where recordings are at hand.

    Raises
    ------
    AnnotationError
        There are no annotations; the folder holds something, or can't be written.
    """
    _check(found, pad_s)
    report, by_recording = ClipReport(folder), defaultdict[tuple[int, Path], list[Any]](list)
    for one in found:
        by_recording[one.sample_id, one.file].append(one)
    listener, files, names = listener or NullProgress(), files or FilesHere(), ClipNames()
    listener.started("clips", len(by_recording))
    rows: list[dict[str, Any]] = []
    try:
        with new_folder(folder, AnnotationError) as draft:
            for place, own in by_recording.items():
                with files.at_hand(*place) as file:
                    rows += _cut(file, own, _Target(draft, names, pad_s), report)
                listener.advanced(1)
            _write_table(draft / TABLE, rows)
    except OSError as error:
        raise AnnotationError(f"can't write {folder}: {error.strerror or error}") from error
    return report


def _check(found: Sequence[StoredAnnotation], pad_s: float) -> None:
    if not 0 <= pad_s <= 3600:
        raise AnnotationError(f"expected a padding from 0 to 3600 s, got {pad_s:g}")
    if not found:
        raise AnnotationError(
            "there is nothing to cut: no such votes, anchors or tags; take annotations in with "
            "`sqlclap annotations import`, or vote"
        )


@dataclass(frozen=True)
class _Target:
    folder: Path
    names: ClipNames
    pad_s: float


def _cut(
    file: Callable[[], Path], own: Sequence[StoredAnnotation], target: _Target, report: ClipReport
) -> Iterator[dict[str, Any]]:
    clips = {}
    for one in own:
        clip = _clip(one, target)
        clip.file.parent.mkdir(exist_ok=True)
        clips[clip] = one
    try:
        written = write_clips(file(), list(clips))
    except AudioError as error:
        report.left_out[own[0].said.path or own[0].file.name] = str(error)
        for clip in clips:
            clip.file.unlink(missing_ok=True)
        return
    if len(written) < len(clips):
        lost = len(clips) - len(written)
        report.left_out[own[0].said.path or own[0].file.name] = (
            f"{lost:,} begin behind its end: the file has become shorter"
        )
    report.clips += len(written)
    report.recordings += bool(written)
    for clip in written:
        yield _row(clip, clips[clip], target.folder)


def _clip(one: StoredAnnotation, target: _Target) -> Clip:
    said = one.said
    length = said.recording.duration_s if said.recording is not None else None
    start, end = said.start_s, said.end_s
    if start is None or end is None:
        start, end = 0.0, length if length is not None else float("inf")
    else:
        start, end = max(start - target.pad_s, 0.0), end + target.pad_s
    if length is not None:
        end = min(end, length)
    name = target.names.name(said.label, said.path or "", one.sample_id, (start, end))
    return Clip(start, end, target.folder / name)


def _row(clip: Clip, one: StoredAnnotation, folder: Path) -> dict[str, Any]:
    said = one.said
    row = {name: getattr(said, name, None) for name in COLUMNS}
    return row | {
        "clip": clip.file.relative_to(folder).as_posix(),
        "recording": said.path,
        "sample_id": one.sample_id,
        "clip_start_s": clip.start_s,
        "clip_end_s": clip.end_s,
    }


def _write_table(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as table:
        write_rows(table, COLUMNS, rows)


class ClipNames:
    """Names of clips that any file system takes, each once, whatever its case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._folders: dict[str, str] = {}

    def name(self, label: str, path: str, sample_id: int | None, ends: tuple[float, float]) -> str:
        """Return a clip's path below the folder: label, recording, its id, start and end (in s).

        Without a label, there is no folder of its name.
        """
        if label and label not in self._folders:
            self._folders[label] = self._free(safe_part(label), "")
        folder = f"{self._folders[label]}/" if label else ""
        stem = safe_part(path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2])
        span = f"{ends[0]:.3f}-{ends[1]:.3f}" if ends[1] < float("inf") else "whole"
        return self._free(f"{folder}{stem}_{sample_id}_{span}", ".wav")

    def _free(self, name: str, suffix: str) -> str:
        number, free = 1, name + suffix
        while free.casefold() in self._taken:
            number += 1
            free = f"{name}-{number}{suffix}"
        self._taken.add(free.casefold())
        return free


def safe_part(text: str) -> str:
    """Return a part of a path that any file system takes, and no shell stumbles over.

    >>> safe_part("fox/red: juv."), safe_part("../.."), safe_part("con")
    ('fox_red_juv', '_', '_con')
    """
    plain = _UNSAFE.sub("_", text).strip(".-")
    while len(plain.encode("utf-8", "ignore")) > LONGEST_PART_BYTES:
        plain = plain[:-1]
    plain = plain.rstrip(".") or "_"
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain
