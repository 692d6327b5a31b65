"""What every answer of the API tells."""

from __future__ import annotations

from typing import TypedDict


class Answer(TypedDict):
    """What every answer tells; an error has another shape, see `Refusal`."""

    ok: bool
