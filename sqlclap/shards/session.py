"""A set at work: its shards' threads, its catalog and its model, and what is known of all of it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import StoredModel, default_model
from sqlclap.errors import SetError
from sqlclap.finding.scales import UNSCALED, Scale, scale_of
from sqlclap.labels.scorer_cache import ScorerCache
from sqlclap.search.background import FEWEST, IN_MEMORY, Background, merged_background
from sqlclap.session import Session
from sqlclap.shards.answers import Reach
from sqlclap.shards.fleet import Fleet, Gathered
from sqlclap.shards.jobs import Measure
from sqlclap.shards.set_file import SetFile
from sqlclap.shards.shard import Shard, check_encoder, check_version, settle_model, shards_of
from sqlclap.shards.watched_file import WatchedSetFile

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.arrays import Float32Array
    from sqlclap.labels.scorer import Scorer
    from sqlclap.models.encoder import Encoder
    from sqlclap.shards.journal import SetJournal
    from sqlclap.shards.options import SetOptions
    from sqlclap.shards.reader import ShardReader

T = TypeVar("T")


class SetSession:
    """What questions to a set share; safe to use from several threads.

    Parameters
    ----------
    path : Path
        The set's file.
    options : SetOptions
    """

    def __init__(self, path: Path, options: SetOptions) -> None:
        self.path = path
        self.fleet = Fleet(lambda: self.encoder, options.deadline_s)
        self._options = options
        self._lock = threading.Lock()
        self._file = WatchedSetFile(path)
        self._shards: tuple[SetFile, tuple[Shard, ...]] | None = None
        self._catalog: tuple[tuple[str, str], LibraryFile, Session] | None = None
        self._model: tuple[Session, StoredModel] | None = None
        self._merged: tuple[tuple[int, ...], Sequence[Background], Background] | None = None

    @cached_property
    def journal(self) -> SetJournal:
        """What was done to the set in this process, to be undone."""
        from sqlclap.shards.journal import SetJournal

        return SetJournal(self)

    @property
    def read_only(self) -> bool:
        """Whether nothing is to be written."""
        return self._options.mode == "read"

    def check_writable(self) -> None:
        """Check that the set isn't open for reading only.

        Raises
        ------
        SetError
        """
        if self.read_only:
            raise SetError(f"{self.path} is open for reading only")

    @property
    def file(self) -> SetFile:
        """The set's file, read again when it has changed."""
        return self._file.content

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All shards."""
        return self._shards_of(self.file)

    def _shards_of(self, file: SetFile) -> tuple[Shard, ...]:
        if self._shards is None or self._shards[0] is not file:
            self._shards = (file, shards_of(file, self.path.parent))
        return self._shards[1]

    @property
    def catalog(self) -> Session:
        """The library that holds labels.

        Raises
        ------
        LibraryError, SetError
            It can't be opened, or is of another model.
        """
        file = self.file
        with self._lock:
            key = (file.catalog, file.model_version)
            if self._catalog is None or self._catalog[0] != key:
                path = self.path.parent / file.catalog
                library = LibraryFile(path, self._options.mode)
                session = Session.of_file(library, self._options.model, self._options.device)
                if not self.read_only:
                    settle_model(session.database, file.model_version)
                check_version(session.database, file.model_version)
                if self._options.model is not None:
                    check_encoder(session, file)
                self._catalog = (key, library, session)
            return self._catalog[2]

    @property
    def model(self) -> StoredModel:
        """The set's model, as its catalog has stored it."""
        catalog = self.catalog
        if self._model is None or self._model[0] is not catalog:
            self._model = (catalog, default_model(catalog.database))
        return self._model[1]

    @property
    def scorer(self) -> Scorer:
        """All labels' anchors, ready to score; the catalog may be without any yet."""
        catalog = self.catalog
        return catalog.cache(ScorerCache).scorer(catalog.database, self.model)

    @property
    def encoder(self) -> Encoder:
        """The set's model at work, loaded when first used.

        Raises
        ------
        ModelError
        """
        return self.catalog.encoder

    def ask(
        self,
        job: Callable[[ShardReader], T],
        concerns: Callable[[Shard], bool] = lambda _: True,
    ) -> tuple[Gathered[T], Reach]:
        """Ask all shards, or those that a job concerns; return what they answered and who did.

        Where shards were split or joined meanwhile, so that libraries went, all are asked again.
        """
        while True:
            file = self.file
            shards = [one for one in self._shards_of(file) if concerns(one)]
            found = self.fleet.ask(shards, job)
            if not found.missing or self.file.generation == file.generation:
                break
            job = copy.copy(job)  # without what it has learnt of shards that have gone
        reach = Reach(
            asked=len(shards),
            answered=len(found.parts),
            missing=found.missing,
            model_version=file.model_version,
            generation=file.generation,
        )
        return found, reach

    def background(self, parts: Sequence[Background]) -> Background:
        """Return shards' backgrounds as one; kept as long as they are the same ones."""
        key = tuple(map(id, parts))
        with self._lock:
            if self._merged is not None and self._merged[0] == key:
                return self._merged[2]
        merged = merged_background(parts)
        with self._lock:
            self._merged = (key, parts, merged)  # holding them keeps their ids theirs
        return merged

    def scales(
        self, terms: Float32Array, require_all: bool = False
    ) -> tuple[tuple[Scale, ...], int]:
        """Return the scales of terms, given as unit vectors, in all sounds, and count these.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        found, reach = self.ask(Measure(terms))
        reach.check(require_all)
        cosines = spread_evenly(found.answers)
        sounds = sum(count for _, count in found.answers)
        if cosines.shape[1] < FEWEST:
            return (UNSCALED,) * len(terms), sounds
        return tuple(scale_of(row) for row in cosines), sounds

    def use_sets_model(self) -> None:
        """Work with the model that the set has by now, whatever was asked for before."""
        self._options = replace(self._options, model=None)

    def close(self) -> None:
        """Close all shards and the catalog."""
        self.fleet.close()
        with self._lock:
            if self._catalog is not None:
                self._catalog[1].close()
            self._catalog = None


def spread_evenly(parts: Sequence[tuple[Float32Array, int]]) -> Float32Array:
    """Join cosines of shards' sounds, shape (terms, sounds), in proportion to their numbers.

    Parameters
    ----------
    parts : sequence of (np.ndarray [shape=(terms, some), dtype=float32], int)
        Evenly spread sounds of each shard, and how many it has.
    """
    everyone = sum(count for _, count in parts)
    if everyone <= IN_MEMORY:
        return np.concatenate([cosines for cosines, _ in parts], axis=1)
    chosen = []
    for cosines, count in parts:
        some = min(cosines.shape[1], max(1, round(IN_MEMORY * count / everyone)))
        places = np.linspace(0, cosines.shape[1] - 1, some).round().astype(np.int64)
        chosen.append(cosines[:, places] if cosines.shape[1] else cosines)
    return np.concatenate(chosen, axis=1)
