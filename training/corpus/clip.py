"""A named sound, and shards of them on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import soxr

from sqlclap.durable import draft_of

SAMPLE_RATE = 44_100
MAX_SECONDS = 8.0
_SILENCE = 1e-5
_ONSET = 0.003
_LEAD_IN = 200


@dataclass(frozen=True)
class ClipInfo:
    """What is known about a clip besides its samples.

    Attributes
    ----------
    source : str
        Where it comes from, as "family/part" ("hydrogen/Audiophob", "procedural").
    name, file : str
        The maker's wording, and a name that is unique within the source.
    label : str or None
        Sound class; None when nothing fits, such clips are only searched among.
    traits : tuple of str
        Attributes known from the making ("soft", "808", "distorted").
    split : {"train", "validation", "test"}
        Training, model selection, or the packs that are only measured on.
    """

    source: str
    name: str
    file: str
    label: str | None
    traits: tuple[str, ...] = field(default=())
    split: str = "train"


@dataclass(frozen=True)
class Clip:
    """A mono sound at 44.1 kHz with its description."""

    audio: np.ndarray
    info: ClipInfo


def tidy(audio: np.ndarray, rate: int = SAMPLE_RATE, *, trim: bool = True) -> np.ndarray | None:
    """Mix down, resample, cut leading silence, limit the length and scale to 0.9.

    Parameters
    ----------
    audio : np.ndarray [shape=(n,) or (n, channels)]
        Decoded sound.
    rate : int
        Its sampling rate (in Hz).
    trim : bool
        Cut silence before the onset; files that are measured on stay as they are.

    Returns
    -------
    np.ndarray [shape=(m,), dtype=float32] or None
        None when the sound is silent.
    """
    mono = np.asarray(audio, np.float32)
    mono = mono.mean(axis=1) if mono.ndim > 1 else mono
    if rate != SAMPLE_RATE and len(mono):
        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
    peak = float(np.abs(mono).max(initial=0.0))
    if not np.isfinite(peak) or peak < _SILENCE:
        return None
    if trim:
        onset = int(np.argmax(np.abs(mono) > _ONSET * peak))
        mono = mono[max(0, onset - _LEAD_IN) :]
    return (mono[: int(MAX_SECONDS * SAMPLE_RATE)] * (0.9 / peak)).astype(np.float32)


def make_clip(audio: np.ndarray, info: ClipInfo, rate: int = SAMPLE_RATE) -> Clip | None:
    """Return a tidied clip, or None when the sound is silent."""
    tidied = tidy(audio, rate, trim=info.split != "test")
    return None if tidied is None else Clip(tidied, info)


def write_shard(path: Path, clips: Iterable[Clip]) -> int:
    """Write clips as one 16-bit array with offsets and descriptions; return their number."""
    arrays, infos = [], []
    for clip in clips:
        arrays.append(np.round(clip.audio * 32767).astype(np.int16))
        infos.append(asdict(clip.info))
    offsets = np.cumsum([0] + [len(array) for array in arrays])
    path.parent.mkdir(parents=True, exist_ok=True)
    joined = np.concatenate(arrays) if arrays else np.zeros(0, np.int16)
    with draft_of(path) as draft:
        np.savez(draft, audio=joined, offsets=offsets, infos=np.array(json.dumps(infos)))
    return len(infos)


def read_shard(path: Path) -> Iterator[Clip]:
    """Yield the clips of a shard."""
    with np.load(path) as data:
        audio, offsets = data["audio"], data["offsets"]
        infos = json.loads(str(data["infos"]))
    for index, info in enumerate(infos):
        samples = audio[offsets[index] : offsets[index + 1]].astype(np.float32) / 32767
        yield Clip(samples, ClipInfo(**{**info, "traits": tuple(info["traits"])}))
