"""First anchors for a new label, proposed by words. A person decides; nothing is stored.

Text-to-sound cosines lie on a scale of their own: they are put beside what meaningless texts score
in the library, never beside a label's threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError
from sqlclap.labels.matches import sample_rows
from sqlclap.library import Audible, read_transaction
from sqlclap.similarity import Doubt, Words, in_words, words_judge
from sqlclap.similarity.background import Backgrounds
from sqlclap.vectors import nearest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.models import Encoder
    from sqlclap.session import Session

    Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Suggestion(Audible):
    """A sample that words propose as an anchor.

    Attributes
    ----------
    sample_id : int
    path : str
    file : Path
    text_score : float
        Cosine to the mean of the prompts (-1 to 1); not comparable with a label's score.
    above_background : float
        How far that lies above what meaningless words score best, in its standard deviations.
    weak : bool
        No better than meaningless words would do, or the model doesn't know the words.
    heard_share : float or None
        As in `Match`.
    """

    sample_id: int
    path: str
    file: Path
    text_score: float
    above_background: float
    weak: bool
    heard_share: float | None = None


def mean_prompt(encoder: Encoder, prompts: Sequence[str]) -> Vectors:
    """Return the unit vector in the middle of prompts, shape (dim,).

    Radford et al.: Learning transferable visual models from natural language supervision (2021),
    section 3.1.4: ensembles of prompts, averaged in embedding space.
    """
    import numpy as np

    total = encoder.embed_texts(list(prompts)).astype(np.float64).sum(axis=0)
    norm = float(np.linalg.norm(total))
    if norm < 1e-9:
        raise QueryError("the prompts cancel each other out; give fewer")
    unit: Vectors = (total / norm).astype(np.float32)
    return unit


class Suggestions(list[Suggestion]):
    """Suggestions, best first.

    Attributes
    ----------
    doubts : tuple of Doubt
        Reasons not to take them at their word, as those of `Matches`.
    """

    def __init__(self, suggestions: Iterable[Suggestion], doubts: Iterable[Doubt]) -> None:
        super().__init__(suggestions)
        self.doubts = tuple(doubts)

    @property
    def doubt(self) -> str | None:
        """The doubts in words; None where there are none."""
        return in_words(self.doubts)


def suggest_anchors(session: Session, prompts: Sequence[str], n: int) -> Suggestions:
    """Return the `n` samples that words describe best, best first.

    Raises
    ------
    QueryError
        There are no words, or `n` is below 1.
    """
    encoder, model = session.query_encoder, session.model
    words = Words(" ".join(prompts), mean_prompt(encoder, prompts))
    with read_transaction(session.database) as connection:
        found = nearest(connection, model, words.vector, n)
        rows = sample_rows(connection, [neighbour.sample_id for neighbour in found])
        judgement = words_judge(session, words)(found[0].score if found else None)
        chance = session.cache(Backgrounds).of(connection, model, encoder).chance()
    background = encoder.bundle.contract.scoring.background.text
    mean, deviation = chance or (background.mean, max(background.std, 1e-9))
    suggestions = []
    for neighbour in found:
        row = rows[neighbour.sample_id]
        suggestion = Suggestion(
            sample_id=neighbour.sample_id,
            path=row.path,
            file=row.file,
            text_score=neighbour.score,
            above_background=(neighbour.score - mean) / deviation,
            weak=judgement.is_weak(neighbour.score),
            heard_share=row.heard_share,
        )
        suggestions.append(suggestion)
    return Suggestions(suggestions, judgement.doubts)
