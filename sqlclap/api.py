"""A library as a Python object: what `sqlclap.open` gives."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlclap.errors import NoVectorsError
from sqlclap.library import LibraryFile, Summary, list_failures, summarise
from sqlclap.library.connection import Mode

if TYPE_CHECKING:
    import apsw

    from sqlclap.ingest import IngestOptions, IngestReport, ProgressListener
    from sqlclap.models import Encoder
    from sqlclap.similarity import Matches, Planner, Reading, SearchOptions, Target


class Library:
    """A library of sounds in one SQLite file; safe to use from several threads.

    Parameters
    ----------
    file : LibraryFile
    model : str, optional
        Name or folder of the model to use. By default the library's own, or the embedded one
        for a library that is still empty.
    """

    def __init__(self, file: LibraryFile, model: str | None = None) -> None:
        self._file = file
        self._model = model
        self._encoder: Encoder | None = None
        self._planner: Planner | None = None
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._file.path

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
        from sqlclap.models import Encoder, find_bundle

        with self._lock:
            if self._encoder is None:
                self._encoder = Encoder(find_bundle(self._model or self._default_name()))
            return self._encoder

    def _default_name(self) -> str:
        from sqlclap.models import EMBEDDED_MODEL
        from sqlclap.vectors import default_model

        try:
            return default_model(self.connection).name
        except NoVectorsError:
            return EMBEDDED_MODEL

    def ingest(
        self,
        paths: Sequence[str | Path] = (),
        options: IngestOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> IngestReport:
        """Bring the library up to date with folders and files; see `sqlclap.ingest.ingest`.

        Parameters
        ----------
        paths : sequence of str or Path
            Folders and files; none means all folders that the library knows.
        """
        from sqlclap.ingest import ingest

        expanded = [Path(path).expanduser() for path in paths]
        return ingest(self._file, self.encoder, expanded, options, listener)

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
        from sqlclap.similarity import SearchOptions, search_words
        from sqlclap.vectors import default_model

        default_model(self.connection)  # an empty library is told before a model is loaded
        request = (options or SearchOptions()).request(n)
        return search_words(self._reading(), text, request)

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
        from sqlclap.similarity import SearchOptions, resolve_target, search_sound
        from sqlclap.vectors import default_model

        default_model(self.connection)
        if isinstance(sound, Path) or (isinstance(sound, str) and sound.startswith("~")):
            sound = Path(sound).expanduser()
        target = resolve_target(self.connection, sound)
        request = (options or SearchOptions()).request(n)
        return search_sound(self._reading(), target, request)

    def _reading(self) -> Reading:
        from sqlclap.similarity import Reading

        return Reading(self.connection, self.encoder, self.planner)

    @property
    def planner(self) -> Planner:
        """What chooses a search's path; it keeps indexes and filters at hand."""
        from sqlclap.similarity import Planner

        with self._lock:
            if self._planner is None:
                self._planner = Planner()
            return self._planner

    def info(self) -> Summary:
        """Count what the library holds."""
        return summarise(self.connection)

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
        self.close()


def open(
    path: str | os.PathLike[str], *, model: str | None = None, mode: Mode = "create"
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

    Returns
    -------
    Library
        Close it, or use it in a ``with`` statement.

    Raises
    ------
    LibraryError
        The file is missing, is no library, comes from a newer sqlclap, or can't be opened.
    """
    return Library(LibraryFile(Path(path).expanduser(), mode), model)
