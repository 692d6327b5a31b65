"""Models that other packages bring: found by entry points, asked for by name.

The protocol is in docs/extending.md: an entry point of the group ``sqlclap.models`` is called like
the model, and gives a callable that is told the name and returns the bundle's folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import BundleError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

MODEL_GROUP = "sqlclap.models"


@dataclass(frozen=True)
class OfferedModel:
    """A model that another package brings.

    Attributes
    ----------
    name : str
    origin : str
        The package and its version.
    point : importlib.metadata.EntryPoint
        Loaded when the model is asked for, not before.
    """

    name: str
    origin: str
    point: EntryPoint

    def folder(self) -> Path:
        """Ask the package where the bundle lies.

        Raises
        ------
        BundleError
            It doesn't say.
        """
        try:
            return Path(self.point.load()(self.name))
        except Exception as error:  # it is not ours: anything may come out of it
            reason = f"{type(error).__name__}: {error}"
            raise BundleError(
                f"{self.origin} offers the model {self.name} and can't give it ({reason}): upgrade "
                "or remove that package"
            ) from error


def offered_models() -> dict[str, OfferedModel]:
    """Return the models of other packages by name; of two with one name, the first package's."""
    from importlib.metadata import entry_points

    found: dict[str, OfferedModel] = {}
    for point in entry_points(group=MODEL_GROUP):
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        offered = OfferedModel(point.name, origin, point)
        held = found.setdefault(point.name, offered)
        if offered.origin < held.origin:
            found[point.name] = offered
    return dict(sorted(found.items()))
