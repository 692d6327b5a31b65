"""What is asked of the sounds of all shards of a set; see `datasette_sqlclap.sets.rooms`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import UnknownSoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datasette_sqlclap.sets.library_rooms import Gone
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
    from sqlclap.shards.keeping import SetCuration
    from sqlclap.shards.session import SetSession


class SetRooms:
    """The rooms of a set.

    Parameters
    ----------
    asked : SetSession
    """

    def __init__(self, asked: SetSession) -> None:
        self._asked = asked

    def count_sounds(self) -> int:
        """Count a library's sounds, or those of a set's shards that can be asked."""
        from sqlclap.shards.listing import count_set_sounds

        return count_set_sounds(self._asked)[0]

    def files(self) -> list[Path]:
        """Return the file of a library, or those of a set and of its shards that lie here."""
        here = [one.path for one in self._asked.shards if not one.places]
        return [self._asked.path, *here]

    def labels(self) -> Labels:
        """Return a library's labels, or a set's."""
        from sqlclap.shards.labels import SetLabels

        return SetLabels(self._asked)

    def curation(self) -> Curation | SetCuration:
        """Return what is kept of a library's sounds, or of a set's."""
        from sqlclap.shards.keeping import SetCuration

        return SetCuration(self._asked)

    def collections(self) -> Collections:
        """Return a library's collections, or a set's."""
        from sqlclap.shards.collections import SetCollections

        return SetCollections(self._asked)

    def annotations(self) -> Annotations:
        """Return the annotations of a library, or of a set."""
        from sqlclap.shards.annotations import SetAnnotations

        return SetAnnotations(self._asked)

    def sounds(self, sample_ids: Sequence[int]) -> list[Sample]:
        """Return sounds in the order of their ids; of a set's, wherever they lie.

        Raises
        ------
        UnknownSoundError
            There is none of an id.
        """
        from sqlclap.shards.sounds import samples_of

        return samples_of(self._asked, sample_ids)

    def rename_cluster(self, cluster: int, name: str) -> None:
        """Give a cluster a name; see `LibraryClusters.rename`."""
        from sqlclap.shards.clusters import SetClusters

        SetClusters(self._asked).rename(cluster, name)

    def sound(self, sample_id: int) -> Sample:
        """Return a sound by its id; of a set's, the id stays that of the set.

        Raises
        ------
        UnknownSoundError
        """
        from sqlclap.shards.sounds import samples_of

        return samples_of(self._asked, [sample_id])[0]

    def search_text(self, text: str, request: Request) -> Matches:
        """Return the sounds that words describe best."""
        from sqlclap.shards.asking import Asked
        from sqlclap.shards.searching import search_words

        return search_words(self._asked, text, Asked(request))

    def search_sample(self, sample_id: int, request: Request, span: Span | None = None) -> Matches:
        """Return the sounds that are most like one of them, or like a span of it."""
        from sqlclap.shards.asking import Asked
        from sqlclap.shards.searching import search_similar

        target = sample_id if span is None else (sample_id, span)
        return search_similar(self._asked, target, Asked(request))

    def search_heard(
        self, stored: StoredModel, heard: Mapping[float, Float32Array], request: Request
    ) -> Matches:
        """Return the sounds most like one that was heard, at 0 and other semitones if asked."""
        from sqlclap.shards.asking import Asked
        from sqlclap.shards.searching import search_pitches, search_similar

        if request.transpose:
            return search_pitches(self._asked, heard, Asked(request))
        return search_similar(self._asked, heard[0.0], Asked(request))

    def find(self, query: Query, request: Request) -> Matches:
        """Return the sounds that a composed query puts first; it names no files."""
        from sqlclap.shards.asking import Asked
        from sqlclap.shards.composing import find as find_in_set

        _refuse_files(self._asked, query)
        return find_in_set(self._asked, query, Asked(request))

    def as_sql(self, query: Query, limit: int, options: SearchOptions) -> str:
        """Return a composed query as the SQL statement that gives the same rows."""
        from sqlclap.shards.statement import set_statement

        _refuse_files(self._asked, query)
        return set_statement(self._asked, query, limit, options)

    def find_between(self, ends: Query, request: Request) -> Matches:
        """Return the sounds on the way from one to another; it names no files."""
        from sqlclap.shards.asking import Asked
        from sqlclap.shards.between import find_between as find_in_set

        _refuse_files(self._asked, ends)
        return find_in_set(self._asked, ends, Asked(request))

    def list_with_columns(
        self, sample_ids: Sequence[int], columns: Sequence[str]
    ) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]], Gone]:
        """Return sounds of a list of ids, and columns of them; see `sqlclap.db.samples`."""
        from sqlclap.shards.listing import list_set_sounds

        return list_set_sounds(self._asked, sample_ids, columns)

    def ids_in_order(
        self, order: SortOrder, sample_ids: Sequence[int] | None
    ) -> tuple[list[int], Gone]:
        """Return ids in the order of a column; see `sqlclap.search.sorting`."""
        from sqlclap.shards.listing import set_ids_in_order

        return set_ids_in_order(self._asked, order, sample_ids)

    def failures(self) -> tuple[Sequence[dict[str, Any]], Gone]:
        """Return the files that could not be taken in."""
        from sqlclap.shards.failures import failures_of_set

        found = failures_of_set(self._asked)
        return found, found.reach.missing

    def folders_below(self, folder: str) -> tuple[tuple[FolderBelow, ...], Gone]:
        """Return the folders right below one; see `sqlclap.search.folder_tree`."""
        from sqlclap.shards.listing import set_folders_below

        return set_folders_below(self._asked, folder)

    def count_facets(
        self, facets: Sequence[Facet], only: Filter, n: int
    ) -> tuple[list[FacetCounts], Gone]:
        """Count the sounds that pass a filter by facets; see `sqlclap.search.facets`."""
        from sqlclap.shards.listing import count_set_facets

        return count_set_facets(self._asked, facets, only, n)

    def has_times(self) -> bool:
        """Whether it is known of any sound when it was recorded."""
        from sqlclap.shards.recordings import set_has_times

        return set_has_times(self._asked)

    def count_activity(
        self, request: ActivityRequest
    ) -> tuple[list[ActivityRow], int, list[str], Gone]:
        """Count recordings by periods; return counts, sounds without a known time, and sites."""
        from sqlclap.shards.recordings import count_set_activity

        found = count_set_activity(self._asked, request)
        return found, found.timeless, found.sites, found.reach.incomplete

    def list_recordings(
        self, request: ActivityRequest, page: RecordingsPage, sample_id: int | None
    ) -> tuple[list[Recording], int, Gone]:
        """List recordings in order of time, or one sound's; see `sqlclap.labels.activity`."""
        from sqlclap.shards.recordings import list_set_recordings

        return list_set_recordings(self._asked, request, page, sample_id)

    def calibrations(self) -> Calibrations:
        """Return the calibrations of labels; a set's are its catalog's."""
        from sqlclap.labels.calibrations import Calibrations

        return Calibrations(self._asked.catalog)


def _refuse_files(asked: SetSession, query: Query) -> None:
    """Reject sounds that aren't the set's: whoever asks by HTTP has no business with files."""
    from sqlclap.db.spans import parse_span_target
    from sqlclap.shards.targets import as_set_id, by_path, paths_near

    for term in query.terms:
        named: Any = term.value
        if term.kind != "sound" or as_set_id(named) is not None:
            continue
        if isinstance(named, str) and "@" in named and not by_path(asked, named):
            named, _ = parse_span_target(named) or (named, None)
        if as_set_id(named) is None and not (isinstance(named, str) and by_path(asked, named)):
            shown = str(term.value)[:200]
            near = paths_near(asked, shown)
            raise UnknownSoundError(f"{shown!r} is neither an id nor a path in the set{near}")
