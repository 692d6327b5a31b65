"""Scores sounds for all labels, with all anchors in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.samples import unknown_label
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import from_blobs, unit_rows, usable_rows
from sqlclap.errors import NoAnchorsError
from sqlclap.labels.aggregations import aggregation, best_of
from sqlclap.labels.scoring import (
    NO_RIVAL,
    LabelSettings,
    Scores,
    compare,
    confidence_levels,
    held_back,
    negative_at,
    weighted,
)
from sqlclap.labels.store import label_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import BoolArray, Float32Array, Float64Array, Int8Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.aggregations import Similarities


def sample_owners(database: Database, embedding_ids: Sequence[int]) -> dict[int, int]:
    """Return the samples that embeddings belong to, by embedding id."""
    ids_json = json.dumps([int(key) for key in embedding_ids])
    rows = database.execute(statement("labels/owners"), (ids_json,)).fetchall()
    return {int(embedding_id): int(sample_id) for embedding_id, sample_id in rows}


AT_ONCE = 1024
"""Sounds that are scored together: this many fit into the processor's cache."""


@dataclass(frozen=True)
class AnchorSet:
    """The anchors of all labels as arrays, grouped by label.

    Attributes
    ----------
    vectors : np.ndarray [shape=(anchors, dim), dtype=float32]
        Unit vectors.
    weights : np.ndarray [shape=(anchors,), dtype=float64]
        0 to 1.
    labels : np.ndarray [shape=(anchors,), dtype=int64]
        Positions among the scorer's labels.
    positive : np.ndarray [shape=(anchors,), dtype=bool]
    sample_ids : np.ndarray [shape=(anchors,), dtype=int64]
    hashes : tuple of str
        The sounds' contents.
    folders : tuple of str
        Where they lie.
    """

    vectors: Float32Array
    weights: Float64Array
    labels: npt.NDArray[np.int64]
    positive: BoolArray
    sample_ids: npt.NDArray[np.int64]
    hashes: tuple[str, ...]
    folders: tuple[str, ...]


class Scorer:
    """Scores sounds for all labels at once.

    Parameters
    ----------
    model : StoredModel
    labels : sequence of LabelSettings
    anchors : AnchorSet
    """

    def __init__(
        self, model: StoredModel, labels: tuple[LabelSettings, ...], anchors: AnchorSet
    ) -> None:
        import numpy as np

        self.model = model
        self.labels = labels
        self.anchors = anchors
        of_label = [anchors.labels == position for position in range(len(labels))]
        self.positives = [np.flatnonzero(mask & anchors.positive) for mask in of_label]
        directions = anchors.vectors.astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
        self._directions = directions / lengths[:, None]
        self._negatives = [np.flatnonzero(mask & ~anchors.positive) for mask in of_label]

    def position(self, name: str) -> int:
        """Return a label's position among `labels`; case makes no difference.

        Raises
        ------
        UnknownLabelError
        """
        wanted = label_name(name).lower()
        for position, label in enumerate(self.labels):
            if label.name.lower() == wanted:
                return position
        raise unknown_label(name, sorted(label.name for label in self.labels))

    def scoring_position(self, name: str) -> int:
        """Return the position of a label that has usable anchors.

        Raises
        ------
        UnknownLabelError
        NoAnchorsError
            It has no positive anchor with a vector under this model.
        """
        position = self.position(name)
        if len(self.positives[position]) == 0:
            raise NoAnchorsError(
                f"label {name!r} has no positive anchor with a vector under {self.model.name}: "
                f"give it examples with `sqlclap anchor add`, or look at `sqlclap anchor list`"
            )
        return position

    def of_label(self, position: int) -> Scorer:
        """Return a scorer of one label without its rivals: faster, and without gaps."""
        import numpy as np

        own, chosen = self.anchors, self.positives[position]
        anchors = AnchorSet(
            vectors=own.vectors[chosen],
            weights=own.weights[chosen],
            labels=np.zeros(len(chosen), dtype=np.int64),
            positive=own.positive[chosen],
            sample_ids=own.sample_ids[chosen],
            hashes=tuple(own.hashes[at] for at in chosen),
            folders=tuple(own.folders[at] for at in chosen),
        )
        return Scorer(self.model, (self.labels[position],), anchors)

    def similarities(self, vectors: Float32Array) -> Similarities:
        """Return weighted similarities to all anchors, shape (n, anchors).

        A sound's are the same whichever other sounds are scored with it: 32-bit products depend on
        their place in a matrix, and so would the order of near-equal sounds.
        """
        return weighted(self.cosines(vectors), self.anchors.weights)

    def cosines(self, vectors: Float32Array, position: int | None = None) -> Float32Array:
        """Return cosines to all anchors, or to one label's positive ones, shape (n, anchors)."""
        import numpy as np

        anchors = self._directions
        if position is not None:
            anchors = anchors[self.positives[position]]
        cosines = np.empty((len(vectors), len(anchors)), dtype=np.float32)
        with ONE_THREAD:
            for start in range(0, len(vectors), AT_ONCE):
                part = vectors[start : start + AT_ONCE].astype(np.float64)
                lengths = np.sqrt(np.einsum("ij,ij->i", part, part))
                cosines[start : start + AT_ONCE] = part @ anchors.T / lengths[:, None]
        return cosines

    def score(
        self, vectors: Float32Array, left_out: BoolArray | None = None, top_ks: tuple[int, ...] = ()
    ) -> Scores:
        """Score sounds for every label.

        Parameters
        ----------
        vectors : np.ndarray [shape=(n, dim), dtype=float32]
            Of any length but 0.
        left_out : np.ndarray [shape=(n, anchors), dtype=bool], optional
            Anchors that a sound must not be scored by; see `own_anchors`.
        top_ks : tuple of int
            Instead of the labels' own.

        Returns
        -------
        Scores
            Of shape (n, labels).
        """
        import numpy as np

        similarities = self.similarities(vectors)
        if left_out is not None:
            similarities = np.where(left_out, -np.inf, similarities)
        shape = (len(vectors), len(self.labels))
        score, negative = np.full(shape, np.nan), np.full(shape, np.nan)
        nearest = np.zeros(shape, dtype=np.int64)
        wanted = top_ks or tuple(label.top_k for label in self.labels)
        for position, (label, top_k) in enumerate(zip(self.labels, wanted, strict=True)):
            of_label = similarities[:, self.positives[position]]
            score[:, position] = aggregation(label.aggregation).score(of_label, top_k)
            own = self._negatives[position]
            if len(own):
                against = similarities[:, own]
                negative[:, position] = best_of(against)
                nearest[:, position] = own[against.argmax(axis=1)]
        return compare(score, negative, nearest)

    def has_rival(self, position: int) -> bool:
        """Tell whether a label has a rival: another label that scores, or a negative anchor."""
        others = sum(map(len, self.positives)) - len(self.positives[position])
        return bool(others or len(self._negatives[position]))

    def can_be_high(self, position: int) -> bool:
        """Whether a label has a rival or a calibration, so that confidence can be high."""
        return self.has_rival(position) or self.labels[position].is_calibrated

    def rival_label(self, rival_at: int) -> str | None:
        """Return the name of a label that is a rival; None for a negative anchor, or no rival."""
        return self.labels[rival_at].name if rival_at >= 0 else None

    def rival_sample(self, rival_at: int) -> int | None:
        """Return the sample of a negative anchor that is a rival; None for a label, or none."""
        return int(self.anchors.sample_ids[negative_at(rival_at)]) if rival_at < NO_RIVAL else None

    def own_anchors(self, sample_ids: list[int], hashes: list[str]) -> BoolArray:
        """Mark the anchors that are the sounds themselves, or copies of them.

        Returns
        -------
        np.ndarray [shape=(n, anchors), dtype=bool]
        """
        import numpy as np

        same_sample = np.asarray(sample_ids, dtype=np.int64)[:, None] == self.anchors.sample_ids
        of_sounds = np.asarray(hashes, dtype=np.str_)[:, None]
        of_anchors = np.asarray(self.anchors.hashes, dtype=np.str_)[None, :]
        same_content = (of_sounds == of_anchors) & (of_sounds != "")
        return np.asarray(same_sample | same_content, dtype=np.bool_)

    def anchors_of_folders(self, folders: list[str]) -> BoolArray:
        """Mark the anchors that lie in the sounds' own folders.

        Returns
        -------
        np.ndarray [shape=(n, anchors), dtype=bool]
        """
        import numpy as np

        of_sounds = np.asarray(folders, dtype=np.str_)[:, None]
        of_anchors = np.asarray(self.anchors.folders, dtype=np.str_)[None, :]
        return np.asarray(of_sounds == of_anchors, dtype=np.bool_)

    def left_out(self, database: Database, position: int, with_anchors: bool) -> Int64Array:
        """Return the samples that a label doesn't find: rejected ones, and its own anchors."""
        import numpy as np

        query = "labels/rejected" if with_anchors else "labels/rejected_or_anchor"
        rows = database.execute(statement(query), (self.labels[position].label_id,)).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def moments_left_out(self, database: Database, position: int, with_anchors: bool) -> Int64Array:
        """Return the moments that a label doesn't find: they are rejected, or anchors."""
        import numpy as np

        spans = json.dumps(self.spoken_of(database, position, with_anchors))
        bindings = spans, self.model.model_id
        rows = database.execute(statement("labels/moments_spoken_for"), bindings).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)

    def spoken_of(
        self, database: Database, position: int, with_anchors: bool
    ) -> list[tuple[int, float, float]]:
        """Return the spans that a label doesn't find: rejected ones, and its own anchors."""
        bindings = self.labels[position].label_id, not with_anchors
        rows = database.execute(statement("labels/spoken_of"), bindings).fetchall()
        return [(int(sample_id), float(start), float(end)) for sample_id, start, end in rows]

    def levels(self, scores: Scores, position: int) -> Int8Array:
        """Return the confidence of one label's scores, as indices into `CONFIDENCES`."""
        return confidence_levels(*self._judged(scores, position))

    def held_back(self, scores: Scores, position: int) -> Int8Array:
        """Return what keeps one label's scores from high, as indices into `HELD_BACK_BY`."""
        return held_back(*self._judged(scores, position))

    def _judged(
        self, scores: Scores, position: int
    ) -> tuple[Float64Array, Float64Array, float, float, bool]:
        label = self.labels[position]
        column = scores.score[:, position], scores.gap[:, position]
        return *column, label.threshold, label.gap, label.is_calibrated


def load_scorer(database: Database, model: StoredModel) -> Scorer:
    """Read all labels and the anchors that can score under a model."""
    # No transaction of its own: SQL functions call this from within a statement.
    settings = database.execute(statement("labels/settings"), (model.model_id,)).fetchall()
    query = statement("labels/scoring_anchors", model_id=model.model_id)
    rows = _usable(database.execute(query).fetchall(), model.dim)
    labels = tuple(LabelSettings(*row) for row in settings)
    known = {label.label_id for label in labels}
    return Scorer(model, labels, _anchor_set([r for r in rows if r[0] in known], labels, model.dim))


def _usable(rows: list[tuple[Any, ...]], dim: int) -> list[tuple[Any, ...]]:
    """Leave out anchors with an unusable vector (the last column)."""
    usable = usable_rows(from_blobs([row[-1] for row in rows], dim))
    return [row for row, fits in zip(rows, usable, strict=True) if fits]


def _anchor_set(
    rows: list[tuple[Any, ...]], labels: tuple[LabelSettings, ...], dim: int
) -> AnchorSet:
    import numpy as np

    positions = {label.label_id: position for position, label in enumerate(labels)}
    columns = list(zip(*rows, strict=True)) or [()] * 8
    label_ids, polarities, weights, sample_ids, hashes, sources, paths, blobs = columns
    return AnchorSet(
        vectors=unit_rows(from_blobs(list(blobs), dim)),
        weights=np.asarray(weights, dtype=np.float64),
        labels=np.asarray([positions[int(str(key))] for key in label_ids], dtype=np.int64),
        positive=np.asarray([word == "positive" for word in polarities], dtype=np.bool_),
        sample_ids=np.asarray(sample_ids, dtype=np.int64),
        hashes=tuple(str(text) for text in hashes),
        folders=tuple(
            folder_key(source, path) for source, path in zip(sources, paths, strict=True)
        ),
    )


def folder_key(source_id: object, path: object) -> str:
    """Return a key of a sound's folder: its source and its path up to the last slash."""
    return f"{source_id}:{str(path).rpartition('/')[0]}"
