"""What the tests of attached tables start from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import sqlclap
from tests.attach.scenes import CLIPS, make_clips


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A database of another program's."""
    return make_clips(tmp_path)


@pytest.fixture
def attached(clips: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """The library beside it, with the sounds of its rows."""
    path = clips.with_name("clips.sqlclap.db")
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.attachments.add(replace(CLIPS, database=clips))
        library.ingest()
        yield library
