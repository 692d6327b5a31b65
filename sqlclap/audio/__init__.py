"""Audio: decoding, the front end, descriptors."""

from typing import Any


def __getattr__(name: str) -> Any:
    from sqlclap.deprecated import moved_name

    return moved_name("audio")(name)
