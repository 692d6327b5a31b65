"""Optional dependencies, asked for by name."""

from __future__ import annotations

import importlib
from typing import Any

from sqlclap.errors import RuntimeSetupError


def load_extra(module: str, extra: str, purpose: str) -> Any:
    """Import a module of an extra.

    Raises
    ------
    RuntimeSetupError
        It isn't installed, or doesn't load.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RuntimeSetupError(
            f"{purpose} needs {module.partition('.')[0]}: pip install 'sqlclap[{extra}]' ({error})"
        ) from error
