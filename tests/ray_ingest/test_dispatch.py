"""Whatever dies, each sound is there once: the protocol, on an engine in this process."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.db.sources import Source
from sqlclap.errors import IngestError, LibraryError
from sqlclap.ingest import batches
from sqlclap.ingest.plan import FileTask
from sqlclap.ingest.reading import Failure
from sqlclap.ingest.scan import FoundFile
from sqlclap.ray_ingest.dispatch import Answer, Batch, Dispatcher
from tests.support.ray_scene import LocalCrew
from tests.support.sounds import noise, tone, write_sound

TRIALS = 100


def held(library: sqlclap.Library) -> dict[str, bytes]:
    """Return all vectors; a sound that is there twice fails."""
    rows = library.connection.execute(
        "SELECT s.path, e.window_index, v.vector FROM samples AS s JOIN embeddings AS e"
        " USING (sample_id) JOIN vec_1 AS v USING (embedding_id)"
    ).fetchall()
    found: dict[str, Any] = {f"{path} {window}": vector for path, window, vector in rows}
    assert len(found) == len(rows)
    return found


def assert_alike(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    """Compare vectors of windows that may have been embedded in runs of other sizes.

    The last bits of the tiny model's products depend on how many windows a run has, also locally.
    """
    assert found.keys() == expected.keys()
    for name, vector in found.items():
        ours, theirs = (np.frombuffer(one, np.float32) for one in (vector, expected[name]))
        np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=name)


def harmless(batch: Batch) -> bool:
    return False


@pytest.fixture
def local(sounds: Path, tmp_path: Path, fake_bundle: Path) -> dict[str, bytes]:
    """The vectors that an ingest of this machine alone makes."""
    write_sound(sounds / "long.wav", noise(3, 12.0))
    (sounds / "broken.wav").write_bytes(b"no sound")
    with sqlclap.open(tmp_path / "local.db", model=str(fake_bundle)) as opened:
        opened.ingest([sounds])
        return held(opened)


def test_vectors_are_those_of_a_local_ingest(
    local: dict[str, bytes], sounds: Path, library: sqlclap.Library
) -> None:
    crew = LocalCrew(harmless)
    report = library.ingest([sounds], sqlclap.IngestOptions(crew=crew))
    assert (report.new, len(report.failed)) == (7, 1)
    assert held(library) == local
    again = library.ingest([sounds], sqlclap.IngestOptions(crew=crew))
    assert (again.unchanged, again.failed_before, again.new) == (7, 1, 0)


def test_a_moved_file_keeps_its_id(sounds: Path, library: sqlclap.Library) -> None:
    options = sqlclap.IngestOptions(crew=LocalCrew(harmless))
    library.ingest([sounds], options)
    (sounds / "tones/tone-110.wav").rename(sounds / "low.wav")
    report = library.ingest([sounds], options)
    assert (report.moved, report.new, report.missing) == (1, 0, 0)


def test_a_file_that_kills_its_worker_fails_alone(
    local: dict[str, bytes], sounds: Path, library: sqlclap.Library
) -> None:
    deadly = LocalCrew(lambda batch: any("220" in task.file.path for task in batch))
    report = library.ingest([sounds], sqlclap.IngestOptions(crew=deadly))
    failed = {Path(file.path).name: file.reason for file in report.failed}
    assert failed.keys() == {"broken.wav", "tone-220.wav"}
    assert "alone" in failed["tone-220.wav"]
    assert_alike(held(library), {key: one for key, one in local.items() if "220" not in key})
    assert library.ingest(options=sqlclap.IngestOptions(crew=deadly)).failed_before == 2


def test_workers_that_die_of_anything_end_it(sounds: Path, library: sqlclap.Library) -> None:
    with pytest.raises(IngestError, match="run it again"):
        Dispatcher(_Hopeless()).outcomes(made_up(1000)).__next__()


class _Hopeless:
    def free_workers(self) -> list[int]:
        return [0]

    def submit(self, worker: int, batch: Batch) -> None:
        """It dies."""

    def wait(self) -> Answer:
        return Answer(0, None, "no memory")


@pytest.mark.slow
def test_a_hundred_trials_lose_nothing_and_do_nothing_twice(
    local: dict[str, bytes],
    sounds: Path,
    tmp_path: Path,
    fake_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "FILES", 3)
    ended: dict[str, int] = {}
    for trial in range(TRIALS):
        rng = random.Random(trial)
        path = tmp_path / f"trial-{trial}.db"
        for attempt in range(9):
            how = rng.choice(["full", "stopped", "writer", "whole"]) if attempt < 3 else "whole"
            if _one_ingest(path, str(fake_bundle), sounds, (how, rng)):
                break
            ended[how] = ended.get(how, 0) + 1
        with sqlclap.open(path, model=str(fake_bundle)) as library:
            assert_alike(held(library), local)
            changes = library.connection.execute(
                "SELECT count(*), count(DISTINCT embedding_id) FROM embedding_changes"
            ).fetchall()[0]
            assert changes == (len(local), len(local)), f"trial {trial}: done twice"
        path.unlink()
    assert ended.keys() == {"full", "stopped", "writer"}


def _one_ingest(path: Path, bundle: str, sounds: Path, what: tuple[str, random.Random]) -> bool:
    """Ingest with random deaths of workers; return whether it came to its end."""
    how, rng = what
    left = rng.randrange(1, 5)

    def kills(batch: Batch) -> bool:
        nonlocal left
        left -= 1
        if how == "stopped" and left == 0:
            raise KeyboardInterrupt
        # A file that is alone is not killed here: another test condemns one.
        return len(batch) > 1 and rng.random() < 0.3

    options = sqlclap.IngestOptions(crew=LocalCrew(kills), commit_every_s=0)
    with sqlclap.open(path, model=bundle) as library:
        database = library.connection
        if how == "full":
            pages = int(database.execute("PRAGMA page_count").get)
            database.execute(f"PRAGMA max_page_count = {pages + rng.randrange(1, 12)}")
        if how == "writer":
            at = rng.randrange(1, 8)
            database.execute(  # the database's own end of a transaction stands for a kill
                "CREATE TEMP TRIGGER dies AFTER INSERT ON embeddings WHEN"
                f" new.embedding_id >= {at} BEGIN SELECT RAISE(ABORT, 'killed'); END"
            )
        try:
            return not library.ingest([sounds], options).interrupted
        except LibraryError:
            return False
        except Exception as error:
            # sqlite-vec has words of its own for a full disk.
            if "killed" in str(error) or how == "full":
                return False
            raise


def made_up(count: int) -> list[FileTask]:
    source = Source(1, "/made/up")
    return [FileTask(source, FoundFile(f"{n}.wav", 90_000, n), None) for n in range(count)]


class _Counting:
    """Answers with failures, and looks at how much is in flight."""

    def __init__(self) -> None:
        self.given: dict[int, Batch] = {}
        self.most = 0

    def free_workers(self) -> list[int]:
        return [one for one in range(8) if one not in self.given]

    def submit(self, worker: int, batch: Batch) -> None:
        self.given[worker] = batch
        self.most = max(self.most, sum(map(len, self.given.values())))

    def wait(self) -> Answer:
        worker, batch = self.given.popitem()
        return Answer(worker, [Failure(task, "read", "made up") for task in batch])


def test_what_is_in_flight_does_not_grow_with_the_files() -> None:
    engine = _Counting()
    tracemalloc.start()
    source = Source(1, "/made/up")
    tasks = (FileTask(source, FoundFile(f"{n}.wav", 90_000, n), None) for n in range(100_000))
    count = sum(1 for _ in Dispatcher(engine).outcomes(tasks))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, engine.most <= 8 * batches.FILES) == (100_000, True)
    assert peak < 16_000_000  # all tasks together take 40 MB


def test_batches_are_cut_by_seconds_and_by_bytes() -> None:
    source = Source(1, "/made/up")
    sizes = [(176_400 * 50)] * 5 + [(176_400 * 900)] + [100] * 130
    tasks = [FileTask(source, FoundFile(f"{n}.wav", size, n), None) for n, size in enumerate(sizes)]
    cut = [*batches.cut(tasks)]
    assert [len(batch) for batch in cut] == [2, 2, 1, 1, 64, 64, 2]
    assert [task for batch in cut for task in batch] == tasks


def test_without_ray_one_line_names_the_extra(tmp_path: Path, sounds: Path) -> None:
    try:
        import ray  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("ray is installed here")
    from click.testing import CliRunner

    from sqlclap.cli import main

    made = ["ingest", str(tmp_path / "new.db"), str(sounds), "--ray", "auto"]
    result = CliRunner().invoke(main, made)
    assert result.exit_code == 1
    assert "pip install 'sqlclap[ray]'" in result.output
    assert not (tmp_path / "new.db").exists()


def test_a_tone_is_found(sounds: Path, library: sqlclap.Library, tmp_path: Path) -> None:
    library.ingest([sounds], sqlclap.IngestOptions(crew=LocalCrew(harmless)))
    asked = write_sound(tmp_path / "asked.wav", tone(440))
    assert library.similar(asked, n=1)[0].path == "tones/tone-440.wav"
