"""Workers elsewhere that read and embed for an ingest, in place of its own threads."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sqlclap.ingest.embedding import EmbeddedSound
from sqlclap.ingest.reading import SameContent

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.orphaned import OrphanedSamples
    from sqlclap.ingest.plan import FileTask
    from sqlclap.models.bundle import Bundle


class Crew(Protocol):
    """Workers that know no library: its own process plans, and is its one writer."""

    def outcomes(self, bundle: Bundle, tasks: Collection[FileTask]) -> Generator[Outcome]:
        """Yield what becomes of each task, once each, in any order."""


def settle_moved(outcomes: Iterable[Outcome], orphaned: OrphanedSamples) -> Iterator[Outcome]:
    """Yield outcomes, with those that belong to samples whose file is gone given to these."""
    for outcome in outcomes:
        if not isinstance(outcome, EmbeddedSound) or outcome.task.known is not None:
            yield outcome
            continue
        moved = orphaned.take(outcome.facts.content_hash, outcome.task)
        if moved is None:
            yield outcome
        elif moved.has_vector:
            yield SameContent(outcome.task, moved.sample_id, moved=True)
        else:
            yield replace(outcome, facts=replace(outcome.facts, moved_from=moved.sample_id))
