"""Proposes first anchors: from texts, from folders, from file names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.exact import nearest
from sqlclap.db.samples import Audible
from sqlclap.db.sources import spelled_alike
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import LabelValueError, QueryError
from sqlclap.labels.matching import sample_rows
from sqlclap.notebook.results import Results
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import Doubt, Words, in_words
from sqlclap.search.query import words_judge
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.models.encoder import Encoder
    from sqlclap.search.background import Background
    from sqlclap.session import Session


@dataclass(frozen=True)
class Suggestion(Audible):
    """A sample that is proposed as an anchor because it matches a text.

    Attributes
    ----------
    sample_id : int
    path : str
    file : Path
    text_score : float
        Cosine to the mean of the prompts (-1 to 1); not comparable with a label's score.
    above_background : float
        Distance of `text_score` from the best scores of meaningless texts, in standard deviations.
    weak : bool
        Whether the score is no better than that of meaningless texts, or the words are unknown.
    heard_share : float or None
        As in `Match`.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "text_score", "above_background", "weak", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "suggestion"
    sample_id: int
    path: str
    file: Path
    text_score: float
    above_background: float
    weak: bool
    heard_share: float | None = None


def mean_prompt(encoder: Encoder, prompts: Sequence[str]) -> Float32Array:
    """Return the normalised mean of the prompts' vectors, shape (dim,).

    Radford et al.: Learning transferable visual models from natural language supervision (2021),
    section 3.1.4: ensembles of prompts, averaged in embedding space.
    """

    total = encoder.embed_texts(several(prompts, "prompts")).astype(np.float64).sum(axis=0)
    norm = float(np.linalg.norm(total))
    if norm < 1e-9:
        raise QueryError("the prompts cancel each other out; give fewer")
    unit: Float32Array = (total / norm).astype(np.float32)
    return unit


class Suggestions(Results[Suggestion]):
    """Suggestions, best first.

    Attributes
    ----------
    doubts : tuple of Doubt
        Reasons not to trust them, as in `Matches`.
    """

    def __init__(self, suggestions: Iterable[Suggestion], doubts: Iterable[Doubt]) -> None:
        super().__init__(suggestions, Suggestion)
        self.doubts = tuple(doubts)

    @property
    def doubt(self) -> str | None:
        """The doubts in words; None where there are none."""
        return in_words(self.doubts)

    def remarks(self) -> list[str]:
        """Return what is to be said against them."""
        return [f"Doubtful: {self.doubt}"] if self.doubt else []


def meaningless_scores(encoder: Encoder, background: Background) -> tuple[float, float]:
    """Return mean and deviation of the best scores of meaningless texts, for a library's sounds."""
    contract = encoder.bundle.text_background
    return background.chance() or (contract.mean, max(contract.std, 1e-9))


def suggest_anchors(session: Session, prompts: Sequence[str], n: int) -> Suggestions:
    """Return the `n` samples that words describe best, best first.

    Raises
    ------
    QueryError
        There are no words, or `n` is below 1.
    """
    if not prompts:
        raise QueryError("expected words to suggest sounds by, got none")
    model = session.text_model
    encoder = model.encoder
    query = Words(" ".join(prompts), mean_prompt(encoder, prompts))
    with read_transaction(session.database) as connection:
        scored = nearest(connection, model.stored, query.vector, n)
        rows = sample_rows(connection, [neighbour.sample_id for neighbour in scored])
        judgement = words_judge(session, model, query)(scored[0].score if scored else None)
        background = session.cache(Backgrounds).of(connection, model.stored, encoder)
    mean, deviation = meaningless_scores(encoder, background)
    suggestions = []
    for neighbour in scored:
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
    found = Suggestions(suggestions, judgement.doubts)
    found.model = model.stored.name
    return found


NamedPath = tuple[int, str]
"""A sample and its path below its source."""


@dataclass(frozen=True)
class PathRequest:
    """Options for proposing labels from paths.

    Attributes
    ----------
    anchors : int
        How many samples become anchors of a label: spread evenly over its paths in order.
    at_least : int
        Names with fewer samples are left out.
    """

    anchors: int = 10
    at_least: int = 3

    def __post_init__(self) -> None:
        if self.anchors < 1 or self.at_least < 1:
            raise LabelValueError(
                "expected anchors and at_least of at least 1, "
                f"got {self.anchors} and {self.at_least}"
            )


@dataclass(frozen=True)
class PathLabel:
    """A label that is proposed from paths.

    Attributes
    ----------
    name : str
    samples : int
        Number of paths that match.
    anchors : list of int
        The samples that are to be its anchors.
    """

    name: str
    samples: int
    anchors: list[int]


def labels_from_folders(paths: Iterable[NamedPath], request: PathRequest) -> list[PathLabel]:
    """Propose a label for each folder's own name, case made no difference, by name.

    Parameters
    ----------
    paths : iterable of (int, str)
        Samples and their paths, in the order of these; see `paths_with_vectors`.
    request : PathRequest
    """
    named: dict[str, list[int]] = defaultdict(list)
    for sample_id, path in paths:
        folder = PurePosixPath(path).parent.name
        if folder:
            named[_comparable(folder)].append(sample_id)
    return _propose(named, request)


def labels_from_patterns(
    paths: Iterable[NamedPath], patterns: Mapping[str, Sequence[str]], request: PathRequest
) -> list[PathLabel]:
    """Propose labels whose patterns match paths; case makes no difference.

    A path that matches several labels is used for none of them.

    Parameters
    ----------
    paths : iterable of (int, str)
        As for `labels_from_folders`.
    patterns : mapping of str to sequence of str
        Patterns by label, such as ``{"kick": ["*kick*", "*/bd_*"]}``.
    request : PathRequest

    Raises
    ------
    LabelValueError
        There are no patterns.
    """
    check_patterns(patterns)
    named: dict[str, list[int]] = {name: [] for name in patterns}
    for sample_id, path in paths:
        speaks_for = [
            name
            for name, several in patterns.items()
            if any(fnmatchcase(_comparable(path), _comparable(pattern)) for pattern in several)
        ]
        if len(speaks_for) == 1:
            named[speaks_for[0]].append(sample_id)
    return _propose(named, request)


def check_patterns(patterns: Mapping[str, Sequence[str]]) -> None:
    """Check that there are patterns, and that no label lacks them.

    Raises
    ------
    LabelValueError
    """
    if not patterns or not all(several(one, "patterns") for one in patterns.values()):
        raise LabelValueError("expected patterns such as 'kick=*kick*'")


def _comparable(name: str) -> str:
    return spelled_alike(name).lower()


def paths_with_vectors(connection: Database, model: StoredModel) -> list[NamedPath]:
    """Return the samples that have a vector under a model, with their paths, in their order."""
    rows = connection.execute(statement("labels/paths"), (model.model_id,))
    return [(int(str(sample_id)), str(path)) for sample_id, path in rows]


def _propose(named: Mapping[str, list[int]], request: PathRequest) -> list[PathLabel]:
    return [
        PathLabel(name, len(ids), spread(ids, request.anchors))
        for name, ids in sorted(named.items())
        if len(ids) >= max(1, request.at_least)
    ]


def spread(ids: Sequence[int], n: int) -> list[int]:
    """Return up to `n` of a sequence, evenly spread over it.

    >>> spread([1, 2, 3, 4, 5, 6], 3)
    [1, 3, 5]
    """
    count = min(n, len(ids))
    return [ids[index * len(ids) // count] for index in range(count)]
