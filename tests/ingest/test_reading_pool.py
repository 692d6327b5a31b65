"""Files read in processes: the same items as in threads, and only where it is worth their start."""

from __future__ import annotations

import io
import pickle
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.audio.descriptor_plugins import find_plugins
from sqlclap.db.sources import Source
from sqlclap.errors import PluginWarning
from sqlclap.ingest import pipeline, reading_pool, reading_process
from sqlclap.ingest.orphaned import OrphanedSamples
from sqlclap.ingest.pipe_messages import read_message, write_message
from sqlclap.ingest.plan import FileTask
from sqlclap.ingest.reading import Failure, Item, SoundEnd, SoundReader, WindowChunk
from sqlclap.ingest.reading_pool import is_worth_processes, read_files
from sqlclap.ingest.scan import FoundFile
from sqlclap.models.bundle import open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap.native_output import catch_native_output
from tests.audio.encoding import mp3
from tests.ingest.scenes import check_same_contents, contents, rows
from tests.ingest.test_descriptor_plugins import offer
from tests.support.fused_bundle import build_fused_bundle
from tests.support.sounds import noise, tone, write_sound
from tests.test_native_output import damaged_mp3

IN_PROCESSES = sqlclap.IngestOptions(processes=True, threads=2)
MEASURED = "SELECT * FROM samples ORDER BY path"
NOT_OF_THE_SOUND = ("sample_id", "added_at", "updated_at", "source_id", "measurement_id")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sounds of many kinds, and files that are none."""
    folder = tmp_path_factory.mktemp("kinds")
    for number in range(20):
        write_sound(folder / "shots" / f"{number}.wav", tone(80 + 31 * number, 0.2))
    stereo = np.stack([noise(4, 1.7), tone(300, 1.7)], axis=1)
    write_sound(folder / "stereo.flac", stereo, 44_100)
    write_sound(folder / "long.wav", noise(3, 14.0))  # of more windows than one piece holds
    write_sound(folder / "silent.wav", 0 * tone(50))
    odd = tone(200, 1.0)
    odd[100:200] = np.nan
    write_sound(folder / "odd.wav", odd, subtype="FLOAT")
    (folder / "cut.wav").write_bytes((folder / "long.wav").read_bytes()[:40_000])
    (folder / "whole.mp3").write_bytes(mp3())
    (folder / "empty.wav").touch()
    (folder / "broken.wav").write_bytes(b"no sound" * 100)
    (folder / "damaged.mp3").write_bytes(damaged_mp3())
    return folder


def tasks_of(folder: Path) -> list[FileTask]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    gone = FoundFile("gone.wav", 1_000, 1)
    found = [
        FoundFile(file.relative_to(folder).as_posix(), file.stat().st_size, 1) for file in files
    ]
    return [FileTask(Source(1, str(folder)), file, None) for file in [*found, gone]]


def read(folder: Path, encoder: Encoder, processes: bool) -> dict[str, list[tuple[Any, ...]]]:
    """Return what each file gives, all arrays as bytes."""
    orphaned = OrphanedSamples()
    reader = SoundReader(encoder.front_end, orphaned)
    found = defaultdict(list)
    for item in read_files(tasks_of(folder), reader, orphaned, 2, processes):
        found[item.task.file.path].append(as_bytes(item))
    return found


def as_bytes(item: Item) -> tuple[Any, ...]:
    if isinstance(item, WindowChunk):
        windows = [
            (one.index, one.start_s, one.end_s, one.features.shape, one.features.tobytes())
            for one in item.windows
        ]
        return item.task, item.content_hash, windows
    if isinstance(item, SoundEnd):
        whole = None if item.whole is None else (item.whole.shape, item.whole.tobytes())
        return item.task, item.facts, item.facts.notes(), whole
    return (item,)


@pytest.fixture(scope="module")
def fused_encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(open_bundle(build_fused_bundle(tmp_path_factory.mktemp("models") / "fused")))


@pytest.mark.parametrize("model", ["fake_encoder", "fused_encoder"])
@pytest.mark.parametrize("catches", [True, False])
def test_processes_give_what_threads_give_byte_for_byte(
    kinds: Path, model: str, catches: bool, request: pytest.FixtureRequest
) -> None:
    encoder = request.getfixturevalue(model)
    if catches:  # what decoders say becomes notes then
        with catch_native_output():
            in_threads, in_processes = (read(kinds, encoder, how) for how in (False, True))
    else:
        in_threads, in_processes = (read(kinds, encoder, how) for how in (False, True))
    assert len(in_processes) == len(tasks_of(kinds))
    assert in_processes == in_threads
    said = [one for items in in_processes.values() for one in items if "decoder says" in str(one)]
    assert bool(said) == catches
    failed = {path for path, items in in_processes.items() if isinstance(items[-1][0], Failure)}
    assert failed == {"empty.wav", "broken.wav", "gone.wav"}


def test_libraries_are_alike_and_the_next_ingest_finds_nothing_new(
    kinds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    held = []
    for processes in (False, True):
        path = tmp_path / f"{processes}.db"
        with sqlclap.open(path, model=str(fake_bundle)) as library:
            report = library.ingest([kinds], sqlclap.IngestOptions(processes=processes, threads=2))
            failed = [(one.path, one.stage, one.reason) for one in report.failed]
            cursor = library.connection.execute(MEASURED)
            names = [column[0] for column in cursor.description]
            measured = [
                {name: value for name, value in zip(names, row, strict=True)
                 if name not in NOT_OF_THE_SOUND}
                for row in cursor
            ]  # fmt: skip
            held.append((report.new, failed, measured, contents(library)))
            assert library.ingest([kinds], IN_PROCESSES).new == 0
    assert held[0][:3] == held[1][:3]
    check_same_contents(held[1][3], held[0][3])


def test_moved_files_keep_their_ids(sounds: Path, library: sqlclap.Library) -> None:
    library.ingest([sounds], IN_PROCESSES)
    before = sorted(sample_id for sample_id, _ in rows(library).values())
    (sounds / "tones").rename(sounds / "renamed")
    report = library.ingest([sounds], IN_PROCESSES)
    assert (report.moved, report.new, report.missing) == (4, 0, 0)
    assert sorted(sample_id for sample_id, _ in rows(library).values()) == before


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path."""
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def test_an_installed_package_measures_in_processes(
    sounds: Path, library: sqlclap.Library, site: Path
) -> None:
    offer(site, "elsewhere", finish="return {'value': float(__import__('os').getpid() % 2) / 2}")
    report = library.ingest([sounds], IN_PROCESSES)
    assert (report.new, report.unmeasured) == (6, 0)


def test_a_package_that_processes_lack_measures_in_threads(
    sounds: Path, library: sqlclap.Library, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(site, "here")
    plugins = find_plugins()
    for file in site.rglob("*.txt"):
        file.unlink()  # the entry point is gone; this process has it
    monkeypatch.setattr(pipeline, "find_plugins", lambda: plugins)
    assert library.ingest([sounds], IN_PROCESSES).new == 6
    measured = library.connection.execute("SELECT DISTINCT here__value FROM samples").fetchall()
    assert measured == [(0.5,)]


def test_what_python_warns_of_is_passed_on(
    sounds: Path, library: sqlclap.Library, site: Path
) -> None:
    offer(site, "warning", update="__import__('warnings').warn('too loud', RuntimeWarning)")
    with pytest.warns(RuntimeWarning, match="too loud"):
        library.ingest([sounds], IN_PROCESSES)


def test_an_unusable_package_is_warned_of_once(
    sounds: Path, library: sqlclap.Library, site: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    offer(site, "usable")
    offer(site, "unusable", update="pass\n    columns = ()")
    with pytest.warns(PluginWarning) as caught:
        library.ingest([sounds], IN_PROCESSES)
    assert len([one for one in caught if one.category is PluginWarning]) == 1
    assert capfd.readouterr().err == ""


def test_threads_read_where_no_process_can_be_started(
    sounds: Path, library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_process, "_CODE", "raise SystemExit(3)")
    with pytest.warns(RuntimeWarning, match="no process can be started: it ended with code 3"):
        report = library.ingest([sounds], IN_PROCESSES)
    assert (report.new, report.failed) == (6, [])


def test_a_program_that_python_is_only_a_part_of_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reading_process.can_start()
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert not reading_process.can_start()
    monkeypatch.undo()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not reading_process.can_start()


def made_up(count: int, size: int) -> Iterator[FileTask]:
    source = Source(1, "/made/up")
    return (FileTask(source, FoundFile(f"{n}.wav", size, n), None) for n in range(count))


@pytest.mark.parametrize(
    ("count", "seconds", "worth"),
    [
        (1_000, 0.5, True),
        (30, 1.0, False),
        (1, 7_200.0, False),
        (2, 3_600.0, True),
        (0, 0.0, False),
    ],
)
def test_processes_are_started_for_more_than_a_second_of_reading(
    count: int, seconds: float, worth: bool
) -> None:
    assert is_worth_processes(made_up(count, int(seconds * 176_400))) == worth


def test_few_files_start_no_process(
    sounds: Path, library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_pool, "ReadingProcess", None)
    assert library.ingest([sounds]).new == 6


def test_a_message_makes_nothing_but_records() -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("taken over",)

    stream = io.BytesIO()
    write_message(stream, Harmful())
    stream.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="nothing that is sent"):
        read_message(stream)
