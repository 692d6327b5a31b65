"""The user's settings: a TOML file, and the library that was used last beside it."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from sqlclap.errors import SettingsError
from sqlclap.homes import expand_home

LIBRARY_VARIABLE = "SQLCLAP_LIBRARY"
SETTINGS = {
    "library": "the library of commands that name none",
    "player": "the command that `sqlclap play` runs, such as `mpv --no-video`",
}


@dataclass(frozen=True)
class DefaultLibrary:
    """The library of commands that name none.

    Attributes
    ----------
    path : str
    origin : str
        Who says so: the environment, the settings, or the last use.
    """

    path: str
    origin: str


def settings_folder() -> Path:
    """Return the folder of the settings: ``$SQLCLAP_HOME``, or the platform's place for them."""
    named = os.environ.get("SQLCLAP_HOME")
    return expand_home(named) if named else Path(click.get_app_dir("sqlclap"))


def settings_file() -> Path:
    """Return the file of the settings; it may not exist."""
    return settings_folder() / "config.toml"


def read_settings() -> dict[str, str]:
    """Return the settings that are made.

    Raises
    ------
    SettingsError
        The file can't be read, is no TOML, or holds what is no setting.
    """
    file = settings_file()
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} can't be read: {error}") from error
    for name, value in found.items():
        if name not in SETTINGS or not isinstance(value, str):
            known = ", ".join(SETTINGS)
            raise SettingsError(f"{file}: expected texts called {known}; got {name} = {value!r}")
    return found


def change_setting(name: str, value: str | None) -> None:
    """Make a setting, or take it back.

    Raises
    ------
    SettingsError
        The file can't be read or written.
    """
    from sqlclap.durable import write_whole

    settings = read_settings() | {name: value}
    # A JSON string is a TOML string, but for DEL.
    lines = [
        f"{key} = {json.dumps(text, ensure_ascii=False)}\n".replace("\x7f", "\\u007f")
        for key, text in settings.items()
        if text is not None
    ]
    file = settings_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, "".join(lines))
    except (OSError, UnicodeEncodeError) as error:
        raise SettingsError(f"{file} can't be written: {error}") from error


def _last_used_file() -> Path:
    return settings_folder() / "last-library"


def last_used() -> str | None:
    """Return the library that was used last, or None."""
    try:
        return _last_used_file().read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def remember_library(library: str) -> None:
    """Keep which library was used last; where that can't be written, nothing is kept."""
    from sqlclap.durable import write_whole
    from sqlclap.sqlite_files import is_sqlite_file

    absolute = os.path.abspath(expand_home(library))  # noqa: PTH100 links stay
    if absolute == last_used() or not is_sqlite_file(Path(absolute)):
        return
    with suppress(OSError, UnicodeEncodeError):
        _last_used_file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(_last_used_file(), f"{absolute}\n")


def default_library() -> DefaultLibrary | None:
    """Return the library of commands that name none, or None where nothing says.

    Raises
    ------
    SettingsError
        The settings can't be read.
    """
    named = os.environ.get(LIBRARY_VARIABLE)
    if named:
        return DefaultLibrary(named, LIBRARY_VARIABLE)
    chosen = read_settings().get("library")
    if chosen:
        return DefaultLibrary(chosen, "by `sqlclap config`")
    last = last_used()
    return DefaultLibrary(last, "the last used") if last else None
