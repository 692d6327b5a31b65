"""Front-end features of every window of every clip and variant, through sqlclap's own path."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sqlclap.audio.front_end import FrontEnd
from sqlclap.audio.spec import FrontEndSpec, MelSpec
from sqlclap.audio.windows import cut_windows, is_silent
from sqlclap.durable import draft_of
from training import paths
from training.corpus.clip import Clip, read_shard
from training.corpus.shards import Shard
from training.corpus.variants import vary
from training.measures import measure
from training.procedural.signal import Dice

FRONT_END = FrontEndSpec(
    sample_rate=44_100,
    resampler="HQ",
    window_s=2.5,
    padding="zero",
    loudness="peak",
    loudness_target_db=0.0,
    int16_round_trip=False,
    mel=MelSpec(
        n_fft=2048,
        hop=1050,
        n_mels=96,
        fmin=30.0,
        fmax=20_000.0,
        scale="slaney",
        norm="none",
        log_floor=1e-6,
        pad_mode="constant",
    ),
    # Said for libraries: what was trained on is mono, and no clip of it is cancelled.
    mono="mean-unless-cancelled",
    offset="removed-where-larger",
)
_MAX_TRAINING_WINDOWS = 3
ALL_WINDOWS = 1000
"""More than any clip has."""


@dataclass
class FeatureTable:
    """Windows of one or more shards.

    Attributes
    ----------
    mels : np.ndarray [shape=(n, frames, n_mels), dtype=float16]
        Log-mel spectrograms (in dB).
    clip : np.ndarray [shape=(n,), dtype=int64]
        Which entry of `infos` a window belongs to.
    seconds : np.ndarray [shape=(n,), dtype=float32]
        Sound in the window.
    index : np.ndarray [shape=(n,), dtype=int64]
        The window's place in its sound.
    measures : np.ndarray [shape=(n, 2), dtype=float32]
        `training.measures.MEASURES` of the whole sound.
    infos : list of dict
        One an original or variant: a clip's description, with the variant's traits.
    """

    mels: np.ndarray
    clip: np.ndarray
    seconds: np.ndarray
    index: np.ndarray
    measures: np.ndarray
    infos: list[dict]


def _versions(clip: Clip, shard: Shard) -> list[tuple[np.ndarray, tuple[str, ...]]]:
    """Return the clip itself and, for training, its variants."""
    versions = [(clip.audio, ())]
    if clip.info.split == "train" and clip.info.label:
        for number in range(shard.variants):
            key = f"{clip.info.source}/{clip.info.file}/{number}"
            versions.append(vary(clip.audio, Dice(zlib.crc32(key.encode())), shard.semitones))
    return versions


def windows_of(
    sound: np.ndarray, front_end: FrontEnd, limit: int
) -> list[tuple[int, float, np.ndarray]]:
    """Return number, length (in seconds) and features of a sound's first audible windows."""
    spec, found = front_end.spec, []
    for window in cut_windows([sound], spec.window_samples, spec.sample_rate):
        if not is_silent(window.samples) and len(found) < limit:
            features = front_end.features(window.samples)
            found.append((window.index, window.end_s - window.start_s, features))
    return found


def build_features(shard: Shard) -> int:
    """Compute and store the features of a shard; return the number of windows."""
    front_end = FrontEnd(FRONT_END)
    rows, infos = [], []
    for clip in read_shard(paths.CLIPS / f"{shard.name}.npz"):
        limit = _MAX_TRAINING_WINDOWS if clip.info.split == "train" else ALL_WINDOWS
        for sound, traits in _versions(clip, shard):
            if not np.isfinite(sound).all() or np.abs(sound).max() < 1e-4:
                continue
            measured = measure(sound)
            for index, seconds, mel in windows_of(sound, front_end, limit):
                rows.append((mel.astype(np.float16), len(infos), seconds, index, measured))
            info = {**vars(clip.info), "traits": [*clip.info.traits, *traits]}
            infos.append({**info, "variant": len(infos)})
    _store(paths.FEATURES / f"{shard.name}.npz", rows, infos)
    return len(rows)


def _store(path: Path, rows: list[tuple], infos: list[dict]) -> None:
    mels, clip, seconds, index, measures = zip(*rows, strict=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft_of(path) as draft:
        np.savez(
            draft,
            mels=np.stack(mels),
            clip=np.array(clip),
            seconds=np.array(seconds, np.float32),
            index=np.array(index),
            measures=np.array(measures, np.float32),
            infos=np.array(json.dumps(infos)),
        )


def load_features(names: list[str]) -> FeatureTable:
    """Read and join the features of shards."""
    parts, infos, shift = [], [], 0
    for name in names:
        with np.load(paths.FEATURES / f"{name}.npz") as data:
            part = {key: data[key] for key in ("mels", "clip", "seconds", "index", "measures")}
            own = json.loads(str(data["infos"]))
        part["clip"] = part["clip"] + shift
        shift += len(own)
        infos.extend({**info, "shard": name} for info in own)
        parts.append(part)
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return FeatureTable(**joined, infos=infos)
