"""Call density of a set: estimated of the sounds, or moments, of all shards together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.labels.density import CallDensity, as_groups, check_level, densities
from sqlclap.labels.density_population import Ground, population_of
from sqlclap.labels.scored_moments import ScoredMoments
from sqlclap.notebook.results import Results
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.density_jobs import ScoreAll, ScoredPart
from sqlclap.shards.travelling import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.shards.session import SetSession


def density_of_set(
    session: SetSession, name: str, by: str | Iterable[str], how: tuple[float, int], moments: bool
) -> Results[CallDensity]:
    """Estimate the share of sounds, or moments, that hold a label; see `Labels.density`.

    Parameters
    ----------
    session : SetSession
    name : str
    by : str or iterable of str
    how : (float, int)
        The interval's probability, and the seed.
    moments : bool

    Raises
    ------
    PartialAnswerError
        A shard is missing: what a part holds would look like the whole's.
    """
    groups = as_groups(by)
    check_level(how[0])
    scorer, catalog = session.scorer, session.catalog.database
    at = scorer.scoring_position(name)
    luggage = pack(scorer, catalog_sounds(catalog, session.file), ())
    found, reach = session.ask(ScoreAll(scorer.labels[at].name, luggage, moments, groups))
    reach.check(require_all=True)
    ground, keys = _joined(found.answers, moments, ids_of_copies(session))
    with read_transaction(catalog) as database:
        population = population_of(database, scorer, at, ground)
    return Results(densities(population, keys, groups, *how), CallDensity)


def _joined(
    parts: Sequence[ScoredPart], moments: bool, numbers: dict[int, int]
) -> tuple[Ground, list[tuple[Any, ...]]]:
    """Put shards' parts together, by ascending id; moments of a sound by their starts."""
    set_ids = np.concatenate([one.set_ids for one in parts])
    order = np.argsort(set_ids, kind="stable")
    keys = [one.groups[place] for one in parts for place in one.member.tolist()]
    told = [keys[place] for place in order.tolist()]
    if not moments:
        scores = np.concatenate([one.scores for one in parts])
        return Ground(set_ids[order], scores[order], None, numbers), told
    columns = zip(*(vars(one.moments).values() for one in parts), strict=True)
    every = ScoredMoments(*(np.concatenate(column)[order] for column in columns))
    return Ground.of_moments(every, numbers), told
