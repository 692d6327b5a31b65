"""What people keep of a library's sounds: a part of `Library`, which loads it when asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.curation.collections import Collections
    from sqlclap.curation.keeping import Curation
    from sqlclap.curation.quarantine import Quarantine
    from sqlclap.session import Session


class Curated:
    """Favourites, ratings, notes, recent uses, collections; duplicates that go."""

    session: Session

    @cached_property
    def curation(self) -> Curation:
        """What is kept of single sounds: favourites, ratings, notes, recent uses."""
        from sqlclap.curation.keeping import Curation

        return Curation(self.session)

    @cached_property
    def collections(self) -> Collections:
        """Named sets of sounds."""
        from sqlclap.curation.collections import Collections

        return Collections(self.session)

    @cached_property
    def quarantine(self) -> Quarantine:
        """Duplicates that go: planned by rules, moved into a folder, and back."""
        from sqlclap.curation.quarantine import Quarantine

        return Quarantine(self.session)
