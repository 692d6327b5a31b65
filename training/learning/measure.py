"""Measure a finished run: validation, held-out packs, sound to sound."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from training.caption_stage import class_names, embed_texts
from training.evaluation.metrics import pool
from training.evaluation.report import Collection, collect, sound_table, text_table
from training.features import FeatureTable
from training.learning.network import TwoTowers, embed_audio, embed_text
from training.learning.train import averaged_towers


def class_queries(model: TwoTowers) -> dict[str, np.ndarray]:
    """Return the unit vector of each class's name."""
    names = class_names()
    vectors = embed_text(model.text, embed_texts(names)).numpy()
    return dict(zip(names, vectors, strict=True))


def measure_towers(model: TwoTowers, table: FeatureTable) -> dict:
    """Return all tables of one model on the validation and test clips of `table`."""
    windows = embed_audio(model.audio, table.mels).numpy()
    queries = class_queries(model)
    clips = pool(windows, table.clip, table.seconds, len(table.infos))
    validation = collect(table, windows, "validation")
    everything = Collection(validation.vectors, validation.labels, validation.sources)
    return {
        "validation": text_table(everything, queries)["all"],
        "text": text_table(collect(table, windows, "test"), queries),
        "sound": sound_table(table, clips),
    }


def measure_run(folder: Path, table: FeatureTable, report: Path) -> dict:
    """Measure the averaged weights of a run and write the report."""
    model, recipe = averaged_towers(folder)
    found = {"seed": recipe.seed, **measure_towers(model, table)}
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(found, indent=1) + "\n")
    return found
