"""Favourites, ratings, notes and recent uses of a set's sounds.

Each lies beside its sound, or in the catalog where that lies at a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.counts import check_count
from sqlclap.curation.keeping import (
    KeptSample,
    as_sample_ids,
    check_action,
    kept_of,
    the_only,
)
from sqlclap.db.spans import SampleSpan
from sqlclap.errors import CurationError, UnknownSoundError
from sqlclap.notebook.results import Results
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.journal import recorded_in
from sqlclap.shards.kept_afar import Keeping, KeptAfar
from sqlclap.shards.listing_jobs import KeptOf, KeptOrder
from sqlclap.shards.selection import NamedPlace, by_shard, select_places, select_whole

if TYPE_CHECKING:
    from sqlclap.curation.keeping import Action, Curation
    from sqlclap.db.samples import Sample
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.kept_afar import Field
    from sqlclap.shards.session import SetSession

NAMED = 3
"""Of sounds that are gone, how many are named."""


class SetKept(Results[KeptSample]):
    """Sounds of a set with what is kept of them.

    Attributes
    ----------
    reach : Reach
        Who told of sounds.
    """

    def __init__(self, sounds: Iterable[KeptSample], reach: Reach) -> None:
        super().__init__(sounds, KeptSample)
        self.reach = reach

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return self.reach.remarks()


class SetCuration:
    """What is kept of a set's sounds, as `Curation` has it of a library's.

    Sounds are named as the set names them. Each change is written to the libraries of the sounds,
    all of which are opened first: one that can't be is an error, and nothing is changed. What is
    kept of a sound at a node is written to the catalog.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        Of lists: a shard that doesn't answer is an error.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        self._session, self._require_all = session, require_all

    def of(self, sound: Target) -> KeptSample:
        """Return what is kept of one sound; a pattern that names several raises `QueryError`."""
        return the_only(self.of_sounds([sound]), sound)

    def of_sounds(self, sounds: Iterable[Target]) -> Results[KeptSample]:
        """Return what is kept of sounds, in the order in which they are named."""
        named = {one.sound.whole: one.sound for one in select_whole(self._session, sounds)}
        kept = self.of_samples(named)
        if gone := named.keys() - {one.sample_id for one in kept}:
            told = ", ".join(named[whole].path for whole in sorted(gone)[:NAMED])
            raise UnknownSoundError(f"gone from {self._session.path}: {told}")
        return kept

    def of_samples(self, sample_ids: Iterable[int]) -> Results[KeptSample]:
        """Return some sounds in the order of their ids, with what is kept of them."""
        ids = as_sample_ids(sample_ids)
        wanted = np.array(ids, dtype=np.int64)
        found = self._session.fleet.ask(self._session.shards, KeptOf(wanted))
        rows = {whole: one for part in found.answers for whole, one in part.items()}
        names, afar = self._collections(), KeptAfar(self._session)
        return Results(
            (
                replace(afar.over(one, rows[one]), sample_id=one, collections=names.get(one, ()))
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

    def favourites(self) -> SetKept:
        """Return the favourites, those made last first."""
        return self._kept("curation/favourites")

    def add_favourites(self, sounds: Iterable[Target]) -> int:
        """Make sounds favourites; return how many were none before."""
        return self._change(sounds, "favourite", True, lambda kept, ids: kept.add_favourites(ids))

    def remove_favourites(self, sounds: Iterable[Target]) -> int:
        """Take sounds out of the favourites; return how many were among them."""
        return self._change(
            sounds, "favourite", False, lambda kept, ids: kept.remove_favourites(ids)
        )

    def rate(self, sounds: Iterable[Target], rating: int | None) -> int:
        """Give sounds a rating in stars (1 to 5), or none; return how many changed."""
        return self._change(sounds, "rating", rating, lambda kept, ids: kept.rate(ids, rating))

    def rated(self) -> SetKept:
        """Return the sounds that have a rating, the best first."""
        return self._kept("curation/rated")

    def note(self, sounds: Iterable[Target], text: str | None) -> int:
        """Write a note on sounds, or take it away; return how many changed."""
        return self._change(sounds, "note", text, lambda kept, ids: kept.note(ids, text))

    def noted(self) -> SetKept:
        """Return the sounds that have a note, those written last first."""
        return self._kept("curation/noted")

    def record_use(self, sounds: Iterable[Target], action: Action) -> int:
        """Keep that sounds were played, opened, revealed or exported just now."""
        check_action(action)
        return self._change(sounds, "use", action, lambda kept, ids: kept.record_use(ids, action))

    def recent(self, n: int = 20) -> SetKept:
        """Return the `n` sounds used last, the latest first."""
        n = check_count(n, "a number of sounds", error=CurationError)
        return self._kept("curation/recent", (n,), n)

    def _kept(self, name: str, bindings: tuple[object, ...] = (), n: int | None = None) -> SetKept:
        found, reach = self._session.ask(KeptOrder(name, bindings))
        reach.check(self._require_all)
        keys = {whole: key for part in found.answers for whole, key in part}
        keys |= KeptAfar(self._session).order(name, bindings)
        ordered = sorted(keys, key=lambda whole: keys[whole], reverse=True)
        return SetKept(self.of_samples(ordered[:n]), reach)

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
        self,
        sounds: Iterable[Target],
        field: Field,
        value: object,
        apply: Callable[[Curation, list[int]], int],
    ) -> int:
        self._session.check_writable()
        keeping = Keeping(field, value, apply)
        parts = [*by_shard(self._session, select_whole(self._session, sounds))]
        afar = [one for shard, places in parts if not shard.is_here for one in places]
        catalog = KeptAfar(self._session)
        copies = catalog.prepared(afar, keeping)
        with ExitStack() as stack:
            opened = [
                (shard, stack.enter_context(shard.open("write")), places)
                for shard, places in parts
                if shard.is_here
            ]
            changed = 0
            for shard, library, places in opened:
                with recorded_in(shard, library):
                    ids = [one.sound.sample_id for one in places]
                    changed += apply(library.curation, ids)
                catalog.follow(places, keeping)
            return changed + catalog.change(copies, keeping)
