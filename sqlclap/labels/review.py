"""The review queue: pairs that a person is asked about, drawn with known probabilities.

Three draws, each uniform and without replacement among the samples that have no vote yet:

- "near": among the samples whose scores lie nearest to the threshold, `NEAR_SHARE` times as many
  as are drawn but no more than a quarter of all;
- "top": among all that score higher than those;
- "random": among all.

The scores between which a draw was made, how many samples lay there and how many were drawn are
stored with the review. From them follows the probability with which any sample could have been
asked about, which is what makes estimates from the answers unbiased
(`sqlclap.labels.labelled_examples`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from sqlclap.counts import check_count
from sqlclap.db.samples import Audible
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.vectors import own_vectors
from sqlclap.errors import QueryError
from sqlclap.labels.matching import sample_rows
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import (
    CONFIDENCES,
    HELD_BACK_BY,
    Confidence,
    LabelSettings,
    or_none,
)
from sqlclap.notebook.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.db.database import Database

NEAR_SHARE = 5
SHARES = {"near": 0.5, "top": 0.25, "random": 0.25}
STRATA = tuple(SHARES)
AT_SITE = "site "
"""What strata of sites begin with."""


@dataclass(frozen=True)
class Draw:
    """One uniform draw of a review.

    Attributes
    ----------
    stratum : str
        "near", "top" or "random"; "site NAME" where a share of each site's detections was drawn.
    low, high : float
        Scores between which samples could be drawn, both included.
    population : int
        Number of samples in the stratum.
    drawn : int
    unit : {"sound", "moment"}
        What was drawn: whole sounds, or windows of long ones and short ones as a whole.
    """

    stratum: str
    low: float
    high: float
    population: int
    drawn: int
    unit: str = "sound"

    @property
    def is_apart(self) -> bool:
        """Whether none but its own could have been drawn: moments of one site."""
        return self.stratum.startswith(AT_SITE)


@dataclass(frozen=True)
class ReviewItem(Audible):
    """A pair to ask about.

    Attributes
    ----------
    sample_id : int
    path : str
    file : Path
    stratum : str
    score : float
    gap : float or None
    confidence : {"high", "medium", "low"}
    held_back_by, rival_label : str or None
    heard_share : float or None
        As in `LabelMatch`.
    start_s, end_s : float or None
        The moment (in seconds from the sound's start); None: the whole sound.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "stratum", "score", "gap", "confidence", "held_back_by", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "pair"
    sample_id: int
    path: str
    file: Path
    stratum: str
    score: float
    gap: float | None
    confidence: Confidence
    held_back_by: str | None
    rival_label: str | None
    heard_share: float | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Review:
    """A queue of pairs.

    Attributes
    ----------
    review_id : int
    label : str
    draws : list of Draw
    items : Results of ReviewItem
        In random order, so that stopping early leaves a fair sample.
    """

    review_id: int
    label: str
    draws: list[Draw]
    items: Results[ReviewItem]


def start_review(
    connection: Database, scorer: Scorer, label: str, n: int, seed: int | None = None
) -> Review:
    """Draw pairs of a label to ask about, and store how they were drawn.

    Parameters
    ----------
    connection : Database
    scorer : Scorer
    label : str
    n : int
        Number of pairs; fewer if fewer are left.
    seed : int, optional
        Seed of the random draws.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    QueryError
        `n` is below 1, or there is nothing left to ask about.
    """
    at = scorer.scoring_position(label)
    settings = scorer.labels[at]
    pairs = open_pairs(connection, scorer, at, decided_samples(connection, settings))
    draws, chosen = draw_pairs(pairs.score, settings, n, seed)
    review_id = store_draws(connection, scorer, at, draws)
    items = review_items(connection, scorer, pairs, chosen).values()
    return Review(review_id, settings.name, draws, Results([*items], ReviewItem))


def decided_samples(connection: Database, label: LabelSettings) -> Int64Array:
    """Return the samples that nobody is to be asked about: with a vote, or anchors."""
    import numpy as np

    rows = connection.execute(statement("labels/decided"), (label.label_id,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def draw_pairs(
    scores: Float64Array, label: LabelSettings, n: int, seed: int | None
) -> tuple[list[Draw], dict[int, str]]:
    """Draw pairs by their scores, shape (pairs,), best first.

    Returns
    -------
    draws : list of Draw
    chosen : dict of int to str
        The stratum by position of each pair drawn, in random order.

    Raises
    ------
    QueryError
        `n` is below 1, or there are no pairs.
    """
    import numpy as np

    n = check_count(n, "a number of pairs")
    if not len(scores):
        raise QueryError(f"every sample has a vote on {label.name!r}, or is its anchor")
    rng = np.random.default_rng(seed)
    draws, chosen = draw_strata(scores, label.threshold, n, rng)
    places = [*chosen]
    order = [places[index] for index in rng.permutation(len(places))]
    return draws, {place: chosen[place] for place in order}


def store_draws(connection: Database, scorer: Scorer, at: int, draws: Sequence[Draw]) -> int:
    """Store how a review of a label was drawn, and return the review's id."""
    row = (scorer.labels[at].label_id, scorer.model.model_id, json.dumps([*map(asdict, draws)]))
    with write_transaction(connection):
        return int(connection.execute(statement("labels/review_insert"), row).get)


def open_pairs(connection: Database, scorer: Scorer, at: int, decided: Int64Array) -> Ranked:
    """Score all samples but some for a label, best first."""
    import numpy as np

    parts = []
    for block in own_vectors(connection, scorer.model):
        ranked = ranked_column(scorer, scorer.score(block.vectors), at, block)
        parts.append(ranked.take(~np.isin(ranked.sample_ids, decided)))
    joined = join_ranked(parts)
    return joined.take(np.argsort(-joined.score, kind="stable"))


def draw_strata(
    scores: Float64Array, threshold: float, n: int, rng: np.random.Generator
) -> tuple[list[Draw], dict[int, str]]:
    """Return the draws, and the stratum by position of each pair drawn; best scores are first."""
    import numpy as np

    quotas, count = _quotas(n), len(scores)
    if not count:
        return [], {}
    spread = min(NEAR_SHARE * quotas["near"], max(quotas["near"], count // 4), count)
    near = np.sort(np.argsort(np.abs(scores - threshold), kind="stable")[:spread])
    populations = {
        "near": near,
        "top": np.arange(near[0]),
        "random": np.arange(count),
    }
    draws: list[Draw] = []
    chosen: dict[int, str] = {}
    for stratum, population in populations.items():
        # Pairs that an earlier draw could not fill are passed to the next.
        quota = min(quotas[stratum], n - len(chosen))
        if stratum == "random":
            quota = n - len(chosen)
        free = population[~np.isin(population, list(chosen))]
        drawn = rng.choice(free, size=min(quota, len(free)), replace=False)
        chosen.update(dict.fromkeys(drawn.tolist(), stratum))
        if len(drawn):
            ends = float(scores[population[-1]]), float(scores[population[0]])
            draws.append(Draw(stratum, *ends, len(free), len(drawn)))
    return draws, chosen


def _quotas(n: int) -> dict[str, int]:
    near = max(1, round(SHARES["near"] * n))
    top = round(SHARES["top"] * n)
    return {"near": near, "top": top, "random": n - near - top}


def review_items(
    connection: Database, scorer: Scorer, pairs: Ranked, chosen: dict[int, str]
) -> dict[int, ReviewItem]:
    """Return the items of the pairs drawn, by position."""
    rows = sample_rows(connection, [int(pairs.sample_ids[index]) for index in chosen])
    items = {}
    for index, stratum in chosen.items():
        sample_id = int(pairs.sample_ids[index])
        if sample_id not in rows:  # removed since it was scored
            continue
        row = rows[sample_id]
        item = ReviewItem(
            sample_id=sample_id,
            path=row.path,
            file=row.file,
            stratum=stratum,
            score=float(pairs.score[index]),
            gap=or_none(pairs.gap[index]),
            confidence=CONFIDENCES[pairs.levels[index]],
            held_back_by=HELD_BACK_BY[pairs.held_back[index]],
            rival_label=scorer.rival_label(int(pairs.rival_at[index])),
            heard_share=row.heard_share,
        )
        items[index] = item
    return items
