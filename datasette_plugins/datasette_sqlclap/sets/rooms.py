"""What is asked of a session's sounds: of a library's, or of all of a set's.

Whatever a view does with a session goes through here where a set has an answer of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.sets.whole_set import WholeSet
from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.samples import count_samples
from sqlclap.errors import UnknownSoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.arrays import Float32Array
    from sqlclap.curation.collections import Collections
    from sqlclap.curation.keeping import Curation
    from sqlclap.db.samples import Sample
    from sqlclap.db.spans import Span
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.exchange.library_annotations import Annotations
    from sqlclap.finding.query import Query
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.labels.labels import Labels
    from sqlclap.search.request import Request, SearchOptions
    from sqlclap.search.results import Matches
    from sqlclap.session import Session
    from sqlclap.shards.fleet import Missing
    from sqlclap.shards.keeping import SetCuration
    from sqlclap.shards.session import SetSession


_SAMPLES = CachedByState(count_samples)
"""Pages ask every few seconds: what hasn't changed isn't counted again."""


def count_sounds(session: Session) -> int:
    """Count a library's sounds, or those of a set's shards that can be asked."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.listing import count_set_sounds

        return count_set_sounds(session.asked)[0]
    with Snapshot(session.database) as snapshot:
        return _SAMPLES.of(snapshot)


def library_files(session: Session) -> list[Path]:
    """Return the files of a library, or of a set's shards that lie here."""
    if isinstance(session, WholeSet):
        return [one.path for one in session.asked.shards if not one.places]
    return [Path(session.database.filename)]


def labels_of(session: Session) -> Labels:
    """Return a library's labels, or a set's."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.labels import SetLabels

        return SetLabels(session.asked)
    from sqlclap.labels.labels import Labels

    return Labels(session)


def calibrations_of(session: Session) -> Calibrations:
    """Return the calibrations of labels; a set's are its catalog's."""
    from sqlclap.labels.calibrations import Calibrations

    return Calibrations(session.asked.catalog if isinstance(session, WholeSet) else session)


def curation_of(session: Session) -> Curation | SetCuration:
    """Return what is kept of a library's sounds, or of a set's."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.keeping import SetCuration

        return SetCuration(session.asked)
    from sqlclap.curation.keeping import Curation

    return Curation(session)


def collections_of(session: Session) -> Collections:
    """Return a library's collections, or a set's."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.collections import SetCollections

        return SetCollections(session.asked)
    from sqlclap.curation.collections import Collections

    return Collections(session)


def annotations_of(session: Session) -> Annotations:
    """Return the annotations of a library, or of a set."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.annotations import SetAnnotations

        return SetAnnotations(session.asked)
    from sqlclap.exchange.library_annotations import Annotations

    return Annotations(session)


def sounds_of(session: Session, sample_ids: Sequence[int]) -> list[Sample]:
    """Return sounds in the order of their ids; of a set's, wherever they lie.

    Raises
    ------
    UnknownSoundError
        There is none of an id.
    """
    if isinstance(session, WholeSet):
        from sqlclap.shards.sounds import samples_of

        return samples_of(session.asked, sample_ids)
    from sqlclap.exchange.sound_export import SoundChoice

    return SoundChoice(sample_ids).samples(session)


def rename_cluster(session: Session, cluster: int, name: str) -> None:
    """Give a cluster a name; see `LibraryClusters.rename`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.clusters import SetClusters

        SetClusters(session.asked).rename(cluster, name)
        return
    from sqlclap.map.clusters import LibraryClusters

    LibraryClusters(session).rename(cluster, name)


def sound_of(session: Session, sample_id: int) -> Sample:
    """Return a sound by its id; of a set's, the id stays that of the set.

    Raises
    ------
    UnknownSoundError
    """
    if isinstance(session, WholeSet):
        from sqlclap.shards.sounds import samples_of

        return samples_of(session.asked, [sample_id])[0]
    from sqlclap.db.samples import sample_by_id

    return sample_by_id(session.database, sample_id)


def search_text(session: Session, text: str, request: Request) -> Matches:
    """Return the sounds that words describe best."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.searching import Asked, search_words

        return search_words(session.asked, text, Asked(request))
    from sqlclap.finding.searches import search_text as search_library

    return search_library(session, text, request)


def search_sample(
    session: Session, sample_id: int, request: Request, span: Span | None = None
) -> Matches:
    """Return the sounds that are most like one of those that are asked, or like a span of it."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.searching import Asked, search_similar

        target = sample_id if span is None else (sample_id, span)
        return search_similar(session.asked, target, Asked(request))
    from sqlclap.db.samples import sample_by_id
    from sqlclap.finding.searches import search_sample as search_library

    return search_library(session, sample_by_id(session.database, sample_id), request, span)


def search_embedded(
    session: Session, stored: StoredModel, vector: Float32Array, request: Request
) -> Matches:
    """Return the sounds that are most like one that was heard."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.searching import Asked, search_similar

        return search_similar(session.asked, vector, Asked(request))
    from sqlclap.search.query import search_embedded as search_library

    return search_library(session, stored, vector, request)


def find(session: Session, query: Query, request: Request) -> Matches:
    """Return the sounds that a composed query puts first; it names no files."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.composing import find as find_in_set
        from sqlclap.shards.searching import Asked

        _refuse_files(session.asked, query)
        return find_in_set(session.asked, query, Asked(request))
    from sqlclap.finding.find import find as find_in_library

    return find_in_library(session, query, request, "library")


def as_sql(session: Session, query: Query, limit: int, options: SearchOptions) -> str:
    """Return a composed query as the SQL statement that gives the same rows."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.statement import set_statement

        _refuse_files(session.asked, query)
        return set_statement(session.asked, query, limit, options)
    from sqlclap.finding.statement import as_statement

    return as_statement(session, query, limit, options)


def find_between(session: Session, ends: Query, request: Request) -> Matches:
    """Return the sounds on the way from one to another; it names no files."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.between import find_between as find_in_set
        from sqlclap.shards.searching import Asked

        _refuse_files(session.asked, ends)
        return find_in_set(session.asked, ends, Asked(request))
    from sqlclap.finding.between import find_between as find_in_library

    return find_in_library(session, ends, request, "library")


def _refuse_files(asked: SetSession, query: Query) -> None:
    """Reject sounds that aren't the set's: whoever asks by HTTP has no business with files."""
    from sqlclap.db.spans import parse_span_target
    from sqlclap.shards.targets import as_set_id, by_path

    for term in query.terms:
        named: Any = term.value
        if term.kind != "sound" or as_set_id(named) is not None:
            continue
        if isinstance(named, str) and "@" in named and not by_path(asked, named):
            named, _ = parse_span_target(named) or (named, None)
        if as_set_id(named) is None and not (isinstance(named, str) and by_path(asked, named)):
            shown = str(term.value)[:200]
            raise UnknownSoundError(f"{shown!r} is neither an id nor a path in the set")


def missing_of(matches: object) -> dict[str, Any]:
    """Return the shards of a set that didn't answer, as a field; none where all did."""
    reach = getattr(matches, "reach", None)
    return missing_told(reach.missing if reach is not None else ())


def missing_told(missing: tuple[Missing, ...]) -> dict[str, Any]:
    """Return shards that didn't answer as a field of an answer; none where all did."""
    from datasette_sqlclap.wording import without_commands, without_paths

    told = [
        {"shard": one.shard, "reason": without_commands(without_paths(one.reason)) or "no answer"}
        for one in missing
    ]
    return {"missing": told} if told else {}
