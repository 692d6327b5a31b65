"""What people keep of a set's sounds: a part of `ShardSet`, which loads it when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.shards.collections import SetCollections
    from sqlclap.shards.keeping import SetCuration
    from sqlclap.shards.options import SetOptions
    from sqlclap.shards.quarantine import SetQuarantine
    from sqlclap.shards.session import SetSession


class SetCurated:
    """Favourites, ratings, notes, recent uses, collections; duplicates that go."""

    options: SetOptions

    @property
    def session(self) -> SetSession:
        """What answers questions."""
        raise NotImplementedError

    @property
    def curation(self) -> SetCuration:
        """What is kept of single sounds; it lies in the libraries of the sounds."""
        from sqlclap.shards.keeping import SetCuration

        return SetCuration(self.session, self.options.require_all)

    @property
    def collections(self) -> SetCollections:
        """Collections of sounds of all shards; they live in the catalog."""
        from sqlclap.shards.collections import SetCollections

        return SetCollections(self.session)

    @property
    def quarantine(self) -> SetQuarantine:
        """Duplicates that go: planned by rules, moved into a folder, and back."""
        from sqlclap.shards.quarantine import SetQuarantine

        return SetQuarantine(self.session)
