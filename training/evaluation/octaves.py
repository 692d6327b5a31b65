"""Does a sound that is played an octave up find its original first?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import soxr

from sqlclap.audio.front_end import FrontEnd
from training import paths
from training.corpus.clip import SAMPLE_RATE, read_shard
from training.evaluation.metrics import pool, unit
from training.features import ALL_WINDOWS, FRONT_END, FeatureTable, windows_of


def octave_up(sound: np.ndarray) -> np.ndarray:
    """Return a sound as a tape at twice its speed plays it."""
    return soxr.resample(sound, 2 * SAMPLE_RATE, SAMPLE_RATE, quality="HQ").astype(np.float32)


def transposed_vectors(
    shards: list[str], split: str, embed: Callable[[np.ndarray], np.ndarray]
) -> dict[tuple[str, str], np.ndarray]:
    """Return the vector of each labelled sound of a split, an octave up, by source and file."""
    front_end = FrontEnd(FRONT_END)
    keys, owners, seconds, mels = [], [], [], []
    for name in shards:
        for clip in read_shard(paths.CLIPS / f"{name}.npz"):
            if clip.info.split != split or not clip.info.label:
                continue
            for _, duration, mel in windows_of(octave_up(clip.audio), front_end, ALL_WINDOWS):
                owners.append(len(keys))
                seconds.append(duration)
                mels.append(mel)
            keys.append((clip.info.source, clip.info.file))
    windows = embed(np.stack(mels))
    vectors = pool(windows, np.array(owners), np.array(seconds), len(keys))
    return dict(zip(keys, vectors, strict=True))


def found_first(
    table: FeatureTable, clips: np.ndarray, transposed: dict[tuple[str, str], np.ndarray]
) -> dict[str, float]:
    """Return how often the original is the best match, and among the best five.

    Parameters
    ----------
    table : FeatureTable
    clips : np.ndarray [shape=(clips, dim)]
        Vectors of all of the table's clips.
    transposed : dict
        From `transposed_vectors`; originals are sought among these sounds.
    """
    keys = {}
    for clip, info in enumerate(table.infos):
        keys.setdefault((info["source"], info["file"]), clip)
    pairs = [(keys[key], vector) for key, vector in transposed.items() if key in keys]
    own = unit(clips[[clip for clip, _ in pairs]])
    scores = np.stack([vector for _, vector in pairs]) @ own.T
    rank = (scores > np.diag(scores)[:, None]).sum(axis=1)
    return {
        "first": float((rank == 0).mean()),
        "in five": float((rank < 5).mean()),
        "sounds": len(rank),
    }
