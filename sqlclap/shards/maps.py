"""The map of a set: fitted on an even sample of its sounds, the others placed shard by shard."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.errors import NoMapError, NoVectorsError, PartialAnswerError
from sqlclap.homes import expand_home
from sqlclap.map.drawing import Picture, draw_map
from sqlclap.map.fit import LayoutTask, draw
from sqlclap.map.maps import kept_options
from sqlclap.map.options import PLACED_LIMIT, LayoutOptions
from sqlclap.map.store import DrawnMap, Points
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.fixed_points import FittedMap, FixedSounds, NewFit, read_map, store_map
from sqlclap.shards.lacking_tags import shards_lacking_tags
from sqlclap.shards.leases import map_lease
from sqlclap.shards.map_jobs import LookShown, ReadMapPoints, ReadPicture
from sqlclap.shards.placing import Shelf, place_on_map
from sqlclap.shards.sampling import even_sample
from sqlclap.shards.shown import FitsInForce, SetFit, ShownFits, read_fit
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.tag_jobs import ForemostTags
from sqlclap.shards.tag_runs import named_runs
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlclap.api import Library
    from sqlclap.map.theme import Theme
    from sqlclap.shards.fixed_points import FixedMap
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

T = TypeVar("T")
SAMPLE = 100_000
"""Sounds that a set's map and clusters are fitted on, at most, unless another number is given."""


@dataclass(frozen=True, kw_only=True)
class SetMapStatus(DrawnMap):
    """The map of a set that is in force; points are those of shards that show it.

    Attributes
    ----------
    version : str
        Shards that show it say the same one.
    fixed : int
        Points by which all others are placed; `movement` is theirs, and `agreement` of placed ones
        is with the nearest of them.
    differing : list of int
        Numbers of shards that show another map, or none.
    missing : list of Missing
        Shards that can't be asked.
    """

    version: str
    fixed: int
    differing: list[int] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


@dataclass(frozen=True)
class SetMapReport:
    """Result of drawing or updating a set's map.

    Attributes
    ----------
    fitted : bool
        Whether the map was drawn anew; otherwise sounds were placed on it.
    new : int
        Sounds that were given a place.
    status : SetMapStatus
    advice : str
        What to do next; empty if there is nothing.
    not_written : list of Missing
        Shards that couldn't be opened or written: they show what they showed, and get their part
        by the next run.
    lacking : list of Missing
        Shards that have no tags of some runs yet, where the map was drawn by labels: sounds that
        are tagged there took part without.
    """

    fitted: bool
    new: int
    status: SetMapStatus
    advice: str
    not_written: list[Missing] = field(default_factory=list)
    lacking: list[Missing] = field(default_factory=list)


class SetMap:
    """The map of a set's sounds; see `LibraryMap`.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        self._session = session

    def fit(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> SetMapReport:
        """Draw the map anew on an even sample, aligned with the one before, and place all sounds.

        The sample is `options.sample` sounds, by default 100,000, or all where there are fewer. If
        this is interrupted while it fits, nothing has changed; later, shards that show the former
        map get their part by `place`.

        Raises
        ------
        NoVectorsError
            No sound has a vector.
        LayoutValueError
            An option is out of range.
        SetError
            Another program works on the set.
        MissingExtraError
            What draws maps is not installed.
        """
        options, listener = options or LayoutOptions(), listener or NullProgress()
        options.check()
        with map_lease(self._session.path):
            lacking = shards_lacking_tags(self._session) if options.supervise else ()
            visit, fixed = self._fit(options, listener)
            new = self._place_all(visit, fixed, listener)
        return replace(self._report(True, new, visit), lacking=[*lacking])

    def place(self, listener: ProgressListener | None = None) -> SetMapReport:
        """Place what has no place yet, or another vector by now, beside the fixed points.

        Shards that show another map, or none, are brought up to this one. No other point moves.

        Raises
        ------
        NoMapError
            There is no map yet.
        SetError
            Another program works on the set.
        MissingExtraError
            What draws maps is not installed.
        """
        with map_lease(self._session.path):
            visit = Visit(self._session.shards)
            new = self._place_all(visit, self._fixed(), listener or NullProgress())
        return self._report(False, new, visit)

    def update(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> SetMapReport:
        """Place what is new; see `place`. Without a map, draw one; see `fit`."""
        if read_fit(self._session.catalog.database, "map") is None:
            return self.fit(options, listener)
        return self.place(listener)

    def status(self) -> SetMapStatus:
        """Return the map in force, as far as shards can be asked.

        Raises
        ------
        NoMapError
            There is none.
        """
        catalog, fit = self._session.catalog.database, self._in_force()
        found, _ = self._session.ask(LookShown())
        shown, force = dict(found.parts), FitsInForce(map=fit.version)
        differing = [number for number, one in shown.items() if force.differing(one)]
        alike = [one for number, one in shown.items() if number not in differing]
        (fixed,) = catalog.execute("SELECT count(*) FROM set_map_points").fetchone()
        return _status(fit, int(fixed), alike, (differing, [*found.missing]))

    def points(self) -> Points:
        """Return the points of the map in force, by ascending id in the set; without agreement.

        Those of shards that show another map, or can't be asked, are not there. `embedding_ids` are
        those of each shard's library.

        Raises
        ------
        NoMapError
            There is none.
        PartialAnswerError
            No shard can be asked.
        """
        parts = self._each(ReadMapPoints(self._in_force().version))
        joined = Points.joined(parts)
        order = np.argsort(joined.sample_ids)
        return Points(*(column[order] for column in vars(joined).values()))

    def draw(self, path: str | Path, theme: Theme = "dark") -> None:
        """Write the map to a ``.png`` or ``.svg`` file; see `Library.draw_map`."""
        parts = self._each(ReadPicture(self._in_force().version))
        names = {cluster: name for one in parts for cluster, name in one.names.items()}
        positions = np.concatenate([one.positions for one in parts])
        picture = Picture(positions, np.concatenate([one.clusters for one in parts]), names)
        draw_map(picture, expand_home(path), theme)

    def _each(self, job: Callable[[ShardReader], T | None]) -> list[T]:
        """Return what shards tell of the map in force.

        Raises
        ------
        NoMapError
            None shows it.
        PartialAnswerError
            No shard can be asked.
        """
        found, reach = self._session.ask(job)
        if not found.parts:
            raise PartialAnswerError(str(reach))
        parts = [one for one in found.answers if one is not None]
        if not parts:
            raise self._no_map()
        return parts

    def _fit(self, options: LayoutOptions, listener: ProgressListener) -> tuple[Visit, FixedMap]:
        started, catalog = time.monotonic(), self._session.catalog.database
        sampled, visit = even_sample(self._session, options.sample or SAMPLE, options.seed)
        if not len(sampled.set_ids):
            raise no_vectors(self._session, visit)
        before = read_map(catalog, self._session.model)
        previous = None if before is None else before.previous()
        sounds = FixedSounds.of(sampled)
        everyone = replace(options, sample=None)
        targets = _targets(self._session) if options.supervise else {}
        new, points = draw(LayoutTask(sounds, everyone, previous, listener, targets))
        quality = new.quality
        report = {
            "trustworthiness": quality.trustworthiness,
            "continuity": quality.continuity,
            "points": quality.points,
            "among": quality.among,
            "movement": new.movement,
        }
        params = new.params | {"sample": options.sample}
        fit = NewFit(params, report, options.seed, time.monotonic() - started)
        store_map(catalog, fit, FittedMap(sounds, points))
        return visit, self._fixed()

    def _in_force(self) -> SetFit:
        """Return the fit of the map, without its points."""
        fit = read_fit(self._session.catalog.database, "map")
        if fit is None:
            raise self._no_map()
        return fit

    def _fixed(self) -> FixedMap:
        fixed = read_map(self._session.catalog.database, self._session.model)
        if fixed is None:
            raise self._no_map()
        return fixed

    def _no_map(self) -> NoMapError:
        path = self._session.path
        return NoMapError(f"{path} has no map yet: draw one with `sqlclap map {typed(path)}`")

    def _place_all(self, visit: Visit, fixed: FixedMap, listener: ProgressListener) -> int:
        options = LayoutOptions(**kept_options(fixed.fit.params, fixed.fit.seed))
        counts: list[int] = []

        def place(shard: Shard, library: Library) -> None:
            told = ShardProgress(listener, visit.place_of(shard))
            shelf = Shelf(library.connection, shard.entry.ids, told)
            counts.append(place_on_map(shelf, fixed, options))

        visit.each("write", place)
        return sum(counts)

    def _report(self, fitted: bool, new: int, visit: Visit) -> SetMapReport:
        status, advice = self.status(), ""
        bound = status.params.get("sample") or SAMPLE
        if status.placed_share > PLACED_LIMIT and status.fixed < bound:
            advice = (
                f"{status.placed:,} of {status.points:,} sounds were only placed: draw the map "
                f"anew with `sqlclap map {typed(self._session.path)} --refit`"
            )
        return SetMapReport(fitted, new, status, advice, visit.left_out)


def _targets(session: SetSession) -> dict[int, int]:
    """Return one label for each sound that has any, by the set's ids; see ``map/map_targets``.

    Anchors and tags by hand are in the catalog, and go before those of runs, which are in shards.
    """
    catalog, targets = session.catalog.database, dict[int, int]()
    if runs := named_runs(catalog):
        numbers = dict(catalog.execute("SELECT name, label_id FROM labels").fetchall())
        found, _ = session.ask(ForemostTags(runs))
        for whole, labels in found.answers:
            targets |= zip(whole.tolist(), (numbers[one] for one in labels), strict=True)
    told = ids_of_copies(session)
    said = catalog.execute(statement("map/map_targets")).fetchall()
    return targets | {told[copy]: label for copy, label in said if copy in told}


def no_vectors(session: SetSession, visit: Visit) -> Exception:
    """Return the error of a set in which nothing can be fitted."""
    if visit.missing:
        return PartialAnswerError("; ".join(map(str, visit.left_out)))
    return NoVectorsError(
        f"{session.path} holds no vectors: add sounds with `sqlclap ingest "
        f"{typed(session.path)} FOLDER`"
    )


def _status(
    fit: SetFit, fixed: int, shown: list[ShownFits], others: tuple[list[int], list[Missing]]
) -> SetMapStatus:
    points = sum(one.points for one in shown)
    report = fit.report
    return SetMapStatus(
        version=fit.version,
        params=fit.params,
        seed=fit.seed,
        trustworthiness=report["trustworthiness"],
        continuity=report["continuity"],
        quality={"points": report["points"], "among": report["among"]},
        seconds=fit.seconds,
        movement=report["movement"],
        created_at=fit.created_at,
        fixed=fixed,
        points=points,
        placed=sum(one.placed for one in shown),
        agreement=sum(one.agreement for one in shown) / points if points else None,
        differing=others[0],
        missing=others[1],
    )
