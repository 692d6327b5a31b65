"""All that is told of one sound: of a library's, or of one that lies in a shard of a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette_sqlclap.sets.whole_set import WholeSet
from datasette_sqlclap.sound_files import lies_afar
from sqlclap.db.samples import sample_by_id
from sqlclap.labels.sample_labels import anchors_of_sample, tags_of_sample, votes_of_sample
from sqlclap.metadata.reading import metadata_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlclap.db.database import Database
    from sqlclap.db.samples import Sample
    from sqlclap.labels.sample_labels import SampleAnchor, SampleTag, SampleVote
    from sqlclap.metadata.reading import MetadataEntry
    from sqlclap.search.request import Filter
    from sqlclap.session import Session


@dataclass(frozen=True)
class SoundTold:
    """A sound, with what is told of it: each is read when it is asked for.

    Attributes
    ----------
    sample : Sample
        Of a set's sound, with the set's id.
    metadata : callable
        Gives what its file and its name say.
    said : tuple of (Database, int) or None
        Where people's word on it is, and its id there; None: there is none yet.
    tagged : callable
        Gives its tags in force.
    """

    sample: Sample
    metadata: Callable[[], list[MetadataEntry]]
    said: tuple[Database, int] | None
    tagged: Callable[[], Sequence[SampleTag]]

    @property
    def tags(self) -> Sequence[SampleTag]:
        """Tags in force."""
        return self.tagged()

    @property
    def anchors(self) -> list[SampleAnchor]:
        """Labels that it is an example of."""
        return [] if self.said is None else anchors_of_sample(*self.said)

    @property
    def votes(self) -> list[SampleVote]:
        """Votes in force."""
        return [] if self.said is None else votes_of_sample(*self.said)


def sound_told(session: Session, sample_id: int) -> SoundTold:
    """Return what is told of a sound.

    Raises
    ------
    UnknownSoundError
        There is none of that id.
    """
    if isinstance(session, WholeSet):
        return _told_of_set(session, sample_id)
    database = session.database
    sample = sample_by_id(database, sample_id)
    return SoundTold(
        sample,
        lambda: list(metadata_of(database, sample_id)),
        (database, sample_id),
        lambda: tags_of_sample(database, sample_id),
    )


def _told_of_set(session: WholeSet, sample_id: int) -> SoundTold:
    """Return what its shard and the catalog tell: people's word is the catalog's."""
    from sqlclap.shards.labels import SetLabels
    from sqlclap.shards.sounds import copy_of_sound, metadata_of_sound, samples_of

    (sample,) = samples_of(session.asked, [sample_id])
    copy = copy_of_sound(session.asked, sample)
    said = None if copy is None else (session.database, copy)
    return SoundTold(
        sample,
        lambda: metadata_of_sound(session.asked, sample_id),
        said,
        lambda: SetLabels(session.asked).tags_of_sound(sample_id),
    )


def only_sound(session: Session, sample: Sample) -> Filter:
    """Return the filter that keeps one sound alone; shards of a set have ids of their own."""
    from sqlclap.search.request import Filter

    if lies_afar(sample):
        # Its folder is not told: sounds of that path in other sources pass, too.
        return Filter(where="path = :own_path", params={"own_path": sample.path})
    if isinstance(session, WholeSet):
        place = {"own_root": sample.root, "own_path": sample.path}
        return Filter(where="root = :own_root AND path = :own_path", params=place)
    return Filter(where="sample_id = :sample", params={"sample": sample.sample_id})
