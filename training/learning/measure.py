"""Measure a finished run: validation, held-out packs, sound to sound."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from sqlclap.durable import write_whole
from training.caption_stage import class_names, embed_texts
from training.evaluation.background import best_of_known
from training.evaluation.metrics import (
    area_under_roc,
    average_precision,
    pool,
    rankings,
    text_to_sound,
)
from training.evaluation.report import collect, sound_table, text_table
from training.evaluation.unknown import UNKNOWN_CONCEPTS
from training.evaluation.wording import wording_correlations
from training.features import FeatureTable
from training.learning.network import TwoTowers, embed_audio, embed_text
from training.learning.train import finished_towers
from training.taxonomy.classes import CLASSES, unseen_synonym

TEMPLATES = ("{}", "a {}", "{} sound", "{} one shot", "the sound of a {}")
"""Prompt templates that are compared on validation sounds; the contract has the first."""


def class_queries(model: TwoTowers, template: str = "{}") -> dict[str, np.ndarray]:
    """Return the unit vector of each class's name in a prompt template."""
    names = class_names()
    texts = [template.format(name) for name in names]
    vectors = embed_text(model.text, embed_texts(texts)).numpy()
    return dict(zip(names, vectors, strict=True))


def unseen_queries(model: TwoTowers) -> dict[str, np.ndarray]:
    """Return the unit vector of each class's synonym that no caption had."""
    words = {name: unseen_synonym(CLASSES[name]) for name in class_names()}
    kept_back = {name: word for name, word in words.items() if word}
    vectors = embed_text(model.text, embed_texts(list(kept_back.values()))).numpy()
    return dict(zip(kept_back, vectors, strict=True))


def unknown_queries(model: TwoTowers) -> np.ndarray:
    """Return the unit vectors of concepts that the model was never told about."""
    return embed_text(model.text, embed_texts(list(UNKNOWN_CONCEPTS))).numpy()


def embed_held(model: TwoTowers, table: FeatureTable) -> np.ndarray:
    """Return unit vectors of all windows, zeros for those that were trained on."""
    held = np.array([table.infos[clip]["split"] != "train" for clip in table.clip])
    vectors = embed_audio(model.audio, table.mels[held]).numpy()
    windows = np.zeros((len(held), vectors.shape[1]), np.float32)
    windows[held] = vectors
    return windows


def measure_towers(model: TwoTowers, table: FeatureTable) -> dict:
    """Return all tables of one model on the validation and test clips of `table`."""
    windows = embed_held(model, table)
    queries = class_queries(model)
    clips = pool(windows, table.clip, table.seconds, len(table.infos))
    held = collect(table, windows, "validation")
    test = collect(table, windows, "test")
    nonsense = (test.vectors @ unknown_queries(model).T).max(axis=0)
    ranked = rankings(test.vectors, test.labels, queries)
    by_template = {
        template: text_to_sound(held.vectors, held.labels, class_queries(model, template))["mAP"]
        for template in TEMPLATES
    }
    return {
        "validation": text_to_sound(held.vectors, held.labels, queries),
        "templates": by_template,
        "text": text_table(test, queries),
        "by_class": {name: average_precision(ranking) for name, ranking in ranked.items()},
        "unseen_synonyms": text_to_sound(test.vectors, test.labels, unseen_queries(model)),
        "wording": wording_correlations(
            table, clips, lambda texts: embed_text(model.text, embed_texts(texts)).numpy()
        ),
        "unknown_auc": area_under_roc(best_of_known(test, queries), nonsense),
        "sound": sound_table(table, clips),
    }


def measure_run(folder: Path, table: FeatureTable, report: Path) -> dict:
    """Measure the averaged weights of a run and write the report."""
    model, recipe = finished_towers(folder)
    found = {"seed": recipe.seed, **measure_towers(model, table)}
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, json.dumps(found, indent=1) + "\n")
    return found
