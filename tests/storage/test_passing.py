"""Large objects are decoded as they come: each byte once, without a copy, never of two versions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.audio.encoded import NotInOnePassError
from sqlclap.ingest import objects, reading
from sqlclap.ingest.plan import FileTask
from sqlclap.models.encoder import Encoder
from sqlclap.storage import passing, ranges
from sqlclap.storage.listing import FoundObject, look_at
from sqlclap.storage.passing import PassingObject
from sqlclap.storage.ranges import ObjectRanges
from tests.storage.test_ingest import ids, vectors
from tests.support.object_store import Store, object_store
from tests.support.sounds import noise, write_sound
from tests.support.web_server import Site, web_server

BLOCK = 65_536
RATE = 48_000


@pytest.fixture(scope="module")
def bucket() -> Iterator[Store]:
    with object_store() as served:
        yield served


@pytest.fixture
def store(bucket: Store) -> Store:
    """One bucket for all: a test empties it."""
    for key in bucket.system.find("sounds"):
        bucket.system.rm_file(key)
    bucket.asked.clear()
    return bucket


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "WHOLE_BYTES", BLOCK)
    monkeypatch.setattr(passing, "BLOCK_BYTES", BLOCK)
    monkeypatch.setattr(ranges, "WAITS_S", (0.0, 0.0, 0.0))


@pytest.fixture
def no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is made."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refused)


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied to the disk."""
    made: list[str] = []
    copied = objects.fetched_task

    def noted(task: FileTask) -> object:
        made.append(task.file.path)
        return copied(task)

    monkeypatch.setattr(objects, "fetched_task", noted)
    return made


def written(path: Path, seconds: float = 6.0, **options: str) -> Path:
    return write_sound(path, noise(3, seconds, RATE), RATE, **options)


def by_ffmpeg(path: Path, codec: str, **options: str) -> Path:
    """Write a sound as FFmpeg does."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(noise(3, 30.0, RATE)[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        fits = av.AudioResampler(stream.codec_context.format.name, "mono", RATE, frame_size=960)
        for part in [*fits.resample(frame), *fits.resample(None)]:
            part.pts = None
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "plain.wav": written,
    "deep.wav": lambda path: written(path, subtype="PCM_24"),
    "plain.flac": written,
    "plain.aiff": written,
    "plain.caf": lambda path: written(path, format="CAF", subtype="PCM_16"),
    "plain.w64": lambda path: written(path, format="W64", subtype="PCM_16"),
    "plain.mp3": lambda path: written(path, 30.0),
    "plain.ogg": lambda path: written(path, 40.0),
    "opus.ogg": lambda path: by_ffmpeg(path, "libopus"),
    "no_count.mp3": lambda path: by_ffmpeg(path, "libmp3lame", write_xing="0"),
    "index_last.m4a": lambda path: by_ffmpeg(path, "aac"),
    "index_first.m4a": lambda path: by_ffmpeg(path, "aac", movflags="faststart"),
    "plain.webm": lambda path: by_ffmpeg(path, "libopus"),
}


def facts(library: sqlclap.Library) -> list[tuple[object, ...]]:
    """Return all that is stored of each sound but its source and times."""
    columns = "path, content_hash, duration_s, sample_rate, channels, format, status"
    return library.connection.execute(f"SELECT {columns} FROM samples ORDER BY path").fetchall()  # noqa: S608


def parts_read(store: Store) -> list[tuple[int, int]]:
    parts = [part.removeprefix("bytes=").split("-") for _, part in store.read() if part]
    return sorted((int(start), int(end) + 1) for start, end in parts)


def of_files(folder: Path, at: Path, bundle: Path) -> tuple[object, object]:
    with sqlclap.open(at, model=str(bundle)) as files:
        report = files.ingest([folder])
        assert report.failed == []
        return vectors(files), facts(files)


@pytest.mark.parametrize("name", MADE)
def test_it_is_decoded_as_it_comes_and_each_byte_is_read_once(  # noqa: PLR0917
    name: str, store: Store, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "kit").mkdir()
    file = MADE[name](tmp_path / "kit" / name)
    address = store.put(f"kit/{name}", file.read_bytes())
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", None)
        report = library.ingest([address])
    assert (report.new, report.failed) == (1, [])
    parts = parts_read(store)
    assert len(parts) > 2
    assert [start for start, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert parts[-1][1] == file.stat().st_size
    assert of_files(tmp_path / "kit", tmp_path / "f.db", fake_bundle) == (
        vectors(library), facts(library),
    )  # fmt: skip


def chained(path: Path) -> Path:
    one = write_sound(path.with_name("one.flac"), noise(1, 6.0, RATE), RATE)
    path.write_bytes(one.read_bytes() * 2)
    one.unlink()
    return path


def interrupted(path: Path) -> Path:
    whole = written(path.with_suffix(".whole.mp3"), 20.0, format="MP3")
    content = whole.read_bytes()
    whole.unlink()
    path.write_bytes(content[:60_000] + b"no sound " * 4_000 + content[60_000:])
    return path


def without_length(path: Path) -> Path:
    content = bytearray(written(path).read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    return path


ODD = {"chain.flac": chained, "junk.mp3": interrupted, "endless.flac": without_length}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_one_whole_sound_is_read_as_a_file_is_from_a_copy(  # noqa: PLR0917
    name: str, store: Store, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path,
    copies: list[str],
) -> None:  # fmt: skip
    (tmp_path / "kit").mkdir()
    file = ODD[name](tmp_path / "kit" / name)
    report = library.ingest([store.put(f"kit/{name}", file.read_bytes())])
    assert (report.new, report.failed, copies) == (1, [], [name])
    size = file.stat().st_size
    assert sum(end - start for start, end in parts_read(store)) <= 2 * size + 2 * BLOCK
    assert of_files(tmp_path / "kit", tmp_path / "f.db", fake_bundle) == (
        vectors(library), facts(library),
    )  # fmt: skip


def test_a_large_one_that_is_known_is_hashed_only(
    store: Store, library: sqlclap.Library, tmp_path: Path, no_copy: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    content = written(tmp_path / "one.wav").read_bytes()
    store.put("kit/one.wav", content)
    library.ingest(["s3://sounds/kit"])
    before = ids(library)
    opened: list[object] = []
    monkeypatch.setattr(reading, "open_audio", opened.append)
    store.put("kit/two.wav", content)
    store.remove("kit/one.wav")
    store.read()
    report = library.ingest()
    assert (report.moved, report.failed, opened) == (1, [], [])
    assert ids(library)["two.wav"] == before["one.wav"]
    assert sum(end - start for start, end in parts_read(store)) == len(content)


def test_a_large_one_of_the_same_size_with_other_sound_is_read_anew(
    store: Store, library: sqlclap.Library, tmp_path: Path, no_copy: None
) -> None:
    address = store.put("kit/one.wav", written(tmp_path / "one.wav").read_bytes())
    library.ingest([address])
    before = vectors(library)
    other = write_sound(tmp_path / "other.wav", noise(4, 6.0, RATE), RATE)
    store.put("kit/one.wav", other.read_bytes())
    report = library.ingest()
    assert (report.changed, report.failed) == (1, [])
    assert vectors(library) != before


def test_one_that_is_replaced_while_it_is_read_fails_and_is_no_mix(
    store: Store, library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.put("kit/one.wav", written(tmp_path / "one.wav").read_bytes())
    other = write_sound(tmp_path / "other.wav", noise(4, 6.0, RATE), RATE).read_bytes()
    whole, calls = ranges._ask, []

    def replaced(*asked: object) -> object:
        calls.append(asked)
        if len(calls) == 5:
            store.put("kit/one.wav", other)
        return whole(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(ranges, "_ask", replaced)
    report = library.ingest([address])
    assert [one.reason for one in report.failed] == [ranges.REPLACED]
    assert vectors(library) == {}
    monkeypatch.undo()
    assert (library.ingest().new, len(vectors(library)) > 0) == (1, True)


def test_a_store_that_tells_no_version_with_a_range_is_asked_at_the_end(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = written(tmp_path / "one.wav").read_bytes()
    address = store.put("kit/one.wav", content)

    def silent(system: object, at: str, part: range, is_part: bool) -> object:
        return ranges._Answer(content[part.start : part.stop], {})

    monkeypatch.setattr(ranges, "_ask", silent)
    found = PassingObject(ObjectRanges(address, look_at(address)))
    assert found.finish() == found.finish()
    store.put("kit/one.wav", content[:-2] + b"\0\1")
    with pytest.raises(sqlclap.errors.StorageError, match="replaced"):
        found.finish()
    found.close()


@pytest.mark.parametrize(("failures", "is_read"), [(2, True), (200, False)])
def test_a_range_that_fails_is_asked_for_again_a_few_times(  # noqa: PLR0917
    failures: int, is_read: bool, store: Store, library: sqlclap.Library, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    address = store.put("kit/one.wav", written(tmp_path / "one.wav").read_bytes())
    whole, left = ranges._ask, [failures]

    def failing(system: object, at: str, part: range, is_part: bool) -> object:
        if part.start >= 5 * BLOCK and left[0]:
            left[0] -= 1
            raise ConnectionResetError("the line is down")
        return whole(system, at, part, is_part)

    monkeypatch.setattr(ranges, "_ask", failing)
    report = library.ingest([address])
    assert (report.new, len(report.failed)) == ((1, 0) if is_read else (0, 1))
    if not is_read:
        assert (report.failed[0].stage, vectors(library)) == ("read", {})
        monkeypatch.setattr(ranges, "_ask", whole)
        assert library.ingest().new == 1


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    written(tmp_path / "web" / "one.flac")
    with web_server(tmp_path / "web") as served:
        served.gives_ranges = True
        yield served


def test_on_the_web_it_comes_in_ranges_too_and_on_after_a_break(
    site: Site, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path, no_copy: None
) -> None:
    pytest.importorskip("aiohttp")
    site.cuts = 2
    report = library.ingest([f"{site.address}/one.flac"])
    assert (report.new, report.failed) == (1, [])
    parts = sorted(site.sent)
    assert [start for start, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert of_files(tmp_path / "web", tmp_path / "f.db", fake_bundle)[0] == vectors(library)


def test_a_server_without_ranges_gives_it_at_once_to_a_copy(
    site: Site, library: sqlclap.Library, copies: list[str]
) -> None:
    pytest.importorskip("aiohttp")
    site.gives_ranges = False
    report = library.ingest([f"{site.address}/one.flac"])
    assert (report.new, report.failed, copies) == (1, [], ["one.flac"])


def test_copies_are_removed_and_no_space_for_one_is_a_failure_of_that_object(
    store: Store, library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    one = chained(tmp_path / "two.flac").read_bytes()
    assert library.ingest([store.put("kit/one.flac", one)]).new == 1
    assert list((tmp_path / "copies").iterdir()) == []
    monkeypatch.setattr("sqlclap.storage.fetching.SPARE_BYTES", 1 << 60)
    report = library.ingest([store.put("kit/two.flac", one + one)])
    assert len(report.failed) == 1
    assert "TMPDIR" in report.failed[0].reason


class _Counted(ObjectRanges):
    """Ranges of a sound that is made up, and how much of it is held at once."""

    def __init__(self, size: int) -> None:
        self.address, self.expected = "s3://sounds/made-up.wav", FoundObject("", size, 0)

    def fetch(self, start: int, stop: int) -> bytes:
        return bytes(stop - start)

    def check(self) -> None:
        """It never changes."""


def test_of_a_large_object_only_a_few_blocks_are_held() -> None:
    found = PassingObject(_Counted(1_000 * BLOCK))
    found.begin()
    most = 0
    for at in range(0, found.size, BLOCK // 2):
        found.at(at, BLOCK // 2)
        found.at(found.size - 8, 8)
        most = max(most, len(found._blocks) + len(found._ahead))
    assert most <= 4 + passing.AHEAD + passing.BEHIND
    with pytest.raises(NotInOnePassError):
        found.at(5 * BLOCK, 1)
    found.close()


def test_a_decoder_that_reads_all_before_it_is_open_is_told_early() -> None:
    found = PassingObject(_Counted(1_000 * BLOCK))
    with pytest.raises(NotInOnePassError):
        np.all([found.at(at, BLOCK) for at in range(0, found.size, BLOCK)])
    assert found._passed == passing.TO_OPEN
    found.close()


def test_a_large_one_is_measured_anew_as_it_comes(
    store: Store, library: sqlclap.Library, tmp_path: Path, no_copy: None
) -> None:
    address = store.put("kit/one.flac", written(tmp_path / "one.flac").read_bytes())
    library.ingest([address])
    library.connection.execute("UPDATE samples SET measurement_id = NULL, attack_s = NULL")
    before = vectors(library)
    report = library.ingest(options=sqlclap.IngestOptions(measure=True))
    assert (report.measured, report.failed) == (1, [])
    assert vectors(library) == before


def test_a_large_one_that_the_model_refuses_is_not_fetched_again(
    store: Store, library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.put("kit/one.wav", written(tmp_path / "one.wav").read_bytes())

    def refused(*_: object) -> None:
        raise sqlclap.errors.ModelError("no sound for it")

    monkeypatch.setattr(Encoder, "submit_windows", refused)
    monkeypatch.setattr(Encoder, "embed_windows", refused)
    report = library.ingest([address])
    assert [one.stage for one in report.failed] == ["embed"]
    store.read()
    assert (library.ingest().failed_before, store.read()) == (1, [])
