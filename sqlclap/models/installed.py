"""Where models are installed on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlclap.models.versions import is_model_folder


def home() -> Path:
    """Return sqlclap's folder for what it downloads; it may not exist yet.

    ``$SQLCLAP_HOME``, or the platform's place for applications' data.
    """
    named = os.environ.get("SQLCLAP_HOME")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "sqlclap"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sqlclap"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "sqlclap"


def models_folder() -> Path:
    """Return the folder that holds a folder for each installed model."""
    return home() / "models"


def installed_folder(name: str) -> Path:
    """Return where a model of that name lies, or would lie."""
    return models_folder() / name


def is_installed(name: str) -> bool:
    """Whether a model of that name is installed; it may be damaged."""
    if not name or name != Path(name).name or name.startswith("."):
        return False
    try:
        return is_model_folder(installed_folder(name))
    except OSError:  # a name that is too long
        return False


def installed_names() -> list[str]:
    """Return the names of all installed models, sorted."""
    folder = models_folder()
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if is_installed(entry.name))
