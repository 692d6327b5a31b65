"""Deployments as a file names them: one a row, below a heading."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from sqlclap.arrays import plain_number
from sqlclap.cells import filled_rows, likely_separator
from sqlclap.errors import DeploymentError
from sqlclap.quantities import printable

TEXTS = ("name", "folder", "site", "habitat", "recorder", "notes")

DEGREES = {"latitude": 90.0, "longitude": 180.0}

OTHER_NAMES = {"deployment": "name", "lat": "latitude", "lon": "longitude", "lng": "longitude"}
"""Headings that other programs write."""


@dataclass(frozen=True)
class Deployment:
    """A recorder at a place for a time.

    Attributes
    ----------
    name : str
        Its own among the library's deployments, however it is capitalised.
    folder : str or None
        Absolute; the recordings below it are the deployment's.
    site : str or None
        Several deployments may share one.
    latitude, longitude : float or None
        In degrees (WGS 84).
    habitat, recorder, notes : str or None
    more : mapping of str to str
        Other columns of the file that it came from.

    Raises
    ------
    DeploymentError
        A degree is out of range.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("latitude", "longitude")
    NOUN: ClassVar[str] = "deployment"
    name: str
    folder: str | None = None
    site: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    habitat: str | None = None
    recorder: str | None = None
    notes: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, most in DEGREES.items():
            value = plain_number(getattr(self, name))
            if value is not None and not abs(value) <= most:
                raise DeploymentError(_out_of_range(name, value))
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class DeploymentFile:
    """What a file says of deployments.

    Attributes
    ----------
    rows : sequence of Deployment
    columns : sequence of str
        Those of its heading.
    """

    rows: Sequence[Deployment]
    columns: Sequence[str]

    def over(self, held: Iterable[Deployment]) -> Sequence[Deployment]:
        """Return the rows, with what the held ones say of columns that the file doesn't have."""
        known = {one.name.casefold(): one for one in held}
        return [self._over(row, known.get(row.name.casefold())) for row in self.rows]

    def _over(self, row: Deployment, held: Deployment | None) -> Deployment:
        if held is None:
            return row
        absent = (name for name in (*TEXTS, *DEGREES) if name not in self.columns)
        kept = {name: getattr(held, name) for name in absent}
        more = {name: cell for name, cell in held.more.items() if name not in self.columns}
        return replace(row, **kept, more=more | dict(row.more))


def same_said(one: Deployment, other: Deployment) -> bool:
    """Whether two say the same of a deployment, in whatever capitals its name is."""
    names = (*TEXTS[1:], *DEGREES, "more")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def read_csv(file: Path) -> DeploymentFile:
    """Read deployments from a file with a heading.

    Raises
    ------
    DeploymentError
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(f"{file} can't be read: {error}") from error
    reader = csv.reader(text.splitlines(keepends=True), delimiter=likely_separator(text))
    try:
        rows = filled_rows(reader)
    except csv.Error as error:
        raise DeploymentError(f"{file}, line {reader.line_num}: {error}") from error
    if not rows:
        raise DeploymentError(f"{file} is empty: expected a heading with `name`, then rows")
    names = [_heading(cell) for cell in rows[0][1]]
    if "name" not in names or len(set(names)) < len(names):
        raise DeploymentError(
            f"{file}: expected a heading with `name`, each column once, "
            f"got {printable(', '.join(names))}"
        )
    found = [_deployment(f"{file}, line {line}", names, row) for line, row in rows[1:]]
    return DeploymentFile(found, names)


def _heading(cell: str) -> str:
    name = cell.strip()
    known = OTHER_NAMES.get(name.lower(), name.lower())
    return known if known in TEXTS or known in DEGREES else name


def _deployment(where: str, names: Sequence[str], row: Sequence[str]) -> Deployment:
    if len(row) > len(names):
        raise DeploymentError(f"{where}: {len(row)} cells below {len(names)} headings")
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
    if not cells.get("name"):
        raise DeploymentError(f"{where}: expected a name, got none")
    texts = {name: cells.pop(name, "") or None for name in TEXTS}
    degrees = {name: _degrees(where, name, cells.pop(name, "")) for name in DEGREES}
    if (degrees["latitude"] is None) != (degrees["longitude"] is None):
        raise DeploymentError(f"{where}: expected latitude and longitude, got one of them")
    more = {name: cell for name, cell in cells.items() if name and cell}
    return Deployment(**texts, **degrees, more=more)  # type: ignore[arg-type]  # a name it has


def _degrees(where: str, name: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell.replace(",", "."))  # as some languages write it
    except ValueError:
        value = math.nan
    if not abs(value) <= DEGREES[name]:
        raise DeploymentError(f"{where}: {_out_of_range(name, cell)}")
    return value


def _out_of_range(name: str, got: object) -> str:
    most = DEGREES[name]
    return f"expected {name} in degrees from {-most:g} to {most:g}, got {got!r}"
