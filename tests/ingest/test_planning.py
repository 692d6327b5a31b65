"""A plan of any length: what it holds in memory is a page, and what it says is the same."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import IngestError
from sqlclap.ingest import paged_list
from sqlclap.ingest.embedding import Outcome
from sqlclap.ingest.paged_list import PagedList
from sqlclap.ingest.plan import FileTask, Record
from sqlclap.ingest.reading import Failure
from sqlclap.ingest.scan import FoundFile
from sqlclap.models.bundle import Bundle

FILES = 600
PAGE = 8


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paged_list, "PAGE", PAGE)


def held() -> int:
    """Count what this process knows of single files."""
    gc.collect()
    # Not by `isinstance`, which asks what weak proxies stand for: that may be gone.
    return sum(type(one) in (FileTask, FoundFile, Record) for one in gc.get_objects())


class CountingCrew:
    """Fails all files, and counts what is held meanwhile."""

    def __init__(self) -> None:
        self.most = 0
        self.given = 0

    def outcomes(self, bundle: Bundle, tasks: Collection[FileTask]) -> Generator[Outcome]:
        self.given = len(tasks)
        for number, task in enumerate(tasks):
            if number % 100 == 0:
                self.most = max(self.most, held())
            yield Failure(task, "decode", "made up", f"{number}")


def ingest(library: sqlclap.Library, folder: Path) -> CountingCrew:
    crew = CountingCrew()
    options = sqlclap.IngestOptions(crew=crew, commit_every_s=0, retry_failed=True)
    library.ingest([folder], options)
    return crew


def ids(library: sqlclap.Library, column: str) -> dict[str, int]:
    rows: list[Any] = library.connection.execute(
        "SELECT path, content_hash, sample_id FROM samples"
    ).fetchall()
    return {row[("path", "content_hash").index(column)]: row[2] for row in rows}


@pytest.mark.usefixtures("small_pages")
def test_an_ingest_holds_a_page_of_files_however_many_there_are(
    tmp_path: Path, library: sqlclap.Library
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:04}.wav").write_bytes(b"%d" % number)
    before = held()
    first = ingest(library, folder)
    again = ingest(library, folder)
    assert (first.given, again.given) == (FILES, FILES)
    # A page of the plan, and what is at work.
    assert max(first.most, again.most) - before < 20 * PAGE


@pytest.mark.usefixtures("small_pages")
def test_samples_that_moved_hold_no_more(sounds: Path, library: sqlclap.Library) -> None:
    source = (sounds / "tones/tone-110.wav").read_bytes()
    for number in range(30):
        (sounds / f"copy-{number:02}.wav").write_bytes(source)
    library.ingest([sounds])
    before = ids(library, "path")
    (sounds / "elsewhere").mkdir()
    for file in sounds.glob("copy-*.wav"):
        file.rename(sounds / "elsewhere" / file.name)
    report = library.ingest([sounds])
    assert (report.moved, report.new, report.missing) == (30, 0, 0)
    after = ids(library, "path")
    assert all(after[f"elsewhere/{name}"] == before[name] for name in before if "copy" in name)


@pytest.mark.usefixtures("small_pages")
def test_names_that_were_rotated_are_followed_over_pages(
    sounds: Path, library: sqlclap.Library
) -> None:
    tones = sorted(sounds.rglob("*.wav"))
    library.ingest([sounds])
    before = ids(library, "content_hash")
    contents = [file.read_bytes() for file in tones]
    for number, file in enumerate(tones):
        file.write_bytes(contents[number - 1])
        os.utime(file, ns=(1, 10**9 * (number + 1)))
    report = library.ingest([sounds])
    assert ids(library, "content_hash") == before
    assert (report.changed, report.new, report.missing) == (0, 0, 0)


def test_nothing_of_a_plan_stays_with_the_library(sounds: Path, library: sqlclap.Library) -> None:
    library.ingest([sounds])
    (sounds / "tones/tone-110.wav").rename(sounds / "low.wav")
    library.ingest([sounds])
    assert library.connection.execute("SELECT count(*) FROM temp.found_files").get == 0
    assert library.connection.execute("SELECT count(*) FROM temp.new_sizes").get == 0


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("count", [0, 7, 8, 9, 100])
def test_a_paged_list_is_a_list(count: int) -> None:
    items = [f"file {number}" for number in range(count)]
    paged = PagedList(items)
    assert (len(paged), [*paged], [*paged]) == (count, items, items)
    assert [paged[number] for number in range(count)] == items
    assert [*paged.only(lambda one: one.endswith("1"))] == [
        one for one in items if one.endswith("1")
    ]
    together = zip(paged, paged, strict=True)  # two go through it at once
    assert all(one == other for one, other in together)


@pytest.mark.usefixtures("small_pages")
def test_no_room_for_a_plan_is_said_with_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(IngestError, match=r"No space left.*\$TMPDIR"):
        PagedList(range(PAGE))
