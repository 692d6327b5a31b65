"""What every answer of the API tells."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Answer(TypedDict):
    """What every answer tells; an error has another shape, see `Refusal`."""

    ok: bool


class MissingShard(TypedDict):
    """A shard of a set that didn't answer, so that what is told lacks its sounds."""

    shard: int
    reason: str


class SetAnswer(Answer):
    """An answer that may lack shards of a set; all of them are there where none is named."""

    missing: NotRequired[list[MissingShard]]
