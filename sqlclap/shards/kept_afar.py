"""What is kept of sounds that lie at nodes: in the catalog, as nothing is written at a node.

What the catalog keeps of a sound comes before what its own library does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sqlclap.curation.keeping import Curation, KeptSample, kept_of, kept_order
from sqlclap.db.statements import statement
from sqlclap.errors import SetError
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import copied, ids_of_copies
from sqlclap.shards.listing_jobs import KeptOf

if TYPE_CHECKING:
    from sqlclap.shards.selection import NamedPlace
    from sqlclap.shards.session import SetSession

Field = Literal["favourite", "rating", "note", "use"]

NONE = (None, False)
"""What a field says of which nothing is kept."""


@dataclass(frozen=True)
class Keeping:
    """A change of what is kept.

    Attributes
    ----------
    field : {"favourite", "rating", "note", "use"}
    value : object
        What it is to say.
    apply : callable
        Does so for some sounds of a library, and says how many changed.
    """

    field: Field
    value: Any
    apply: Callable[[Curation, list[int]], int]


class KeptAfar:
    """What a set's catalog keeps of single sounds, in one state of it.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        self._session = session

    @cached_property
    def copies(self) -> Mapping[int, int]:
        """The copies of which something is kept, by the set's ids of their sounds."""
        database = self._session.catalog.database
        kept = {int(row[0]) for row in database.execute(statement("shards/kept_copies"))}
        if not kept:
            return {}
        every = catalog_sounds(database, self._session.file)
        told = ids_of_copies(self._session, [one for one in every if one.sample_id in kept])
        return {whole: copy for copy, whole in told.items()}

    @cached_property
    def _rows(self) -> Mapping[int, KeptSample]:
        rows = kept_of(self._session.catalog.database, [*self.copies.values()])
        by_copy = {one.sample_id: one for one in rows}
        return {whole: by_copy[copy] for whole, copy in self.copies.items() if copy in by_copy}

    def order(self, name: str, bindings: tuple[object, ...]) -> dict[int, Any]:
        """Return what a list of it is ordered by, by the set's ids."""
        wholes = {copy: whole for whole, copy in self.copies.items()}
        rows = kept_order(self._session.catalog.database, name, bindings)
        return {wholes[copy]: key for copy, key in rows if copy in wholes}

    def over(self, whole: int, row: KeptSample) -> KeptSample:
        """Return what is kept of a sound in all, by what its own library tells."""
        own = self._rows.get(whole)
        if own is None:
            return row
        last = max((row, own), key=lambda one: one.last_used_at or "")
        return replace(
            row,
            favourite=row.favourite or own.favourite,
            rating=row.rating if own.rating is None else own.rating,
            note=row.note if own.note is None else own.note,
            last_action=last.last_action,
            last_used_at=last.last_used_at,
        )

    def prepared(self, places: Sequence[NamedPlace], keeping: Keeping) -> list[int]:
        """Return the copies of sounds at nodes of which something is to be kept or taken away.

        Nothing is said of them yet: what can't be done is an error before anything is changed.

        Raises
        ------
        SetError
            Something is to be taken away that a node's own library keeps, or a node doesn't say
            what it keeps: it would come back with it.
        """
        ids = [one.sound.whole for one in places]
        if ids and keeping.field != "use" and keeping.value in NONE:
            self._check(ids, keeping)
        if ids and keeping.field == "favourite" and keeping.value:
            at_nodes = self._at_nodes(ids)
            ids = [one for one in ids if not at_nodes[one].favourite]
        return [copy for copy, _ in copied(self._session, ids)]

    def change(self, copies: list[int], keeping: Keeping) -> int:
        """Change what the catalog keeps of some copies; return how many changed."""
        return keeping.apply(Curation(self._session.catalog), copies) if copies else 0

    def follow(self, places: Iterable[NamedPlace], keeping: Keeping) -> None:
        """Say the same in the catalog of sounds that were changed here, where it keeps some."""
        held = [one.sound.whole for one in places if one.sound.whole in self.copies]
        if held and keeping.field != "use":
            self.change([self.copies[one] for one in held], keeping)

    def _check(self, ids: Sequence[int], keeping: Keeping) -> None:
        """Check that nothing is to be taken away that is kept at a node itself."""
        for row in self._at_nodes(ids).values():
            if getattr(row, keeping.field) not in NONE:
                raise SetError(
                    f"{row.path} lies at a node, whose own library keeps its {keeping.field}: take "
                    "it away there"
                )

    def _at_nodes(self, wholes: Sequence[int]) -> dict[int, KeptSample]:
        found, _ = self._session.ask(KeptOf(np.array(wholes, dtype=np.int64)))
        rows = {whole: one for part in found.answers for whole, one in part.items()}
        untold = len(set(wholes) - rows.keys())
        if untold:
            raise SetError(
                f"what nodes keep of {untold:,} of the sounds is not known{found.told_missing}: "
                "nothing was changed; do it again when they answer"
            )
        return rows
