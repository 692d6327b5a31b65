"""A library as a Python object: what `sqlclap.open` gives."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlclap.attach.attachment import find_library
from sqlclap.curation.curated import Curated
from sqlclap.db.connection import Mode
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.samples import list_failures
from sqlclap.exchange.exchanges import Exchanges
from sqlclap.finding.library_queries import ComposedQueries
from sqlclap.homes import expand_home
from sqlclap.plain_clients.library import OtherPrograms
from sqlclap.search.many_sounds import ManySounds

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.summary import Summary
    from sqlclap.index.handle import LibraryIndex
    from sqlclap.ingest.pipeline import IngestOptions
    from sqlclap.ingest.report import IngestReport
    from sqlclap.ingest.sources import LibrarySources
    from sqlclap.labels.activity import Activity, ActivityRequest
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.labels.labels import Labels
    from sqlclap.map.clusters import LibraryClusters
    from sqlclap.map.maps import LibraryMap
    from sqlclap.map.theme import Theme
    from sqlclap.metadata.reading import MetadataEntry
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device
    from sqlclap.progress import ProgressListener
    from sqlclap.recordings.deployments import Deployments
    from sqlclap.search.contents import Samples, Vectors
    from sqlclap.search.planner import Planner
    from sqlclap.search.query import Vector
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.search.results import Matches
    from sqlclap.search.targets import Target


class Library(ManySounds, ComposedQueries, Exchanges, OtherPrograms, Curated):
    """A library of sounds in one SQLite file; safe to use from several threads.

    Parameters
    ----------
    file : LibraryFile
    model : str, optional
        Name or folder of the model to use. By default the library's own, or the embedded one
        for a library that is still empty.
    device : {"cpu", "cuda"}
        Where the model runs.
    """

    def __init__(self, file: LibraryFile, model: str | None = None, device: Device = "cpu") -> None:
        from sqlclap.session import Session

        self._file = file
        self.session = Session.of_file(file, model, device)

    @property
    def _library_name(self) -> str:
        return str(self._file.path)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._file.path

    @property
    def restored(self) -> list[str]:
        """What another program had dropped of the schema, and opening for writing made anew."""
        return self._file.restored

    @property
    def connection(self) -> apsw.Connection:
        """This thread's SQLite connection, with sqlite-vec loaded."""
        return self._file.connection

    @property
    def encoder(self) -> Encoder:
        """The model at work, loaded when first used.

        Raises
        ------
        ModelError
        """
        return self.session.encoder

    def use_model(self, name: str) -> int:
        """Search by another model from now on; vectors of other models stay.

        Parameters
        ----------
        name : str
            Of the embedded model, an installed one, or one whose vectors were made elsewhere.

        Returns
        -------
        int
            Sounds that have no vector of it yet; `ingest` makes them.

        Raises
        ------
        ModelError
        """
        from sqlclap.own_vectors.choice import use_named_model

        return use_named_model(self.session, name)

    @property
    def sources(self) -> LibrarySources:
        """Where the sounds come from: to look at, to change, to remove, to relocate."""
        from sqlclap.ingest.sources import LibrarySources

        return LibrarySources(self.session)

    @property
    def deployments(self) -> Deployments:
        """Recorders at places: the folders of their recordings, where and when these were made."""
        from sqlclap.recordings.deployments import Deployments

        return Deployments(self.session)

    def activity(self, request: ActivityRequest | None = None) -> Activity:
        """Count recordings by date and hour, and those in which a label was found.

        Raises
        ------
        UnknownLabelError, NoAnchorsError, QueryError
        """
        from sqlclap.labels.activity import ActivityRequest, find_activity

        return find_activity(self.session, request or ActivityRequest())

    def backlog(self) -> int:
        """Count the sounds that have no vector of the model in use yet; `ingest` makes them."""
        from sqlclap.ingest.library_model import count_backlog

        return count_backlog(self.session.database, self.encoder.bundle)

    def ingest(
        self,
        paths: Sequence[str | Path] = (),
        options: IngestOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> IngestReport:
        """Bring the library up to date with folders and files; see `sqlclap.ingest.pipeline`.

        The index follows where much has changed; an index that can't be written gives a
        `SidecarWarning`, and what was ingested stays.

        Parameters
        ----------
        paths : sequence of str or Path
            Folders, files and addresses of objects (``s3://bucket/drums``); none means all
            sources that the library knows.
        options : IngestOptions, optional
        listener : ProgressListener, optional
            Is told of the stages ``ingest`` (files), ``reading recording times``, ``index``.
        """
        from sqlclap.ingest.pipeline import ingest
        from sqlclap.upkeep import follow_ingest

        report = ingest(self.session, paths, options, listener)
        if not report.interrupted:
            try:
                follow_ingest(self.session, listener)
            except KeyboardInterrupt:  # the sounds are stored; only the index is left behind
                report.interrupted = True
        return report

    def search(
        self, text: str | Vector, n: int = 10, options: SearchOptions | None = None
    ) -> Matches:
        """Return the `n` sounds that words describe best, best first.

        Parameters
        ----------
        text : str or array_like [shape=(dim,)]
            Words, or a vector of words such as ``library.encoder.embed_text`` makes. Its length
            doesn't matter.
        n : int
        options : SearchOptions, optional
            Filters, a floor for the score, pages.

        Raises
        ------
        QueryError
            There are no words, `n` is below 1, a filter can't be used, or a vector has another
            shape, holds what is no finite number, or is zero.
        NoVectorsError
            The library is empty, or holds no vectors of this model.
        """
        from sqlclap.finding.searches import search_text
        from sqlclap.search.request import SearchOptions

        return search_text(self.session, text, (options or SearchOptions()).request(n))

    def similar(
        self, sound: Target | Vector, n: int = 10, options: SearchOptions | None = None
    ) -> Matches:
        """Return the `n` sounds most like one sound, best first.

        Parameters
        ----------
        sound : int, str, Path, bytes or array_like [shape=(dim,)]
            A sample id, a path in the library, any audio file, encoded audio itself, or a vector
            of the model, such as a row of `vectors` or the mean of some; its length doesn't
            matter. A sample of the library is not among its own matches.
        n : int
        options : SearchOptions, optional
            Filters, a floor for the score, pages.

        Raises
        ------
        UnknownSoundError
            Nothing answers to `sound`.
        AudioDecodeError
            The file or the bytes can't be read as sound.
        QueryError
            `n` is below 1, the sound is silent, a filter can't be used, several samples lie at
            that path, or a vector has another shape, holds what is no finite number, or is zero.
        NoVectorsError
            The library is empty, or the sample has no vector.
        """
        from sqlclap.finding.searches import search_similar
        from sqlclap.search.request import SearchOptions

        return search_similar(self.session, sound, (options or SearchOptions()).request(n))

    def samples(self, only: Filter | None = None) -> Samples:
        """Return the samples with their descriptors, by ascending id, read page by page.

        Parameters
        ----------
        only : Filter, optional
            Which samples: by folder, length, label, or an expression over their columns.

        Raises
        ------
        QueryError
            The filter can't be used.
        """
        from sqlclap.search.contents import find_samples

        return find_samples(self.session, only)

    def vectors(self, only: Filter | None = None) -> Vectors:
        """Return samples' ids and their vectors of the model in use, by ascending id.

        It unpacks: ``ids, array = library.vectors()``, shapes (n,) and (n, dim), float32, each row
        of length 1. Samples that have no vector, such as silent ones, are not among them.
        `vector_batches` gives the same in parts, for libraries larger than memory.

        Raises
        ------
        QueryError
            The filter can't be used.
        NoVectorsError
            The library is empty.
        """
        from sqlclap.search.contents import read_vectors

        return read_vectors(self.session, only)

    def vector_batches(self, only: Filter | None = None, size: int = 4096) -> Iterator[Vectors]:
        """Yield the same as `vectors`, in parts of at most `size` samples."""
        from sqlclap.search.contents import vector_batches

        return vector_batches(self.session, only, size)

    @property
    def planner(self) -> Planner:
        """What chooses a search's path; it keeps indexes and filters at hand."""
        from sqlclap.search.planner import Planner

        return self.session.cache(Planner)

    @property
    def index(self) -> LibraryIndex:
        """The index beside the library: to build, look at, verify and drop it."""
        from sqlclap.index.handle import LibraryIndex

        return LibraryIndex(self.connection, self.session.model)

    @cached_property
    def labels(self) -> Labels:
        """Labels by example: anchors, matches, votes, tags."""
        from sqlclap.labels.labels import Labels

        return Labels(self.session)

    @cached_property
    def calibrations(self) -> Calibrations:
        """Labels' thresholds and gaps from votes: fit, apply, look back, revert."""
        from sqlclap.labels.calibrations import Calibrations

        return Calibrations(self.session)

    @cached_property
    def map(self) -> LibraryMap:
        """The map: to draw, to place new sounds on, to look at."""
        from sqlclap.map.maps import LibraryMap

        return LibraryMap(self.session)

    @cached_property
    def clusters(self) -> LibraryClusters:
        """Groups of sounds: to find, to name, to look at."""
        from sqlclap.map.clusters import LibraryClusters

        return LibraryClusters(self.session)

    def draw_map(self, path: str | Path, theme: Theme = "dark") -> None:
        """Write the map in force to a ``.png`` or ``.svg`` file, with its clusters' names.

        Raises
        ------
        NoMapError
        LayoutError
            The file can't be written, or is of another kind; or what draws is not installed.
        """
        from sqlclap.map.drawing import draw_map, read_drawing

        draw_map(read_drawing(self.connection, self.session.model), expand_home(path), theme)

    def info(self) -> Summary:
        """Count what the library holds."""
        from sqlclap.index.inspection import summarise_library

        return summarise_library(self.connection)

    def metadata(self, sound: Target) -> list[MetadataEntry]:
        """Return all that a sound's file and name say, the most trusted of each field first."""
        from sqlclap.metadata.reading import metadata_of

        return metadata_of(self.connection, self.curation.of(sound).sample_id)

    def failures(self) -> list[dict[str, object]]:
        """Return the files that could not be taken in: root, path, stage, reason, at."""
        return list_failures(self.connection)

    def close(self) -> None:
        """Close all threads' connections."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.__exit__(kind, error, trace)


def open(
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    mode: Mode = "create",
    device: Device = "cpu",
) -> Library:
    """Open a library.

    Parameters
    ----------
    path : str or os.PathLike
        The SQLite file, or another program's database whose tables are attached to one beside it.
    model : str, optional
        Name or folder of the model to use; by default the library's own.
    mode : {"create", "write", "read"}
        "create" makes one where there is none, "write" opens one that exists, "read" never writes.
    device : {"cpu", "cuda"}
        Where the model runs.

    Returns
    -------
    Library
        Close it, or use it in a ``with`` statement.

    Raises
    ------
    LibraryError
        The file is missing, is no library, comes from a newer sqlclap, or can't be opened.
    """
    return Library(LibraryFile(find_library(path), mode), model, device)
