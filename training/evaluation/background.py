"""The background scale: how similar unrelated things are, and where a best match is weak."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.evaluation.metrics import area_under_roc
from training.evaluation.packs import maker_of
from training.evaluation.report import Collection


@dataclass(frozen=True)
class Scale:
    """Background of one kind of query.

    Attributes
    ----------
    mean, std : float
        Of the best-match cosine of queries that mean nothing to the model.
    weak_below : float
        Best-match cosine under which the match is more likely nonsense than not.
    auc : float
        How well the best-match cosine separates sense from nonsense.
    """

    mean: float
    std: float
    weak_below: float
    auc: float

    def contract(self) -> dict[str, float]:
        """Return what the contract states."""
        return {
            "mean": round(self.mean, 4),
            "std": round(self.std, 4),
            "weak_below": round(self.weak_below, 4),
        }


def best_threshold(sense: np.ndarray, nonsense: np.ndarray) -> float:
    """Return the value that maximises the sum of both sides' accuracies (Youden's J)."""
    values = np.unique(np.concatenate([sense, nonsense]))
    middles = (values[1:] + values[:-1]) / 2
    gain = (sense[:, None] >= middles).mean(axis=0) + (nonsense[:, None] < middles).mean(axis=0)
    return float(middles[int(gain.argmax())])


def scale_of(sense: np.ndarray, nonsense: np.ndarray) -> Scale:
    """Fit a scale to the best-match cosines of queries that make sense and of those that don't."""
    return Scale(
        float(nonsense.mean()),
        float(nonsense.std()),
        best_threshold(sense, nonsense),
        area_under_roc(sense, nonsense),
    )


def text_scale(found: Collection, known: dict[str, np.ndarray], unknown: np.ndarray) -> Scale:
    """Fit the scale of text queries.

    Parameters
    ----------
    found : Collection
        Sounds that were not trained on.
    known : dict
        Unit vector of each class's name.
    unknown : np.ndarray [shape=(n, dim)]
        Unit vectors of unknown concepts.
    """
    present = sorted(set(found.labels.tolist()))
    queries = np.stack([known[label] for label in present])
    cosines = found.vectors @ queries.T
    sense, nonsense = cosines.max(axis=0), (found.vectors @ unknown.T).max(axis=0)
    return scale_of(sense, nonsense)


def audio_scale(queries: Collection, library: Collection) -> Scale:
    """Fit the scale of audio queries: a best match of another class is nonsense.

    Sounds of two classes can be truly alike, so the two sides overlap far more than those of text
    queries. The threshold therefore marks only what 19 of 20 right matches lie above.

    Parameters
    ----------
    queries : Collection
        Sounds that were not trained on.
    library : Collection
        Sounds to search among; those of the query's own maker don't count.
    """
    cosines = queries.vectors @ library.vectors.T
    own = [[maker_of(a) == maker_of(b) for b in library.sources] for a in queries.sources]
    cosines[np.array(own)] = -1
    same = queries.labels[:, None] == library.labels[None]
    best = cosines.argmax(axis=1)
    top = cosines.max(axis=1)
    right = same[np.arange(len(top)), best]
    weak_below = float(np.quantile(top[right], 0.05))
    return replace(scale_of(top[right], top[~right]), weak_below=weak_below)
