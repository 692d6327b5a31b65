"""How a set is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.db.connection import Mode
    from sqlclap.models.runtime import Device


@dataclass(frozen=True)
class SetOptions:
    """How a set is opened.

    Attributes
    ----------
    model : str, optional
        Folder of the set's model, where it is not installed.
    device : {"cpu", "cuda"}
        Where the model runs.
    require_all : bool
        For all questions: a shard that doesn't answer is an error.
    mode : {"write", "read"}
        "read" never writes; nothing of a set is made by opening it.
    deadline_s : float
        A node that takes longer is missing from the answer (seconds).
    """

    model: str | None = None
    device: Device = "cpu"
    require_all: bool = False
    mode: Mode = "write"
    deadline_s: float = 30.0
