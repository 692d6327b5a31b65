"""Measure MFCC statistics on the held-out packs, with a linear map to words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from sqlclap.durable import write_whole
from training.caption_stage import class_names, embed_texts, usable
from training.evaluation.metrics import unit
from training.evaluation.mfcc import clip_statistics, ridge, standardised
from training.evaluation.report import sound_table, subset, text_table
from training.features import FeatureTable

_PENALTY = 300.0


def measure_baseline(table: FeatureTable, report: Path) -> str:
    """Write the baseline's report: statistics compared by cosine, words by ridge regression."""
    statistics = clip_statistics(table)
    training = np.array([i for i, info in enumerate(table.infos) if usable(info)])
    test = np.array([i for i, info in enumerate(table.infos) if info["split"] == "test"])
    values = standardised(statistics, statistics[training])
    names = class_names()
    words = embed_texts(names)
    column = {name: i for i, name in enumerate(names)}
    targets = words[[column[table.infos[i]["label"]] for i in training]]
    centre = targets.mean(axis=0)
    weights = ridge(values[training], targets - centre, _PENALTY)
    queries = dict(zip(names, unit(words - centre), strict=True))
    found = {
        "text": text_table(subset(unit(values @ weights), table, test), queries),
        "sound": sound_table(table, unit(values)),
    }
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, json.dumps(found, indent=1) + "\n")
    return f"sound to sound mAP {found['sound']['mAP']:.3f}"
