"""The tables: text to sound and sound to sound, per pack, for one model or the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluation.metrics import pool, sound_to_sound, text_to_sound, unit
from training.evaluation.packs import SOUND_CLASSES, distinct, maker_of, pack_of
from training.features import FeatureTable

PACKS = ("drum kits", "lmms", "freepats", "timgm")


@dataclass(frozen=True)
class Collection:
    """Clips to search among.

    Attributes
    ----------
    vectors : np.ndarray [shape=(n, dim)]
        One unit vector a clip.
    labels, sources : np.ndarray [shape=(n,), dtype=str]
        Labels are "" where no class fits.
    """

    vectors: np.ndarray
    labels: np.ndarray
    sources: np.ndarray


def clip_labels(table: FeatureTable) -> np.ndarray:
    """Return the label of each clip, "" for none."""
    return np.array([info["label"] or "" for info in table.infos])


def collect(table: FeatureTable, windows: np.ndarray, split: str) -> Collection:
    """Pool window vectors into clips and keep the originals of a split."""
    vectors = pool(windows, table.clip, table.seconds, len(table.infos))
    chosen = [i for i, info in enumerate(table.infos) if info["split"] == split]
    return subset(vectors, table, np.array(chosen))


def subset(vectors: np.ndarray, table: FeatureTable, chosen: np.ndarray) -> Collection:
    """Return the labelled clips among `chosen` as a collection."""
    labels = clip_labels(table)
    chosen = chosen[labels[chosen] != ""]
    sources = np.array([table.infos[i]["source"] for i in chosen])
    return Collection(vectors[chosen], labels[chosen], sources)


def text_table(found: Collection, queries: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return text-to-sound metrics over all packs and for each."""
    packs = np.array([pack_of(source) for source in found.sources])
    rows = {"all": text_to_sound(found.vectors, found.labels, queries)}
    for pack in PACKS:
        mine = packs == pack
        if mine.any():
            rows[pack] = text_to_sound(found.vectors[mine], found.labels[mine], queries)
    return rows


def by_source(found: Collection, queries: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return text-to-sound metrics for each source."""
    rows = {}
    for source in sorted(set(found.sources.tolist())):
        mine = found.sources == source
        rows[source] = text_to_sound(found.vectors[mine], found.labels[mine], queries)
    return rows


def across_makers(found: Collection) -> dict[str, float]:
    """Return sound-to-sound metrics, each query's own maker left out."""
    groups = np.array([maker_of(source) for source in found.sources])
    return sound_to_sound(unit(found.vectors), found.labels, groups)


def drum_clips(table: FeatureTable) -> np.ndarray:
    """Return the distinct held-out clips of drum classes in the kits and lmms."""
    chosen = [
        i
        for i, info in enumerate(table.infos)
        if info["split"] == "test"
        and info["label"] in SOUND_CLASSES
        and pack_of(info["source"]) in {"drum kits", "lmms"}
    ]
    return distinct(table, np.array(chosen))


def sound_table(table: FeatureTable, vectors: np.ndarray) -> dict[str, float]:
    """Return sound-to-sound metrics on drum classes, each query's own maker left out."""
    return across_makers(subset(vectors, table, drum_clips(table)))
