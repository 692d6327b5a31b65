"""Zero-shot classification: sorts samples among names, without labels, anchors or votes.

Each name is put into prompt templates and becomes one text vector. A sample's shares are the
softmax of the model's temperature times its cosines to the names; "unknown" takes part with the
cosine that lies above what words without meaning score in this library, and can win. Names of which
a search would say that all its matches are weak (see `judge_words`) lose to it.
Shares compare these names with one another. They are no probability of being right: other names
give other shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.samples import Audible
from sqlclap.db.statements import read_transaction
from sqlclap.db.vectors import own_vectors, unit_rows
from sqlclap.errors import QueryError
from sqlclap.labels.matching import SampleRow, sample_rows
from sqlclap.labels.suggestions import mean_prompt
from sqlclap.notebook.results import Results
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import (
    Judgement,
    Words,
    chance_floor,
    in_words,
    judge_words,
    word_doubts,
)
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array
    from sqlclap.models.encoder import Encoder
    from sqlclap.search.background import Background
    from sqlclap.session import QueryModel, Session

UNKNOWN = "unknown"
TEMPLATES = ("{}",)
"""The contract's own template is put around these."""


@dataclass(frozen=True)
class Names:
    """The names among which samples are classified.

    Attributes
    ----------
    names : tuple of str
        `UNKNOWN` last, where it takes part.
    vectors : np.ndarray [shape=(names without unknown, dim), dtype=float32]
    unknown_score : float or None
        The cosine of "unknown".
    temperature : float
        Factor on cosines.
    out : tuple of int
        Positions of meaningless names, which lose to "unknown".
    """

    names: tuple[str, ...]
    vectors: Float32Array
    unknown_score: float | None
    temperature: float
    out: tuple[int, ...] = ()


@dataclass(frozen=True)
class NamedSample(Audible):
    """The classification of one sample.

    Attributes
    ----------
    sample_id : int
    path : str
    name : str
    share : float
        Of the softmax, 0 to 1.
    score : float
        Cosine to the name (-1 to 1).
    runner_up : str
    runner_up_share : float
    heard_share : float or None
        As in `Match`.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "name", "share", "runner_up", "runner_up_share", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "sound"
    sample_id: int
    path: str
    name: str
    share: float
    score: float
    runner_up: str
    runner_up_share: float
    heard_share: float | None = None


def embed_names(
    encoder: Encoder,
    names: Sequence[str],
    templates: Sequence[str] = TEMPLATES,
    with_unknown: bool = True,
) -> Names:
    """Embed names through prompt templates.

    Raises
    ------
    QueryError
        No names, one of them twice or empty, or a template without ``{}``.
    """

    cleaned = [name.strip() for name in several(names, "names")]
    if not cleaned or not all(cleaned) or len({name.lower() for name in cleaned}) < len(cleaned):
        raise QueryError('expected different names, such as "kick drum, snare, hi-hat"')
    for template in several(templates, "templates"):
        if "{}" not in template:
            raise QueryError(f"expected a template with {{}} for the name, got {template!r}")
    bundle = encoder.bundle
    vectors = [
        mean_prompt(encoder, [template.replace("{}", name) for template in templates])
        for name in cleaned
    ]
    return Names(
        names=(*cleaned, UNKNOWN) if with_unknown else tuple(cleaned),
        vectors=np.stack(vectors),
        unknown_score=bundle.text_background.weak_below if with_unknown else None,
        temperature=bundle.contract.scoring.temperature,
    )


def unknown_names(encoder: Encoder, names: Sequence[str]) -> dict[str, str]:
    """Return the doubts about names that the model doesn't know, by name."""
    reasons: dict[str, str] = {}
    for name in map(str.strip, several(names, "names")):
        doubts = word_doubts(encoder, None, Words(name, encoder.embed_text(name)))
        if text := in_words(doubts):
            reasons[name] = text
    return reasons


def cosines_to(names: Names, vectors: Float32Array) -> Float64Array:
    """Return cosines of sounds to names, shape (n, names without unknown)."""

    with ONE_THREAD:
        products = vectors @ names.vectors.T
    cosines: Float64Array = np.clip(products.astype(np.float64), -1.0, 1.0)
    return cosines


def softmax_shares(names: Names, cosines: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return cosines and shares of sounds, shapes (n, names); `UNKNOWN` in the last column."""

    if names.unknown_score is not None:
        unknown = np.full((len(cosines), 1), names.unknown_score)
        cosines = np.concatenate([cosines, unknown], axis=1)
    logits = names.temperature * cosines
    if names.unknown_score is not None:
        logits[:, names.out] = -np.inf
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Float64Array = powers / powers.sum(axis=1, keepdims=True)
    return cosines, shares


class Classification(Results[NamedSample]):
    """Sorted samples: name by name, the largest share first.

    Attributes
    ----------
    doubts : dict of str to str
        Doubts about names, by name: the model doesn't know them, or the
        library seems to hold nothing of the kind.
    """

    def __init__(self, sorted_samples: Iterable[NamedSample], doubts: Mapping[str, str]) -> None:
        super().__init__(sorted_samples, NamedSample)
        self.doubts = dict(doubts)

    def remarks(self) -> list[str]:
        """Return what is to be said against names."""
        return [f"Doubtful: {name}: {doubt}" for name, doubt in self.doubts.items()]


def classify(session: Session, model: QueryModel, names: Names) -> Classification:
    """Classify all samples among names that were embedded with this model."""
    with read_transaction(session.database) as database:
        scored = [
            (block.sample_ids.tolist(), cosines_to(names, unit_rows(block.vectors)))
            for block in own_vectors(database, model.stored)
        ]
        rows = sample_rows(database, [key for sample_ids, _ in scored for key in sample_ids])
        best = [cosines.max(axis=0) for _, cosines in scored if len(cosines)]
        background = session.cache(Backgrounds).of(database, model.stored, model.encoder)
    names, doubts = judge_names(model.encoder, background, names, best)
    sorted_samples = [
        one
        for sample_ids, cosines in scored
        for one in named_samples(names, rows, sample_ids, cosines)
    ]
    classified = Classification(in_order(names, sorted_samples), doubts)
    classified.model = model.stored.name
    return classified


def in_order(names: Names, sorted_samples: Iterable[NamedSample]) -> list[NamedSample]:
    """Put samples in order: name by name, the largest share first."""
    order = {name: position for position, name in enumerate(names.names)}
    return sorted(sorted_samples, key=lambda one: (order[one.name], -one.share, one.sample_id))


def judge_names(
    encoder: Encoder, background: Background, names: Names, best: Sequence[Float64Array]
) -> tuple[Names, dict[str, str]]:
    """Judge each name as a search for it is; set "unknown" to the chance level.

    Parameters
    ----------
    encoder : Encoder
    background : Background
    names : Names
    best : sequence of np.ndarray [shape=(names without unknown,), dtype=float64]
        Of some samples each, the best cosine to each name.

    Returns
    -------
    names : Names
    doubts : dict of str to str
        By name, of those that there are doubts about.
    """
    judged: list[Judgement] = []
    for at, vector in enumerate(names.vectors):
        top = max((float(one[at]) for one in best), default=None)
        judged.append(judge_words(encoder, background, Words(names.names[at], vector), top))
    floor = chance_floor(background)
    if names.unknown_score is not None and floor is not None:
        names = replace(names, unknown_score=floor)
    out = tuple(at for at, one in enumerate(judged) if one.is_doubtful)
    doubts = {name: in_words(one.doubts) for name, one in zip(names.names, judged, strict=False)}
    return replace(names, out=out), {name: text for name, text in doubts.items() if text}


def named_samples(
    names: Names, rows: Mapping[int, SampleRow], sample_ids: Sequence[int], cosines: Float64Array
) -> Iterator[NamedSample]:
    """Yield the classification of samples by their cosines, shape (n, names without unknown)."""
    cosines, shares = softmax_shares(names, cosines)
    order = np.argsort(-shares, axis=1, kind="stable")
    for row, sample_id in enumerate(sample_ids):
        first = int(order[row, 0])
        second = int(order[row, min(1, len(names.names) - 1)])
        yield NamedSample(
            sample_id=sample_id,
            path=rows[sample_id].path,
            name=names.names[first],
            share=float(shares[row, first]),
            score=float(cosines[row, first]),
            runner_up=names.names[second],
            runner_up_share=float(shares[row, second]),
            heard_share=rows[sample_id].heard_share,
        )
