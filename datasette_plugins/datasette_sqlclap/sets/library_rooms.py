"""What is asked of the sounds of a library; see `datasette_sqlclap.sets.rooms`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.samples import count_samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlclap.arrays import Float32Array
    from sqlclap.curation.collections import Collections
    from sqlclap.curation.keeping import Curation
    from sqlclap.db.samples import ListedSample, Sample
    from sqlclap.db.spans import Span
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.exchange.library_annotations import Annotations
    from sqlclap.finding.query import Query
    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.labels.labels import Labels
    from sqlclap.recordings.activity import ActivityRow
    from sqlclap.recordings.listing import Recording, RecordingsPage
    from sqlclap.search.facets import Facet, FacetCounts
    from sqlclap.search.folder_tree import FolderBelow
    from sqlclap.search.request import Filter, Request, SearchOptions
    from sqlclap.search.results import Matches
    from sqlclap.search.sort_order import SortOrder
    from sqlclap.session import Session
    from sqlclap.shards.keeping import SetCuration
    from sqlclap.shards.missing import Missing

Gone = tuple["Missing", ...]
"""The shards of a set that didn't answer."""

_SAMPLES = CachedByState(count_samples)
"""Pages ask every few seconds: what hasn't changed isn't counted again."""


class LibraryRooms:
    """The rooms of a library.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def count_sounds(self) -> int:
        """Count a library's sounds, or those of a set's shards that can be asked."""
        with Snapshot(self._session.database) as snapshot:
            return _SAMPLES.of(snapshot)

    def files(self) -> list[Path]:
        """Return the file of a library, or those of a set and of its shards that lie here."""
        return [Path(self._session.database.filename)]

    def labels(self) -> Labels:
        """Return a library's labels, or a set's."""
        from sqlclap.labels.labels import Labels

        return Labels(self._session)

    def curation(self) -> Curation | SetCuration:
        """Return what is kept of a library's sounds, or of a set's."""
        from sqlclap.curation.keeping import Curation

        return Curation(self._session)

    def collections(self) -> Collections:
        """Return a library's collections, or a set's."""
        from sqlclap.curation.collections import Collections

        return Collections(self._session)

    def annotations(self) -> Annotations:
        """Return the annotations of a library, or of a set."""
        from sqlclap.exchange.library_annotations import Annotations

        return Annotations(self._session)

    def sounds(self, sample_ids: Sequence[int]) -> list[Sample]:
        """Return sounds in the order of their ids; of a set's, wherever they lie.

        Raises
        ------
        UnknownSoundError
            There is none of an id.
        """
        from sqlclap.exchange.sound_export import SoundChoice

        return SoundChoice(sample_ids).samples(self._session)

    def rename_cluster(self, cluster: int, name: str) -> None:
        """Give a cluster a name; see `LibraryClusters.rename`."""
        from sqlclap.map.clusters import LibraryClusters

        LibraryClusters(self._session).rename(cluster, name)

    def sound(self, sample_id: int) -> Sample:
        """Return a sound by its id; of a set's, the id stays that of the set.

        Raises
        ------
        UnknownSoundError
        """
        from sqlclap.db.samples import sample_by_id

        return sample_by_id(self._session.database, sample_id)

    def search_text(self, text: str, request: Request) -> Matches:
        """Return the sounds that words describe best."""
        from sqlclap.finding.searches import search_text as search_library

        return search_library(self._session, text, request)

    def search_sample(self, sample_id: int, request: Request, span: Span | None = None) -> Matches:
        """Return the sounds that are most like one of them, or like a span of it."""
        from sqlclap.db.samples import sample_by_id
        from sqlclap.finding.searches import search_sample as search_library

        return search_library(
            self._session, sample_by_id(self._session.database, sample_id), request, span
        )

    def search_heard(
        self, stored: StoredModel, heard: Mapping[float, Float32Array], request: Request
    ) -> Matches:
        """Return the sounds most like one that was heard, at 0 and other semitones if asked."""
        from sqlclap.finding.transposed import search_pitches
        from sqlclap.search.query import search_embedded

        if request.transpose:
            return search_pitches(self._session, stored, heard, request)
        return search_embedded(self._session, stored, heard[0.0], request)

    def find(self, query: Query, request: Request) -> Matches:
        """Return the sounds that a composed query puts first; it names no files."""
        from sqlclap.finding.find import find as find_in_library

        return find_in_library(self._session, query, request, "library")

    def as_sql(self, query: Query, limit: int, options: SearchOptions) -> str:
        """Return a composed query as the SQL statement that gives the same rows; see `find`."""
        from sqlclap.finding.statement import as_statement

        return as_statement(self._session, query, limit, options, "library")

    def find_between(self, ends: Query, request: Request) -> Matches:
        """Return the sounds on the way from one to another; it names no files."""
        from sqlclap.finding.between import find_between as find_in_library

        return find_in_library(self._session, ends, request, "library")

    def list_with_columns(
        self, sample_ids: Sequence[int], columns: Sequence[str]
    ) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]], Gone]:
        """Return sounds of a list of ids, and columns of them; see `sqlclap.db.samples`."""
        from sqlclap.db.samples import list_with_columns as of_library

        return *of_library(self._session.database, sample_ids, columns), ()

    def ids_in_order(
        self, order: SortOrder, sample_ids: Sequence[int] | None
    ) -> tuple[list[int], Gone]:
        """Return ids in the order of a column; see `sqlclap.search.sorting`."""
        from sqlclap.search.sorting import ids_in_order as of_library

        return of_library(self._session.database, order, sample_ids), ()

    def failures(self) -> tuple[Sequence[dict[str, Any]], Gone]:
        """Return the files that could not be taken in."""
        from sqlclap.db.samples import list_failures

        return list_failures(self._session.database), ()

    def folders_below(self, folder: str) -> tuple[tuple[FolderBelow, ...], Gone]:
        """Return the folders right below one; see `sqlclap.search.folder_tree`."""
        from sqlclap.search.folder_tree import folders_below as of_library

        return of_library(self._session.database, folder), ()

    def count_facets(
        self, facets: Sequence[Facet], only: Filter, n: int
    ) -> tuple[list[FacetCounts], Gone]:
        """Count the sounds that pass a filter by facets; see `sqlclap.search.facets`."""
        from sqlclap.search.facets import count_facets as of_library

        return of_library(self._session, facets, only, n), ()

    def has_times(self) -> bool:
        """Whether it is known of any sound when it was recorded."""
        from sqlclap.recordings.listing import has_times as of_library

        return of_library(self._session.database)

    def count_activity(
        self, request: ActivityRequest
    ) -> tuple[list[ActivityRow], int, list[str], tuple[Missing, ...]]:
        """Count recordings by periods; return counts, sounds without a known time, and sites."""
        from sqlclap.labels.activity import find_activity
        from sqlclap.recordings.activity import list_sites

        found = find_activity(self._session, request)
        return found, found.timeless, list_sites(self._session.database), ()

    def list_recordings(
        self, request: ActivityRequest, page: RecordingsPage, sample_id: int | None
    ) -> tuple[list[Recording], int, tuple[Missing, ...]]:
        """List recordings in order of time, or one sound's; see `sqlclap.labels.activity`."""
        from sqlclap.labels.activity import find_recordings

        if sample_id is not None:
            only = replace(request.only, where="sample_id = :sample", params={"sample": sample_id})
            request = replace(request, only=only)
        return *find_recordings(self._session, request, page), ()

    def calibrations(self) -> Calibrations:
        """Return the calibrations of labels; a set's are its catalog's."""
        from sqlclap.labels.calibrations import Calibrations

        return Calibrations(self._session)
