"""Descriptors of third parties: found by entry points, measured in the pass that embeds a sound.

The protocol is in docs/extending.md. Whatever goes wrong in one of them is a note on the sound, or
a warning where it can't be used at all; the other descriptors and the ingest don't suffer for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlclap.descriptor_columns import DescriptorColumn, is_column_name
from sqlclap.errors import PluginWarning

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DESCRIPTOR_GROUP = "sqlclap.descriptors"
_LONGEST_REASON = 200


class SoundMeter(Protocol):
    """What a plugin makes for each sound; it is used in one thread."""

    def update(self, mono: NDArray[np.float32]) -> None:
        """Take the next block.

        Parameters
        ----------
        mono : np.ndarray [shape=(n,), dtype=float32]
            Finite samples at the sound's own rate, full scale ±1; read-only, and only as long as
            the call lasts.
        """

    def finish(self) -> Mapping[str, float | None]:
        """Return the values by column, once, after the last block; None where one is undefined."""


@dataclass(frozen=True)
class DescriptorPlugin:
    """A third party's descriptors.

    Attributes
    ----------
    name : str
        Its entry point's.
    columns : tuple of DescriptorColumn
        With their names in the library: ``<entry point>__<column>``.
    make : callable
        Gives a `SoundMeter` for a sample rate (in Hz).
    """

    name: str
    columns: tuple[DescriptorColumn, ...]
    make: Callable[[int], SoundMeter]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of its columns in the library."""
        return tuple(column.name for column in self.columns)


def find_plugins() -> tuple[DescriptorPlugin, ...]:
    """Load what is installed under the entry point group `DESCRIPTOR_GROUP`, by name.

    One that can't be used is warned of and left out.
    """
    from importlib.metadata import entry_points

    plugins: dict[str, DescriptorPlugin] = {}
    for point in sorted(entry_points(group=DESCRIPTOR_GROUP), key=lambda one: one.name):
        try:
            if point.name in plugins:
                raise ValueError("another package has an entry point of that name")
            plugins[point.name] = as_plugin(point.name, point.load())
        except Exception as error:  # it is not ours: anything may come out of it
            warn_of(point.name, error)
    return tuple(plugins.values())


def as_plugin(name: str, loaded: Any) -> DescriptorPlugin:
    """Make a plugin of what an entry point gives.

    Raises
    ------
    ValueError
        Its name, or one of its columns', can't be a column's; or it has none.
    TypeError
        It can't be called, or its ``columns`` are no `DescriptorColumn`.
    """
    if not is_column_name(name):
        raise ValueError("expected a name of lower-case letters, digits and single underscores")
    if not callable(loaded):
        raise TypeError(f"expected a class or another callable, got {type(loaded).__name__}")
    columns = tuple(loaded.columns)
    if not columns or not all(isinstance(column, DescriptorColumn) for column in columns):
        raise TypeError("expected `columns`, one DescriptorColumn or more")
    own = [column.name for column in columns]
    if len(set(own)) < len(own) or not all(map(is_column_name, own)):
        raise ValueError(f"expected columns with names of their own, got {own}")
    if any(one.choices for one in columns):
        raise ValueError("expected columns of numbers: another package's can't be texts")
    named = (replace(one, name=f"{name}__{one.name}", origin=name, since="") for one in columns)
    return DescriptorPlugin(name, tuple(named), loaded)


def warn_of(name: str, error: Exception) -> None:
    """Say that a plugin is left out, and why."""
    warnings.warn(
        f"the descriptors of {name} (entry point of {DESCRIPTOR_GROUP}) are left out: "
        f"{_reason(error)}",
        PluginWarning,
        stacklevel=3,
    )


class PluginMeters:
    """Measures one sound with all plugins.

    Parameters
    ----------
    plugins : iterable of DescriptorPlugin
    sample_rate : int
        Of the sound (in Hz).

    Attributes
    ----------
    notes : list of str
        What went wrong, a plugin each.
    """

    def __init__(self, plugins: Iterable[DescriptorPlugin], sample_rate: int) -> None:
        self.notes: list[str] = []
        self._meters: list[tuple[DescriptorPlugin, SoundMeter]] = []
        for plugin in plugins:
            try:
                self._meters.append((plugin, plugin.make(sample_rate)))
            except Exception as error:
                self._give_up(plugin, error)

    def update(self, mono: NDArray[np.float32]) -> None:
        """Show all of them the next block."""
        if not self._meters:
            return
        shown = mono.view()
        shown.flags.writeable = False  # the model hears the same samples
        left = []
        for plugin, meter in self._meters:
            try:
                meter.update(shown)
                left.append((plugin, meter))
            except Exception as error:
                self._give_up(plugin, error)
        self._meters = left

    def finish(self) -> dict[str, float | None]:
        """Return what was measured, by column; a plugin that failed has none."""
        found: dict[str, float | None] = {}
        for plugin, meter in self._meters:
            try:
                found |= _values(plugin, meter.finish())
            except Exception as error:
                self._give_up(plugin, error)
        return found

    def _give_up(self, plugin: DescriptorPlugin, error: Exception) -> None:
        self.notes.append(f"the descriptors of {plugin.name} failed: {_reason(error)}")


def _values(plugin: DescriptorPlugin, given: Mapping[str, float | None]) -> dict[str, float | None]:
    own = {column.name.removeprefix(f"{plugin.name}__"): column for column in plugin.columns}
    if set(given) != set(own):
        raise ValueError(f"expected values for {', '.join(own)}; got {', '.join(given)}")
    checked = {column.name: column.checked(given[name]) for name, column in own.items()}
    return cast("dict[str, float | None]", checked)


def _reason(error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
