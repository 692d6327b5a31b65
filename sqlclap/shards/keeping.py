"""Favourites, ratings, notes and recent uses of a set's sounds: each lies beside its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.curation.keeping import KeptSample, check_number, kept_of, kept_order
from sqlclap.db.spans import SampleSpan
from sqlclap.notebook.results import Results
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.journal import recorded_in
from sqlclap.shards.listing_jobs import KeptOf
from sqlclap.shards.selection import NamedPlace, by_shard, select_places

if TYPE_CHECKING:
    from sqlclap.curation.keeping import Action, Curation
    from sqlclap.db.samples import Sample
    from sqlclap.search.targets import Target
    from sqlclap.shards.session import SetSession


class SetCuration:
    """What is kept of a set's sounds, as `Curation` has it of a library's.

    Sounds are named as the set names them. Each change is written to the libraries of the sounds,
    all of which are opened first: one that can't be is an error, and nothing is changed.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        self._session = session

    def of(self, sound: Target) -> KeptSample:
        """Return what is kept of one sound."""
        places = select_places(self._session, [sound])
        ((shard, (one, *_)), *_) = by_shard(self._session, places)
        with shard.open("read") as library:
            kept = library.curation.of(one.sound.sample_id)
        whole = one.sound.whole
        return replace(kept, sample_id=whole, collections=self._collections().get(whole, ()))

    def of_samples(self, sample_ids: Iterable[int]) -> Results[KeptSample]:
        """Return some sounds in the order of their ids, with what is kept of them."""
        ids = list(sample_ids)
        wanted = np.array(ids, dtype=np.int64)
        found = self._session.fleet.ask(self._session.shards, KeptOf(wanted))
        rows = {whole: one for part in found.answers for whole, one in part.items()}
        names = self._collections()
        return Results(
            (
                replace(rows[one], sample_id=one, collections=names.get(one, ()))
                for one in ids
                if one in rows
            ),
            KeptSample,
        )

    def places(self, sounds: Iterable[Target]) -> list[tuple[Sample, SampleSpan]]:
        """Return the sounds that are named, and the spans of them, in the order of the names.

        Raises
        ------
        UnknownSoundError, QueryError, SpanError, NoAudioError
        SetError, LibraryError
            One lies at a node, or its library can't be opened.
        """
        named = select_places(self._session, sounds)
        found: dict[NamedPlace, Sample] = {}
        for shard, places in by_shard(self._session, named):
            with shard.open("read") as library:
                told = library.curation.places([one.local for one in places])
            found.update(zip(places, (sample for sample, _ in told), strict=True))
        return [
            (replace(found[one], sample_id=one.sound.whole), SampleSpan(one.sound.whole, one.span))
            for one in named
        ]

    def favourites(self) -> Results[KeptSample]:
        """Return the favourites, those made last first."""
        return self._kept("curation/favourites")

    def add_favourites(self, sounds: Iterable[Target]) -> int:
        """Make sounds favourites; return how many were none before."""
        return self._change(sounds, lambda kept, ids: kept.add_favourites(ids))

    def remove_favourites(self, sounds: Iterable[Target]) -> int:
        """Take sounds out of the favourites; return how many were among them."""
        return self._change(sounds, lambda kept, ids: kept.remove_favourites(ids))

    def rate(self, sounds: Iterable[Target], rating: int | None) -> int:
        """Give sounds a rating in stars (1 to 5), or none; return how many changed."""
        return self._change(sounds, lambda kept, ids: kept.rate(ids, rating))

    def rated(self) -> Results[KeptSample]:
        """Return the sounds that have a rating, the best first."""
        return self._kept("curation/rated")

    def note(self, sounds: Iterable[Target], text: str | None) -> int:
        """Write a note on sounds, or take it away; return how many changed."""
        return self._change(sounds, lambda kept, ids: kept.note(ids, text))

    def noted(self) -> Results[KeptSample]:
        """Return the sounds that have a note, those written last first."""
        return self._kept("curation/noted")

    def record_use(self, sounds: Iterable[Target], action: Action) -> int:
        """Keep that sounds were played, opened, revealed or exported just now."""
        return self._change(sounds, lambda kept, ids: kept.record_use(ids, action))

    def recent(self, n: int = 20) -> Results[KeptSample]:
        """Return the `n` sounds used last, the latest first."""
        check_number(n)
        return self._kept("curation/recent", (n,))[:n]

    def _kept(self, name: str, bindings: tuple[object, ...] = ()) -> Results[KeptSample]:
        ordered: list[tuple[Any, KeptSample]] = []
        for shard in self._session.shards:
            with shard.open("read") as library:
                order = kept_order(library.connection, name, bindings)
                kept = library.curation.of_samples(one for one, _ in order)
                ordered += [
                    (key, replace(one, sample_id=shard.entry.ids.told(one.sample_id)))
                    for (_, key), one in zip(order, kept, strict=True)
                ]
        ordered.sort(key=lambda one: one[0], reverse=True)
        names = self._collections()
        rows = (replace(one, collections=names.get(one.sample_id, ())) for _, one in ordered)
        return Results(rows, KeptSample)

    def _collections(self) -> dict[int, Sequence[str]]:
        """Return the names of the set's collections, which the catalog has, by sounds."""
        catalog = self._session.catalog.database
        copies = catalog_sounds(catalog, self._session.file)
        kept = kept_of(catalog, [one.sample_id for one in copies])
        names = {one.sample_id: one.collections for one in kept if one.collections}
        if not names:
            return {}
        told = ids_of_copies(self._session, [one for one in copies if one.sample_id in names])
        return {whole: names[copy] for copy, whole in told.items()}

    def _change(
        self, sounds: Iterable[Target], change: Callable[[Curation, list[int]], int]
    ) -> int:
        named = select_places(self._session, sounds)
        with ExitStack() as stack:
            parts = [
                (shard, stack.enter_context(shard.open("write")), places)
                for shard, places in by_shard(self._session, named)
            ]
            changed = 0
            for shard, library, places in parts:
                with recorded_in(shard, library):
                    ids = [one.sound.sample_id for one in places]
                    changed += change(library.curation, ids)
            return changed
