"""The plugin's settings in Datasette's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils import StartupError

if TYPE_CHECKING:
    from datasette.app import Datasette

SETTINGS = ("model", "label", "read-only", "follow-links", "hide-paths")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "label": (dict, bool),
    "read-only": bool,
    "follow-links": bool,
    "hide-paths": bool,
}


def check_settings(datasette: Datasette) -> None:
    """Refuse to start with a setting that nothing looks at: one misspelt may forbid nothing.

    Raises
    ------
    StartupError
    """
    settings: Any = datasette.plugin_config("sqlclap") or {}
    known = ", ".join(SETTINGS)
    if not isinstance(settings, dict):
        raise StartupError(f"sqlclap: expected an object of settings ({known}), got {settings!r}")
    unknown = ", ".join(sorted(set(map(str, settings)) - set(SETTINGS)))
    if unknown:
        raise StartupError(f"sqlclap: unknown plugin setting {unknown}; there are {known}")
    for name, value in settings.items():
        if value is not None and not isinstance(value, _KINDS[name]):
            raise StartupError(f"sqlclap: the plugin setting {name} can't be {value!r}")
