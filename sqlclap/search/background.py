"""The background of a library: what its sounds score by chance, as a scale for answers.

Texts that mean no sound find a best match as well. How well, in this library, is its background;
the names of sounds beside them tell which kinds of sounds the library holds. Of the sounds, a
sample's nearest neighbours tell how alike the library's own are. It is kept in the library by
`refresh_background`, which only looks at what is new, or else computed from a part of the vectors.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own, own_vectors, unit_rows, vectors_of
from sqlclap.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.vocabulary import TaughtVocabulary

    Block = tuple[npt.NDArray[np.int64], Float32Array]

FEWEST = 20
"""Fewest sounds from which a distribution is estimated."""

MOST_NAMES = 2_000
NEIGHBOURS = 512
IN_MEMORY = 4_096
PAGE = 4_096
COPIES = 0.9995
"""Cosine from which sounds count as copies, which are no neighbours here."""

LEAST_LIKE = 0.02
"""Share of the library's own sounds that has no nearer neighbour than what counts as like it."""

_GROWTH = 0.25
_SHRINKAGE = 0.1


class Texts(NamedTuple):
    """The texts that a background scores, and their vectors.

    Attributes
    ----------
    names : int
        Number of texts that name sounds; they come first, meaningless texts follow.
    vectors : np.ndarray [shape=(texts, dim), dtype=float32]
    """

    names: int
    vectors: Float32Array


@dataclass(frozen=True)
class Background:
    """A library's background under one model.

    Attributes
    ----------
    revision : str
    sounds, added : int
        Number of vectors that were compared; of these, how many since the last full comparison.
    last_embedding_id : int
    neighbours : dict of int to float
        Cosine to its nearest other sound, by embedding id, of an evenly spread sample.
    texts : Texts or None
        None without a text tower.
    tops : np.ndarray [shape=(texts,), dtype=float32] or None
        Best cosine of each text among the library's sounds.
    """

    revision: str
    sounds: int
    added: int
    last_embedding_id: int
    neighbours: dict[int, float]
    texts: Texts | None
    tops: Float32Array | None

    def chance(self) -> tuple[float, float] | None:
        """Return mean and standard deviation of meaningless texts' best scores; None if unknown."""
        if self.texts is None or self.tops is None or self.sounds + self.added < FEWEST:
            return None
        by_chance = self.tops[self.texts.names :]
        return float(by_chance.mean()), max(float(by_chance.std()), 1e-6)

    def held(self, vector: Float32Array, temperature: float) -> float:
        """Return the best scores of the names most similar to a query, as a weighted mean.

        Parameters
        ----------
        vector : np.ndarray [shape=(dim,), dtype=float32]
            Of the query.
        temperature : float
            Factor on cosines: the larger, the smaller the weight of less similar names.
        """
        import numpy as np

        if self.texts is None or self.tops is None:
            return -1.0
        likeness = temperature * (self.texts.vectors[: self.texts.names] @ vector)
        weights = np.exp(likeness - likeness.max())
        return float(weights @ self.tops[: self.texts.names] / weights.sum())

    @cached_property
    def neighbour_floor(self) -> float | None:
        """The cosine below which a sound is unlike all of the library's; None if unknown."""
        import numpy as np

        known = [score for score in self.neighbours.values() if score > -1]
        if len(known) < FEWEST:
            return None
        # The quantile as NumPy interpolates it, without its import of masked arrays (10 ms).
        return float(np.interp(LEAST_LIKE * (len(known) - 1), range(len(known)), sorted(known)))


def merged_background(parts: Sequence[Background]) -> Background:
    """Return the background of several libraries together, as far as theirs tell it.

    A sound's nearest neighbour is that of its own library. Embeddings are numbered anew.
    """
    import numpy as np

    with_texts = [one for one in parts if one.texts is not None and one.tops is not None]
    names = {len(one.texts.vectors) for one in with_texts if one.texts is not None}
    texts = with_texts[0].texts if len(names) == 1 else None
    tops = None
    if texts is not None:
        tops = np.max([one.tops for one in with_texts if one.tops is not None], axis=0)
    near = sorted(score for one in parts for score in one.neighbours.values())
    near = near[:: max(1, len(near) // NEIGHBOURS)]  # as evenly spread as all of them
    return Background(
        revision="",
        sounds=sum(one.sounds for one in parts),
        added=sum(one.added for one in parts),
        last_embedding_id=0,
        neighbours=dict(enumerate(near)),
        texts=texts,
        tops=tops,
    )


def ask_texts(encoder: Encoder) -> Texts:
    """Embed the names of sounds that a model was taught, and meaningless texts.

    Raises
    ------
    ModelError
        The model has no usable text tower.
    """
    import numpy as np

    names = _asked_names(_taught(encoder))
    vectors = encoder.embed_texts([*names, *meaningless_texts()])
    # As they are stored: a verdict mustn't depend on where the background came from.
    return Texts(len(names), vectors.astype(np.float16).astype(np.float32))


def _taught(encoder: Encoder) -> TaughtVocabulary:
    # Not loaded by who searches without a model, by a stored sound.
    from sqlclap.models.vocabulary import taught_vocabulary

    return taught_vocabulary(encoder.bundle)


def _asked_names(vocabulary: TaughtVocabulary) -> tuple[str, ...]:
    step = -(-len(vocabulary.names) // MOST_NAMES) or 1
    return vocabulary.names[::step]


@lru_cache(maxsize=1)
def meaningless_texts() -> tuple[str, ...]:
    """Return meaningless texts."""
    text = Path(__file__).with_name("background.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _prompts_hash(encoder: Encoder) -> str:
    import hashlib

    texts = [*_asked_names(_taught(encoder)), "", *meaningless_texts()]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def stored_background(database: Database, model: StoredModel) -> Background | None:
    """Read the stored background; None if there is none, or if it is outdated."""
    import numpy as np

    row = database.execute(statement("search/query_background_row"), (model.model_id,)).fetchone()
    if row is None:
        return None
    revision, _, names, sounds, added, last, neighbours, tops, vectors = row
    near = {int(key): float(score) for key, score in json.loads(neighbours)}
    background = Background(revision, sounds, added, last, near, None, None)
    if tops is None or vectors is None:
        return background
    rows = np.frombuffer(vectors, dtype="<f2").astype(np.float32).reshape(-1, model.dim)
    best = np.frombuffer(tops, dtype="<f4").astype(np.float32)
    return replace(background, texts=Texts(names, rows), tops=best)


def stored_revision(database: Database, model: StoredModel) -> str | None:
    """Return the revision of the stored background; None if there is none."""
    has = "SELECT 1 FROM sqlite_schema WHERE name = 'query_background'"
    if database.execute(has).fetchone() is None:
        return None
    row = database.execute(
        statement("search/query_background_revision"), (model.model_id,)
    ).fetchone()
    return str(row[0]) if row else None


def sampled_background(
    database: Database, model: StoredModel, encoder: Encoder | None
) -> Background:
    """Compute a background from a sample of the vectors; without an encoder, without texts."""
    ids = [
        row[0]
        for row in database.execute(statement("search/own_ids_spread"), (model.model_id, IN_MEMORY))
    ]
    blocks = [vectors_of(database, model, ids)] if ids else []
    empty = _fresh(database, model, encoder)
    return _compared(empty, blocks, _sample(database, model, empty))


def refresh_background(connection: Database, model: StoredModel, encoder: Encoder) -> bool:
    """Bring the library's background up to date; return whether anything changed.

    New vectors are compared with what is stored. Where much came or went since all were compared,
    or the texts are others now, all of them are compared again.

    Raises
    ------
    LibraryError
        The library can't be written.
    """
    prompts, last = _prompts_hash(encoder), _last_id(connection, model)
    stored_row = connection.execute(
        statement("search/query_background_row"), (model.model_id,)
    ).fetchone()
    known = (
        stored_background(connection, model) if stored_row and stored_row[1] == prompts else None
    )
    count = count_own(connection, model)
    if known is not None and not _is_outdated(known, count):
        if last <= known.last_embedding_id:
            return False
        extended = _extended(connection, model, known)
        extended = replace(
            extended, added=known.added + extended.sounds - known.sounds, sounds=known.sounds
        )
    elif last:
        extended = _extended(connection, model, _fresh(connection, model, encoder))
    else:
        return False
    _store(connection, model, prompts, extended)
    return True


def _extended(database: Database, model: StoredModel, known: Background) -> Background:
    pages = own_vectors(database, model, PAGE, known.last_embedding_id)
    blocks = ((page.embedding_ids, page.vectors) for page in pages)
    return _compared(known, blocks, _sample(database, model, known))


def _sample(database: Database, model: StoredModel, known: Background) -> Block:
    """Return the sounds whose nearest neighbours are kept."""
    return vectors_of(database, model, list(known.neighbours))


def _is_outdated(known: Background, count: int) -> bool:
    expected = known.sounds + known.added
    return known.added > _GROWTH * known.sounds or count < (1 - _SHRINKAGE) * expected


def _last_id(database: Database, model: StoredModel) -> int:
    return int(database.execute(statement("db/own_last_id"), (model.model_id,)).fetchone()[0] or 0)


def sampled_course(database: Database, model: StoredModel) -> str:
    """Return what tells the vectors from those of another time; an id alone doesn't (a backup)."""
    row = database.execute(statement("search/own_vectors_course"), (model.model_id,)).fetchone()
    return str(row[0])


def _fresh(database: Database, model: StoredModel, encoder: Encoder | None) -> Background:
    """Return a new background that has compared nothing yet."""
    import numpy as np

    rows = database.execute(statement("search/own_ids_spread"), (model.model_id, NEIGHBOURS))
    texts = None
    if encoder is not None:
        try:
            texts = ASKED_TEXTS.of(encoder)
        except ModelError:  # sounds can be compared without words
            texts = None
    tops = None if texts is None else np.full(len(texts.vectors), -1, dtype=np.float32)
    return Background("", 0, 0, 0, {row[0]: -1.0 for row in rows}, texts, tops)


def _compared(known: Background, blocks: Iterable[Block], sample: Block) -> Background:
    """Compare more vectors with a background's texts and its sample of sounds."""
    import numpy as np

    ids, sampled = sample[0], unit_rows(sample[1])
    nearest = np.array([known.neighbours[key] for key in ids.tolist()], dtype=np.float32)
    tops, sounds, last = known.tops, known.sounds, known.last_embedding_id
    for keys, vectors in blocks:
        rows = unit_rows(vectors)  # a foreign vector that is no number compares with nothing
        if known.texts is not None and tops is not None:
            with ONE_THREAD:
                tops = np.maximum(tops, (rows @ known.texts.vectors.T).max(axis=0))
        if len(ids):
            with ONE_THREAD:
                alike = rows @ sampled.T
            alike[(alike > COPIES) | (keys[:, None] == ids)] = -1
            nearest = np.maximum(nearest, alike.max(axis=0))
        sounds, last = sounds + len(keys), max(last, int(keys[-1]))
    near = dict(zip(ids.tolist(), nearest.tolist(), strict=True))
    return replace(known, sounds=sounds, last_embedding_id=last, neighbours=near, tops=tops)


def _store(connection: Database, model: StoredModel, prompts: str, background: Background) -> None:
    tops = vectors = None
    if background.texts is not None and background.tops is not None:
        tops = background.tops.astype("<f4").tobytes()
        vectors = background.texts.vectors.astype("<f2").tobytes()
    near = json.dumps([[key, round(score, 6)] for key, score in background.neighbours.items()])
    names = 0 if background.texts is None else background.texts.names
    counts = (names, background.sounds, background.added, background.last_embedding_id)
    with write_transaction(connection):
        connection.execute(
            statement("search/query_background_upsert"),
            (model.model_id, prompts, *counts, near, tops, vectors),
        )


class Backgrounds:
    """A cache of a library's backgrounds; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: dict[tuple[int, bool], tuple[str, Background]] = {}

    def of(
        self, database: Database, model: StoredModel, encoder: Encoder | None = None
    ) -> Background:
        """Return a library's background; without an encoder, texts may be missing from it.

        What the library doesn't hold is computed from a part of its vectors. For models that never
        say what they were taught, that is of sounds alone: asking them takes seconds.
        """
        revision = stored_revision(database, model)
        asks = encoder is not None and _taught(encoder).is_complete
        key = (model.model_id, revision is None and asks)
        state = revision or sampled_course(database, model)
        with self._lock:
            cached = self._cache.get(key)
        if cached is not None and cached[0] == state:
            return cached[1]
        background = stored_background(database, model) if revision else None
        if background is None:
            background = sampled_background(database, model, encoder if asks else None)
        with self._lock:
            self._cache[key] = (state, background)
        return background


class AskedTexts:
    """A cache of the texts' vectors by encoder, for libraries without a stored background."""

    def __init__(self) -> None:
        self._cache: WeakKeyDictionary[Encoder, Texts] = WeakKeyDictionary()

    def of(self, encoder: Encoder) -> Texts:
        """Return the texts and their vectors; see `ask_texts`."""
        texts = self._cache.get(encoder)
        if texts is None:
            texts = self._cache[encoder] = ask_texts(encoder)
        return texts


ASKED_TEXTS = AskedTexts()
"""Of this process: libraries of one model are asked the same texts."""
