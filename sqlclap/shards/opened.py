"""A set as a Python object: its shards, and which of them a sound belongs into."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, SupportsIndex

from sqlclap.db.sqlite_errors import refuse_to_send
from sqlclap.errors import SetError
from sqlclap.homes import expand_home
from sqlclap.shards.curated import SetCurated
from sqlclap.shards.exchanges import SetExchanges
from sqlclap.shards.many_sounds import SetManySounds
from sqlclap.shards.options import SetOptions
from sqlclap.shards.set_file import SetFile, read_set
from sqlclap.shards.shard import Shard, shards_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.finding.query import Query, Term
    from sqlclap.ingest.pipeline import IngestOptions
    from sqlclap.labels.activity import ActivityRequest
    from sqlclap.labels.calibrations import Calibrations
    from sqlclap.map.theme import Theme
    from sqlclap.metadata.reading import MetadataEntry
    from sqlclap.models.encoder import Encoder
    from sqlclap.progress import ProgressListener
    from sqlclap.search.query import Vector
    from sqlclap.search.request import SearchOptions
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import SetMatches
    from sqlclap.shards.asking import Asked
    from sqlclap.shards.clusters import SetClusters
    from sqlclap.shards.deployments import SetDeployments
    from sqlclap.shards.failures import SetFailures
    from sqlclap.shards.ingest import SetIngestReport
    from sqlclap.shards.inspection import SetStatus
    from sqlclap.shards.labels import SetLabels
    from sqlclap.shards.maps import SetMap
    from sqlclap.shards.measured_columns import SetColumns
    from sqlclap.shards.model_use import SetModelUse
    from sqlclap.shards.recordings import SetActivity
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.sources import SetSources
    from sqlclap.shards.upkeep import SetIndex


class ShardSet(SetManySounds, SetCurated, SetExchanges):
    """A set of libraries; `open_set` opens one.

    Parameters
    ----------
    path : Path
        The set's file, absolute.
    file : SetFile
        What it held when it was opened; questions go by what it holds then.
    options : SetOptions, optional
    """

    def __init__(self, path: Path, file: SetFile, options: SetOptions | None = None) -> None:
        self.path = path
        self.file = file
        self.options = options or SetOptions()

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        refuse_to_send(str(self.path))

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All shards, in the order of the file."""
        return shards_of(self.file, self.path.parent)

    @property
    def generation(self) -> int:
        """How often the set's file has changed."""
        return self.file.generation

    @property
    def catalog_path(self) -> Path:
        """The library that holds labels, anchors, votes and calibrations."""
        return self.path.parent / self.file.catalog

    def shard_of(self, source: str, path: str) -> Shard:
        """Return the shard that a sound belongs into.

        Parameters
        ----------
        source : str
            The source's root, as in ``sources.root``.
        path : str
            The path below it, as in ``samples.path``.
        """
        number = self.file.shard_of(source, path).number
        return next(one for one in self.shards if one.number == number)

    def shard(self, number: int) -> Shard:
        """Return the shard of a number.

        Raises
        ------
        SetError
            There is none.
        """
        for one in self.shards:
            if one.number == number:
                return one
        known = ", ".join(str(one.number) for one in self.shards)
        raise SetError(f"{self.path} has no shard {number}: expected one of {known}")

    @cached_property
    def session(self) -> SetSession:
        """What answers questions: the shards' threads, the catalog and the model."""
        from sqlclap.shards.session import SetSession

        return SetSession(self.path, self.options)

    def search(
        self,
        text: str | Vector,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds that words describe best; see `Library.search`.

        Parameters
        ----------
        text : str or array_like [shape=(dim,)]
        n : int
        options : SearchOptions, optional
        require_all : bool
            A shard that doesn't answer is an error; else the answer's `missing` names it.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        from sqlclap.shards.searching import search_words

        return search_words(self.session, text, self._asked(n, options, require_all))

    def similar(
        self,
        sound: Target | Vector,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds most like one; see `Library.similar`.

        A sound of the set is named by its id here, ``3:17`` or the number that answers tell, or by
        its path.
        """
        from sqlclap.shards.searching import search_similar

        return search_similar(self.session, sound, self._asked(n, options, require_all))

    def find(
        self,
        query: Query | Term | str,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return the `n` sounds that a composed query puts first; see `Library.find`."""
        from sqlclap.finding.query import as_query
        from sqlclap.shards.composing import find

        return find(self.session, as_query(query), self._asked(n, options, require_all))

    def between(
        self,
        first: Target | Term,
        last: Target | Term,
        n: int = 10,
        options: SearchOptions | None = None,
        require_all: bool = False,
    ) -> SetMatches:
        """Return `n` sounds on the way from one sound to another; see `Library.between`."""
        from sqlclap.finding.query import ends_of
        from sqlclap.shards.between import find_between

        asked = self._asked(n, options, require_all)
        return find_between(self.session, ends_of(first, last), asked)

    def ingest(
        self,
        paths: Sequence[str | Path] = (),
        options: IngestOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> SetIngestReport:
        """Bring the set up to date with folders and files; see `Library.ingest`.

        Each shard takes in the files of its slots, one shard after the other.

        Raises
        ------
        IngestError
            A path can't be used; nothing was changed.
        SetError
            The set is open for reading only, or its shards are being changed.
        """
        from sqlclap.shards.ingest import ingest_set

        self.session.check_writable()
        return ingest_set(self.session, paths, options, listener)

    @property
    def sources(self) -> SetSources:
        """Where the sounds come from: to look at, to change, to remove."""
        from sqlclap.shards.sources import SetSources

        return SetSources(self.session, self.options.require_all)

    def activity(self, request: ActivityRequest | None = None) -> SetActivity:
        """Count recordings of all shards by date and hour; see `Library.activity`.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or all are.
        """
        from sqlclap.labels.activity import ActivityRequest
        from sqlclap.shards.recordings import count_set_activity

        asked = request or ActivityRequest()
        return count_set_activity(self.session, asked, self.options.require_all)

    @property
    def deployments(self) -> SetDeployments:
        """Recorders at places: the folders of their recordings, where and when these were made."""
        from sqlclap.shards.deployments import SetDeployments

        return SetDeployments(self.session, self.options.require_all)

    def metadata(self, sound: Target) -> list[MetadataEntry]:
        """Return all that a sound's file and name say; see `Library.metadata`."""
        from sqlclap.shards.sounds import metadata_of_sound

        return metadata_of_sound(self.session, self.curation.of(sound).sample_id)

    def use_model(self, name: str) -> SetModelUse:
        """Search by another model from now on; see `Library.use_model`.

        `ingest` makes the vectors that sounds lack; what it takes is returned.

        Raises
        ------
        SetError
            The set is open for reading only, or something is being taken into it.
        ModelError
        """
        from sqlclap.shards.model_use import use_model_in_set

        used = use_model_in_set(self.session, name)
        self.follow_model()
        return used

    def follow_model(self) -> None:
        """Go by the model that the set has by now, whichever it was opened with."""
        self.options, self.file = replace(self.options, model=None), self.session.file

    def backlog(self) -> int:
        """Count the sounds that have no vector of the set's model yet."""
        from sqlclap.shards.jobs import CountWaiting

        found, _ = self.session.ask(CountWaiting())
        return sum(found.answers)

    def descriptors(self) -> SetColumns:
        """Return what is measured of the sounds, and how many have a value."""
        from sqlclap.shards.measured_columns import columns_of_set

        return columns_of_set(self.session, self.options.require_all)

    def failures(self) -> SetFailures:
        """Return the files that could not be taken in: root, path, stage, reason, at."""
        from sqlclap.shards.failures import failures_of_set

        return failures_of_set(self.session, self.options.require_all)

    def info(self) -> SetStatus:
        """Count what the set holds, shard by shard."""
        from sqlclap.shards.inspection import set_status

        return set_status(self)

    @cached_property
    def map(self) -> SetMap:
        """The map of all shards: to draw, to place new sounds on, to look at."""
        from sqlclap.shards.maps import SetMap

        return SetMap(self.session)

    @cached_property
    def clusters(self) -> SetClusters:
        """Groups of sounds of all shards: to find, to name, to look at."""
        from sqlclap.shards.clusters import SetClusters

        return SetClusters(self.session)

    def draw_map(self, path: str | Path, theme: Theme = "dark") -> None:
        """Write the map in force to a ``.png`` or ``.svg`` file; see `Library.draw_map`."""
        self.map.draw(path, theme)

    @property
    def index(self) -> SetIndex:
        """The indexes beside the shards: to build, look at, verify and drop them."""
        from sqlclap.shards.upkeep import SetIndex

        return SetIndex(self.session)

    @property
    def encoder(self) -> Encoder:
        """The model at work, loaded when first used."""
        return self.session.encoder

    def __getattr__(self, name: str) -> NoReturn:
        from sqlclap.api import Library

        if not name.startswith("_") and hasattr(Library, name):
            from sqlclap.shards.refusals import refusal

            raise SetError(refusal(name, self.path, self.shards[0].path))
        raise AttributeError(f"'ShardSet' object has no attribute {name!r}")

    @property
    def labels(self) -> SetLabels:
        """Labels of the whole set; they live in its catalog."""
        from sqlclap.shards.labels import SetLabels

        return SetLabels(self.session, self.options.require_all)

    @property
    def calibrations(self) -> Calibrations:
        """Labels' thresholds and gaps, from the catalog's votes."""
        from sqlclap.labels.calibrations import Calibrations

        return Calibrations(self.session.catalog)

    def _asked(self, n: int, options: SearchOptions | None, require_all: bool) -> Asked:
        from sqlclap.search.request import SearchOptions
        from sqlclap.shards.asking import Asked

        request = (options or SearchOptions()).request(n)
        return Asked(request, require_all or self.options.require_all)

    def close(self) -> None:
        """Close all shards and the catalog."""
        if "session" in self.__dict__:
            self.session.close()
            for kept in ("session", "map", "clusters"):
                self.__dict__.pop(kept, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_set(path: str | os.PathLike[str], options: SetOptions | None = None) -> ShardSet:
    """Open a set by its file.

    Parameters
    ----------
    path : str or os.PathLike
    options : SetOptions, optional

    Raises
    ------
    SetError
        It is missing, or no set's file.
    """
    absolute = expand_home(path).absolute()
    return ShardSet(absolute, read_set(absolute), options)
