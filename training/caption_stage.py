"""The captions of all training sounds, with the static vectors of their texts."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from sqlclap.durable import draft_of, write_whole
from training import paths
from training.captions import ATTRIBUTES, Caption, caption_bank, measured_attributes
from training.features import FeatureTable
from training.taxonomy.classes import CLASSES, FAMILIES
from training.text_table import TextTable, load_table, tokenizer

PER_SOUND = 8
SEED = 7
_GENERATED = ("procedural",)
UNTAUGHT = 0.35
"""What a token weighs in a query that no class, family or attribute is named with.

A sentence around a name is mostly such tokens, and its plain mean lies where no caption did. By
validation: names in sentences from 0.109 to 0.300, synonyms kept back from 0.273 to 0.279; the AUC
of unknown words falls from 0.965 to 0.959. At 0.25 it would be 0.956, sentences 0.352.
"""
_LITTLE = "a the of for to in on and with it is then as from that i we you me my his some"
"""Words that names have as well, and that say nothing."""


@dataclass(frozen=True)
class Captions:
    """Captions by sound.

    Attributes
    ----------
    ids : np.ndarray [shape=(sounds, PER_SOUND), dtype=int32]
        Row of `vectors` of each caption; -1 for sounds without a class.
    vectors : np.ndarray [shape=(texts, 256), dtype=float32]
    classes : np.ndarray [shape=(texts, classes), dtype=bool]
        Classes that a text fits, in the order of `class_names`.
    attributes : np.ndarray [shape=(texts, attributes), dtype=bool]
        Attributes that a text asks for.
    has : np.ndarray [shape=(sounds, attributes), dtype=bool]
        Attributes that a sound has.
    """

    ids: np.ndarray
    vectors: np.ndarray
    classes: np.ndarray
    attributes: np.ndarray
    has: np.ndarray


def class_names() -> list[str]:
    """Return all classes in the order that arrays use."""
    return sorted(CLASSES)


def embed_texts(texts: list[str]) -> np.ndarray:
    """Return the static unit vectors of texts, shape (n, 256), float32."""
    return _embed(load_table(), texts)


def embed_queries(texts: list[str]) -> np.ndarray:
    """Return the static unit vectors of texts as queries are read; see `query_table`."""
    return _embed(query_table(), texts)


def query_table() -> TextTable:
    """Return the table for queries: captions' own words weigh most."""
    table, tokens = load_table(), tokenizer()
    named = [one.wordings for one in CLASSES.values()]
    texts = {text for words in (*named, *FAMILIES.values(), *ATTRIBUTES.values()) for text in words}
    taught = {token for entry in tokens.encode_batch(sorted(texts)) for token in entry.ids}
    taught -= set(tokens.encode(_LITTLE).ids)
    return table.with_less(sorted(set(range(len(table.weights))) - taught), UNTAUGHT)


def _embed(table: TextTable, texts: list[str]) -> np.ndarray:
    encoded = tokenizer().encode_batch(texts)
    return np.stack([table.embed(entry.ids) for entry in encoded]).astype(np.float32)


def describe(table: FeatureTable) -> list[dict]:
    """Return label, name and attributes of every training sound with a class."""
    heard, first = np.unique(table.clip, return_index=True)  # silent sounds have no window
    rows = {int(clip): int(row) for clip, row in zip(heard, first, strict=True)}
    kept = [i for i, info in enumerate(table.infos) if i in rows and usable(info)]
    measures = table.measures[[rows[i] for i in kept]]
    measured = measured_attributes([table.infos[i]["label"] for i in kept], measures)
    sounds = []
    for i, found in zip(kept, measured, strict=True):
        info = table.infos[i]
        traits = {trait for trait in info["traits"] if trait in ATTRIBUTES}
        traits.discard("short")  # measured on the result instead
        name = None if info["source"] in _GENERATED else info["name"]
        sounds.append(
            {"sound": i, "label": info["label"], "name": name, "attributes": sorted(found | traits)}
        )
    return sounds


def usable(info: dict) -> bool:
    """Tell whether a sound is for training and has a class."""
    return info["split"] == "train" and bool(info["label"])


def _texts(
    bank: list[list[Caption]],
) -> tuple[dict[str, int], list[set[str]], list[frozenset[str]]]:
    index: dict[str, int] = {}
    classes: list[set[str]] = []
    attributes: list[frozenset[str]] = []
    for captions in bank:
        for caption in captions:
            if caption.text not in index:
                index[caption.text] = len(index)
                classes.append(set())
                attributes.append(caption.attributes)
            classes[index[caption.text]] |= caption.classes
    return index, classes, attributes


def _membership(sets: list, names: list[str]) -> np.ndarray:
    column = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(sets), len(names)), bool)
    for row, members in enumerate(sets):
        table[row, [column[member] for member in members]] = True
    return table


def build_captions(table: FeatureTable) -> str:
    """Write and embed the captions; return how many texts there are."""
    sounds = describe(table)
    bank = caption_bank(sounds, PER_SOUND, SEED)
    index, classes, attributes = _texts(bank)
    ids = np.full((len(table.infos), PER_SOUND), -1, np.int32)
    has = np.zeros((len(table.infos), len(ATTRIBUTES)), bool)
    keys = list(ATTRIBUTES)
    for sound, captions in zip(sounds, bank, strict=True):
        ids[sound["sound"]] = [index[caption.text] for caption in captions]
        has[sound["sound"], [keys.index(name) for name in sound["attributes"]]] = True
    paths.TEXT.mkdir(parents=True, exist_ok=True)
    with draft_of(paths.TEXT / "captions.npz") as draft:
        np.savez(
            draft,
            ids=ids,
            vectors=embed_texts(list(index)),
            classes=_membership(classes, class_names()),
            attributes=_membership(attributes, keys),
            has=has,
        )
    write_whole(paths.TEXT / "captions.json", json.dumps(list(index)))
    return f"{len(index)} texts for {len(sounds)} sounds"


def load_captions() -> Captions:
    """Read what `build_captions` stored."""
    with np.load(paths.TEXT / "captions.npz") as data:
        return Captions(**{name: data[name] for name in data.files})
