"""What the API answers of taking sounds in; see `datasette_sqlclap.answers`."""

from __future__ import annotations

from typing import TypedDict

from datasette_sqlclap.plain_answer import Answer, SetAnswer
from sqlclap.running_work import RunningWork


class IngestFailure(TypedDict):
    """A file that could not be taken in."""

    path: str
    stage: str
    reason: str
    at: str


class FailuresAnswer(SetAnswer):
    """The files that could not be taken in."""

    failures: list[IngestFailure]


class WorkAnswer(Answer):
    """What is being done with a library, if anything, and what there is by now."""

    work: RunningWork | None
    samples: int
    layout: str | None
