"""Turn the best run into the bundle: graphs, tokenizer, words, background scale, contract."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sqlclap.durable import draft_of, write_whole
from training import paths
from training.bundle import GRAPHS, contract, write_contract
from training.caption_stage import query_table
from training.evaluation.background import audio_scale, text_scale
from training.evaluation.metrics import pool
from training.evaluation.report import Collection, subset
from training.features import FRONT_END, FeatureTable
from training.learning.export import export_audio, export_text
from training.learning.measure import class_queries, unknown_queries
from training.learning.network import TwoTowers, embed_audio
from training.learning.train import finished_towers
from training.reading import WORDS_FILE
from training.taught import taught_text
from training.text_table import tokenizer

_LIBRARY_SOUNDS = 4000
_FRAMES = 1 + FRONT_END.window_samples // 1050


def best_run(reports: list[Path]) -> str:
    """Return the run with the best text-to-sound mAP on the validation sounds."""
    found = [json.loads(path.read_text()) for path in reports]
    return str(max(found, key=lambda report: report["validation"]["mAP"])["run"])


def _originals(table: FeatureTable, split: str) -> np.ndarray:
    """Return the clips of a split that are no variants, a fixed sample of at most 4,000."""
    first = {}
    for clip, info in enumerate(table.infos):
        if info["split"] == split:
            first.setdefault((info["source"], info["file"]), clip)
    chosen = np.array(sorted(first.values()))
    if len(chosen) > _LIBRARY_SOUNDS:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, _LIBRARY_SOUNDS, replace=False))
    return chosen


def _pooled(model: TwoTowers, table: FeatureTable, clips: np.ndarray) -> Collection:
    rows = np.isin(table.clip, clips)
    windows = embed_audio(model.audio, table.mels[rows]).numpy()
    vectors = pool(windows, table.clip[rows], table.seconds[rows], len(table.infos))
    return subset(vectors, table, clips)


def background(model: TwoTowers, table: FeatureTable) -> dict[str, object]:
    """Fit both background scales on validation sounds; return them with their AUC."""
    held = _pooled(model, table, _originals(table, "validation"))
    library = _pooled(model, table, _originals(table, "train"))
    text = text_scale(held, library, class_queries(model), unknown_queries(model))
    audio = audio_scale(held, library)
    return {
        "contract": {"text": text.contract(), "audio": audio.contract()},
        "auc": {"text": round(text.auc, 3), "audio": round(audio.auc, 3)},
    }


@dataclass(frozen=True)
class Chosen:
    """The run that is published, and the classes that are weak in the mean of all."""

    folder: Path
    weak: list[str]


def publish(run: Chosen, table: FeatureTable, folder: Path, report: Path) -> str:
    """Write the graphs, the tokenizer, the lists of words and, last, contract.json.

    A kill between two of them leaves a bundle that is refused, and a stage that runs again.

    Parameters
    ----------
    run : Chosen
    table : FeatureTable
        Training and validation sounds, for the background scale.
    folder : Path
        The bundle.
    report : Path
        Where the background's figures go.
    """
    model, recipe = finished_towers(run.folder)
    folder.mkdir(parents=True, exist_ok=True)
    scales = background(model, table)
    with ExitStack() as drafts:  # all are made before the first takes its place
        audio, text, words = (drafts.enter_context(draft_of(folder / name)) for name in GRAPHS)
        export_audio(model, _FRAMES, FRONT_END.mel.n_mels, audio)
        export_text(model, query_table(), text)
        tokenizer().save(str(words), pretty=False)
    write_whole(folder / "taught.txt", taught_text(run.weak))
    write_whole(folder / "words.txt", WORDS_FILE.read_text(encoding="utf-8"))
    scoring = {
        "temperature": round(float(model.scale()), 3),
        "background": scales["contract"],
    }
    write_contract(folder, contract(folder, recipe.shape.dim, scoring))
    paths.REPORTS.mkdir(parents=True, exist_ok=True)
    write_whole(report, json.dumps({**scales, "run": run.folder.name}, indent=1) + "\n")
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{run.folder.name}, {size:.1f} MB"
