"""The tag runs over all shards of a set, as its catalog has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class KeptRun:
    """A run of a set that is in force.

    Attributes
    ----------
    label_id : int
    label : str
    params : dict
    """

    label_id: int
    label: str
    params: dict[str, Any]


def runs_of_set(catalog: Database) -> dict[int, KeptRun]:
    """Return the runs over all shards that are in force, by their numbers."""
    rows = catalog.execute(statement("shards/runs_in_force"))
    return {
        int(run): KeptRun(int(label_id), str(name), json.loads(params))
        for run, label_id, name, params in rows
    }


def named_runs(catalog: Database) -> dict[str, str]:
    """Return the same as shards are told them: labels' names, by the runs' numbers as text."""
    return {str(run): kept.label for run, kept in runs_of_set(catalog).items()}
