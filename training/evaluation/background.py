"""The background scale: how similar unrelated things are, and where a best match is weak."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

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
    """Return the value that best parts two normal distributions fitted to the sides.

    It maximises the sum of both sides' accuracies; the fit keeps it steady when there are few
    values.
    """
    above, below = _normal(sense), _normal(nonsense)
    values = np.linspace(nonsense.mean(), max(sense.mean(), nonsense.mean() + 1e-6), 400)
    gain = [below.cdf(value) - above.cdf(value) for value in values.tolist()]
    return float(values[int(np.argmax(gain))])


def _normal(values: np.ndarray) -> NormalDist:
    return NormalDist(float(values.mean()), max(float(values.std()), 1e-4))


def scale_of(sense: np.ndarray, nonsense: np.ndarray) -> Scale:
    """Fit a scale to the best-match cosines of queries that make sense and of those that don't."""
    return Scale(
        float(nonsense.mean()),
        float(nonsense.std()),
        best_threshold(sense, nonsense),
        area_under_roc(sense, nonsense),
    )


def best_of_known(found: Collection, known: dict[str, np.ndarray]) -> np.ndarray:
    """Return the best cosine of each class's query among sounds that hold the class."""
    present = sorted(set(found.labels.tolist()))
    queries = np.stack([known[label] for label in present])
    return (found.vectors @ queries.T).max(axis=0)


def text_scale(
    found: Collection, library: Collection, known: dict[str, np.ndarray], unknown: np.ndarray
) -> Scale:
    """Fit the scale of text queries.

    Parameters
    ----------
    found : Collection
        Sounds that were not trained on: the best matches of known classes come from here.
    library : Collection
        More sounds: the best match of an unknown concept grows with what there is to choose from.
    known : dict
        Unit vector of each class's name.
    unknown : np.ndarray [shape=(n, dim)]
        Unit vectors of unknown concepts.
    """
    everything = np.concatenate([found.vectors, library.vectors])
    return scale_of(best_of_known(found, known), (everything @ unknown.T).max(axis=0))


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
