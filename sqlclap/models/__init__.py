"""Models: contract, bundle, encoder, hub, registry, installation."""

from typing import Any


def __getattr__(name: str) -> Any:
    from sqlclap.deprecated import moved_name

    return moved_name("models")(name)
