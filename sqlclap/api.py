"""A library as a Python object: what `sqlclap.open` gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlclap.db.connection import Mode, expand_home
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.samples import Sample, Summary, list_failures
from sqlclap.db.sqlite_errors import clear_errors_of

if TYPE_CHECKING:
    import apsw

    from sqlclap.index.handle import LibraryIndex
    from sqlclap.ingest.pipeline import IngestOptions
    from sqlclap.ingest.report import IngestReport
    from sqlclap.ingest.sources import LibrarySources
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.labels.labels import Labels
    from sqlclap.map.clusters import LibraryClusters
    from sqlclap.map.maps import LibraryMap
    from sqlclap.map.theme import Theme
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device
    from sqlclap.progress import ProgressListener
    from sqlclap.recordings.deployments import Deployments
    from sqlclap.search.duplicates import DuplicateGroup
    from sqlclap.search.planner import Planner
    from sqlclap.search.request import SearchOptions, Target
    from sqlclap.search.results import Matches


@clear_errors_of(lambda library: str(library.path))
class Library:
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
            There is no such model, or it can't be used.
        """
        return self.session.encoder

    def use_model(self, name: str) -> int:
        """Search by another model from now on; vectors of other models stay.

        Parameters
        ----------
        name : str
            Of the embedded model or an installed one.

        Returns
        -------
        int
            Sounds that have no vector of it yet; `ingest` makes them.

        Raises
        ------
        ModelError
            There is no such model, or it can't be used.
        """
        from sqlclap.ingest.pipeline import use_model
        from sqlclap.models.bundle import find_named_bundle

        bundle = find_named_bundle(name)
        waiting = use_model(self._file, bundle)
        self.session.resources.use(bundle)
        return waiting

    @property
    def sources(self) -> LibrarySources:
        """Where the sounds come from: to look at, to change, to remove, to relocate."""
        from sqlclap.ingest.sources import LibrarySources

        return LibrarySources(self._file)

    @property
    def deployments(self) -> Deployments:
        """Recorders at places: the folders of their recordings, where and when these were made."""
        from sqlclap.recordings.deployments import Deployments

        return Deployments(self._file)

    def backlog(self) -> int:
        """Count the sounds that have no vector of the model in use yet; `ingest` makes them."""
        from sqlclap.ingest.pipeline import count_backlog

        return count_backlog(self.connection, self.encoder.bundle)

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
            Folders and files; none means all folders that the library knows.
        options : IngestOptions, optional
        listener : ProgressListener, optional
            Is told of the stages ``ingest`` (files) and ``index`` (vectors).
        """
        from sqlclap.ingest.pipeline import ingest
        from sqlclap.upkeep import follow_ingest

        expanded = [Path(path).expanduser() for path in paths]
        report = ingest(self._file, self.encoder, expanded, options, listener)
        if not report.interrupted:
            try:
                follow_ingest(self.session, listener)
            except KeyboardInterrupt:  # the sounds are stored; only the index is left behind
                report.interrupted = True
        return report

    def search(self, text: str, n: int = 10, options: SearchOptions | None = None) -> Matches:
        """Return the `n` sounds that words describe best, best first.

        Parameters
        ----------
        text : str
        n : int
        options : SearchOptions, optional
            Filters, a floor for the score, pages.

        Raises
        ------
        QueryError
            There are no words, `n` is below 1, or a filter can't be used.
        NoVectorsError
            The library is empty, or holds no vectors of this model.
        """
        from sqlclap.search.query import search_words
        from sqlclap.search.request import SearchOptions

        request = (options or SearchOptions()).request(n)
        return search_words(self.session, text, request)

    def similar(self, sound: Target, n: int = 10, options: SearchOptions | None = None) -> Matches:
        """Return the `n` sounds most like one sound, best first.

        Parameters
        ----------
        sound : int, str, Path or bytes
            A sample id, a path in the library, any audio file, or encoded audio itself. A sample
            of the library is not among its own matches.
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
            `n` is below 1, the sound is silent, a filter can't be used, or several samples lie at
            that path.
        NoVectorsError
            The library is empty, or the sample has no vector.
        """
        from sqlclap.db.stored_models import default_model
        from sqlclap.search.query import search_sample, search_sound
        from sqlclap.search.request import SearchOptions, resolve_target

        default_model(self.connection)  # an empty library is told before a sound is looked for
        target = resolve_target(self.connection, sound)
        request = (options or SearchOptions()).request(n)
        if isinstance(target, Sample):
            return search_sample(self.session, target, request)
        return search_sound(self.session, target, request)

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

    def duplicates(
        self, threshold: float = 0.995, kinds: Sequence[str] = ()
    ) -> list[DuplicateGroup]:
        """Return groups of sounds that are the same, or nearly so; largest first.

        Parameters
        ----------
        threshold : float
            Cosine similarity from which two sounds count as near-duplicates.
        kinds : sequence of str
            How they may be alike: "copy", "format", "near", "length", "level"; all by default.

        Raises
        ------
        QueryError
            `threshold` is not between 0 and 1, or there is no such kind.
        NoVectorsError
            The library is empty.
        """
        from sqlclap.search.duplicates import KINDS, find_duplicates

        return find_duplicates(self.connection, self.session.model, threshold, kinds or KINDS)

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
            No map has been drawn yet.
        LayoutError
            The file can't be written, or is of another kind; or what draws is not installed.
        """
        from sqlclap.map.drawing import draw_map, read_drawing

        picture = read_drawing(self.connection, self.session.model)
        draw_map(picture, Path(path).expanduser(), theme)

    def info(self) -> Summary:
        """Count what the library holds."""
        from sqlclap.index.inspection import summarise_library

        return summarise_library(self.connection)

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
        The SQLite file.
    model : str, optional
        Name or folder of the model to use; by default the library's own.
    mode : {"create", "write", "read"}
        "create" makes a library where there is none, "write" opens one that exists, "read"
        never writes.
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
    return Library(LibraryFile(expand_home(path), mode), model, device)
