"""How well queries as people type them find sounds, by kind: queries.toml says which."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.evaluation.metrics import average_precision
from training.evaluation.report import Collection

KINDS = ("plain", "synonyms", "typos", "sentences", "plural", "de", "fr", "es", "pt", "it")


def read_queries() -> list[tuple[str, str, str]]:
    """Return class, kind and text of each query."""
    path = Path(__file__).with_suffix(".toml")
    found = []
    for label, kinds in tomllib.loads(path.read_text(encoding="utf-8")).items():
        languages = kinds.pop("languages")
        for kind, texts in {**kinds, **languages}.items():
            found.extend((label, kind, text) for text in texts)
    return found


def by_kind(
    found: Collection, embed: Callable[[list[str]], np.ndarray]
) -> dict[str, dict[str, float]]:
    """Return mAP and number of queries of each kind: the mean over concepts of their queries' mean.

    Parameters
    ----------
    found : Collection
        Sounds to search among.
    embed : callable
        From texts as typed to unit vectors.
    """
    queries = read_queries()
    scores = found.vectors @ embed([text for _, _, text in queries]).T
    collected: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    for (label, kind, _), column in zip(queries, scores.T, strict=True):
        ranked = (found.labels == label)[np.argsort(-column, kind="stable")]
        collected[kind].setdefault(label, []).append(average_precision(ranked))
    rows = {
        kind: {
            "mAP": float(np.mean([np.mean(values) for values in by_label.values()])),
            "queries": sum(map(len, by_label.values())),
        }
        for kind, by_label in collected.items()
    }
    languages = [rows[kind]["mAP"] for kind in ("de", "fr", "es", "pt", "it")]
    return {**rows, "languages": {"mAP": float(np.mean(languages)), "queries": len(languages)}}
