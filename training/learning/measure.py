"""Measure a finished run: validation, held-out packs, sound to sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sqlclap.durable import write_whole
from training.caption_stage import class_names, embed_queries, embed_texts
from training.evaluation.background import best_of_known
from training.evaluation.metrics import (
    area_under_roc,
    average_precision,
    pool,
    rankings,
    text_to_sound,
)
from training.evaluation.octaves import found_first, transposed_vectors
from training.evaluation.queries import by_kind
from training.evaluation.report import (
    Collection,
    across_makers,
    by_source,
    collect,
    sound_table,
    text_table,
)
from training.evaluation.unknown import UNKNOWN_CONCEPTS
from training.evaluation.wording import wording_correlations
from training.features import FeatureTable
from training.learning.first_edition import go_on_from_first
from training.learning.network import TwoTowers, embed_audio, embed_text
from training.learning.recipe import Recipe
from training.learning.train import finished_towers
from training.reading import read_as_taught
from training.taxonomy.classes import CLASSES, unseen_synonym

TEMPLATES = ("{}", "a {}", "{} sound", "{} one shot", "the sound of a {}")
"""Prompt templates that are compared on validation sounds; the contract has the first."""
StaticEmbed = Callable[[list[str]], np.ndarray]
"""Gives the static vectors of texts, which the text head goes on from."""


def class_queries(
    model: TwoTowers, template: str = "{}", static: StaticEmbed = embed_queries
) -> dict[str, np.ndarray]:
    """Return the unit vector of each class's name in a prompt template."""
    names = class_names()
    texts = [template.format(name) for name in names]
    vectors = embed_text(model.text, static(texts)).numpy()
    return dict(zip(names, vectors, strict=True))


def unseen_queries(model: TwoTowers, static: StaticEmbed = embed_queries) -> dict[str, np.ndarray]:
    """Return the unit vector of each class's synonym that no caption had."""
    words = {name: unseen_synonym(CLASSES[name]) for name in class_names()}
    kept_back = {name: word for name, word in words.items() if word}
    vectors = embed_text(model.text, static(list(kept_back.values()))).numpy()
    return dict(zip(kept_back, vectors, strict=True))


def unknown_queries(model: TwoTowers, static: StaticEmbed = embed_queries) -> np.ndarray:
    """Return the unit vectors of concepts that the model was never told about."""
    return embed_text(model.text, static(list(UNKNOWN_CONCEPTS))).numpy()


def embed_held(model: TwoTowers, table: FeatureTable) -> np.ndarray:
    """Return unit vectors of all windows, zeros for those that were trained on."""
    held = np.array([table.infos[clip]["split"] != "train" for clip in table.clip])
    vectors = embed_audio(model.audio, table.mels[held]).numpy()
    windows = np.zeros((len(held), vectors.shape[1]), np.float32)
    windows[held] = vectors
    return windows


def across_octaves(
    model: TwoTowers, table: FeatureTable, clips: np.ndarray
) -> dict[str, dict[str, float]]:
    """Return how often a sound an octave up finds its original, by split."""
    shards = {split: set() for split in ("validation", "test")}
    for info in table.infos:
        if info["split"] in shards:
            shards[info["split"]].add(info["shard"])
    found = {}
    for split, names in shards.items():
        moved = transposed_vectors(
            sorted(names), split, lambda mels: embed_audio(model.audio, mels).numpy()
        )
        found[split] = found_first(table, clips, moved)
    return found


def measure_towers(
    model: TwoTowers,
    table: FeatureTable,
    read: Callable[[str], str] = read_as_taught,
    static: StaticEmbed = embed_queries,
) -> dict:
    """Return all tables of one model on the validation and test clips of `table`.

    Parameters
    ----------
    model : TwoTowers
    table : FeatureTable
    read : callable
        How queries are read before the text tower sees them.
    static : StaticEmbed
    """
    windows = embed_held(model, table)
    queries = class_queries(model, static=static)
    clips = pool(windows, table.clip, table.seconds, len(table.infos))
    held = collect(table, windows, "validation")
    test = collect(table, windows, "test")

    def embed(texts: list[str]) -> np.ndarray:
        return embed_text(model.text, static(texts)).numpy()

    return {
        **validation_tables(held, queries),
        "templates": by_template(model, held, static),
        **word_tables(test, queries, unknown_queries(model, static)),
        "queries": by_kind(test, lambda texts: embed([read(text) for text in texts])),
        "octave_up": across_octaves(model, table, clips),
        "unseen_synonyms": text_to_sound(test.vectors, test.labels, unseen_queries(model, static)),
        "wording": wording_correlations(table, clips, embed),
        "sound": sound_table(table, clips),
    }


def validation_tables(held: Collection, queries: dict[str, np.ndarray]) -> dict[str, object]:
    """Return what settings are chosen by: words to sounds, overall and by pack; sound to sound."""
    return {
        "validation": text_to_sound(held.vectors, held.labels, queries),
        "validation_packs": by_source(held, queries),
        "validation_sound": across_makers(held),
    }


def by_template(model: TwoTowers, held: Collection, static: StaticEmbed) -> dict[str, float]:
    """Return mAP on validation sounds by prompt template."""
    return {
        template: text_to_sound(held.vectors, held.labels, class_queries(model, template, static))[
            "mAP"
        ]
        for template in TEMPLATES
    }


def word_tables(
    test: Collection, queries: dict[str, np.ndarray], unknown: np.ndarray
) -> dict[str, object]:
    """Return what the classes' names find on the held-out packs, by pack and by class."""
    ranked = rankings(test.vectors, test.labels, queries)
    nonsense = (test.vectors @ unknown.T).max(axis=0)
    return {
        "text": text_table(test, queries),
        "by_class": {name: average_precision(ranking) for name, ranking in ranked.items()},
        "unknown_auc": area_under_roc(best_of_known(test, queries), nonsense),
    }


def measure_run(folder: Path, table: FeatureTable, report: Path) -> dict:
    """Measure the averaged weights of a run and write the report."""
    model, recipe = finished_towers(folder)
    found = {"run": folder.name, "seed": recipe.seed, **measure_towers(model, table)}
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, json.dumps(found, indent=1) + "\n")
    return found


def measure_first_edition(table: FeatureTable, report: Path, temperature: float) -> dict:
    """Measure the first edition in the same way; it reads and weighs words as they are typed."""
    model = TwoTowers(Recipe().shape, embed_texts(["kick"]).shape[1])
    go_on_from_first(model, table.mels[:256], temperature)
    found = {"run": "first-edition", **measure_towers(model, table, str, embed_texts)}
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, json.dumps(found, indent=1) + "\n")
    return found
