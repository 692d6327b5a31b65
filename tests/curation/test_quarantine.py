"""Duplicates that go: which, where to, and back; killed at any step, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.curation.quarantine_manifest import NAME
from sqlclap.errors import QuarantineError, QueryError, UnknownFolderError
from sqlclap.notebook.results import Results
from sqlclap.search.keep_rules import KeepingPlan, PlannedFile
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.forking import forked
from tests.support.killed_steps import each_kill
from tests.support.sounds import noise, tone, write_sound

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
COPIES = ("a.wav", "originals/kick (long name).wav", "packs/one/a.wav")


def write_copies(root: Path) -> None:
    """Write a sound three times, the last one the oldest, another twice as FLAC, and a third."""
    for age, name in enumerate(COPIES):
        file = write_sound(root / name, noise(1))
        os.utime(file, (1_700_000_000 - age, 1_700_000_000 - age))
    for name in ("b.flac", "packs/b.flac"):
        write_sound(root / name, noise(1))
    write_sound(root / "alone.wav", tone(880))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """The folder of a library of copies; not to be written to."""
    folder = tmp_path_factory.mktemp("copies")
    write_copies(folder / "sounds")
    with sqlclap.open(folder / "library.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    set_scene(made, tmp_path)
    with sqlclap.open(tmp_path / "library.db", model=str(fake_bundle)) as opened:
        yield opened


def set_scene(made: Path, folder: Path) -> None:
    for name in ("sounds", "away"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for file in folder.glob("library.db*"):
        file.unlink()
    shutil.copytree(made / "sounds", folder / "sounds")
    shutil.copy(made / "library.db", folder / "library.db")
    with sqlclap.open(folder / "library.db") as opened:
        opened.connection.execute("UPDATE sources SET root = ?", (str(folder / "sounds"),))


def plan(library: sqlclap.Library, *rules: str, kinds: tuple[str, ...] = ("copy",)) -> KeepingPlan:
    return library.quarantine.plan(library.duplicates(), rules, kinds)


def staying(planned: Results[PlannedFile]) -> set[str]:
    return {one.path for one in planned if one.stays}


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != NAME
    }


def sample_at(library: sqlclap.Library, path: str) -> int:
    query = "SELECT sample_id FROM samples WHERE path = ?"
    return int(library.connection.execute(query, (path,)).get)


@pytest.mark.parametrize(
    ("rules", "kinds", "stay"),
    [
        (["shortest-path"], ("copy",), {"a.wav", "b.flac"}),
        (["oldest"], ("copy",), {"packs/one/a.wav"}),
        (["newest"], ("copy",), {"a.wav"}),
        (["in-folder=originals", "shortest-path"], ("copy",), {COPIES[1], "b.flac"}),
        (["in-folder=packs", "newest"], ("copy",), {"packs/one/a.wav", "packs/b.flac"}),
        (["best-format", "shortest-path"], ("copy", "format"), {"a.wav"}),
        (["best-format", "in-folder=packs"], ("format", "copy"), {"packs/b.flac"}),
    ],
)
def test_rules_say_which_stays(
    library: sqlclap.Library, rules: list[str], kinds: tuple[str, ...], stay: set[str]
) -> None:
    planned = plan(library, *rules, kinds=kinds)
    assert stay <= staying(planned)
    assert len(planned) == 5
    assert "alone.wav" not in {one.path for one in planned}
    assert all(one.kept_id == one.sample_id for one in planned if one.stays)


def test_rules_and_folders_that_there_are_not(library: sqlclap.Library) -> None:
    for rules, kinds in ((("biggest",), ("copy",)), ((), ("copy",)), (("oldest",), ("level",))):
        with pytest.raises(QueryError, match="expected"):
            plan(library, *rules, kinds=kinds)
    with pytest.raises(UnknownFolderError):
        plan(library, "in-folder=nowhere")
    with pytest.raises(QuarantineError, match="folder of the library"):
        library.quarantine.move(plan(library, "oldest"), Path(library.path).parent / "sounds/away")
    with pytest.raises(QuarantineError, match="no quarantine"):
        library.quarantine.restore(Path(library.path).parent)


def test_what_goes_is_moved_with_all_that_was_said_of_it(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    before = files_below(tmp_path / "sounds")
    gone = sample_at(library, COPIES[1])
    library.labels.add("kick")
    library.labels.add_anchors("kick", [gone], "positive")
    library.curation.add_favourites([gone])
    library.curation.rate([gone], 4)
    command = ("duplicates", library.path, "--keep", "shortest-path")
    listed = rows_of(*command)
    assert {row["path"] for row in listed if not row["stays"]} == {*COPIES[1:], "packs/b.flac"}
    assert files_below(tmp_path / "sounds") == before
    assert "would go; nothing was changed" in succeed(*command)
    moved = rows_of(*command, "--quarantine", tmp_path / "away")
    assert (len(moved["files"]), moved["left_out"]) == (3, {})
    kept = library.curation.of("a.wav")
    assert (kept.favourite, kept.rating) == (True, 4)
    anchors = library.connection.execute("SELECT sample_id FROM anchors").fetchall()
    assert anchors == [(sample_at(library, "a.wav"),)]
    assert {one.path for group in library.duplicates() for one in group.sounds} == {
        "a.wav",
        "b.flac",
    }
    assert sorted(files_below(tmp_path / "away").values()) == sorted(
        before[name] for name in (*COPIES[1:], "packs/b.flac")
    )
    assert "0 files" in succeed(*command, "--quarantine", tmp_path / "away")
    assert "3 files" in succeed("duplicates", library.path, "--restore", tmp_path / "away")
    assert files_below(tmp_path / "sounds") == before
    assert files_below(tmp_path / "away") == {}
    assert library.ingest([]).new == 3
    assert library.curation.of("a.wav").favourite


def test_what_is_not_as_the_library_knows_it_stays(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    sounds, away = tmp_path / "sounds", tmp_path / "away"
    planned = plan(library, "shortest-path")
    (sounds / COPIES[1]).unlink()
    (sounds / COPIES[1]).symlink_to(sounds / "a.wav")
    (sounds / COPIES[2]).unlink()
    os.link(sounds / "a.wav", sounds / COPIES[2])
    (sounds / "b.flac").write_bytes(b"another")
    before = files_below(sounds)
    report = library.quarantine.move(planned, away)
    reasons = " ".join(sorted(report.left_out.values()))
    assert not report.files
    for reason in ("symbolic link", "another name of", "which would stay, has changed"):
        assert reason in reasons
    assert files_below(sounds) == before


def test_nothing_is_overwritten_on_the_way_back(library: sqlclap.Library, tmp_path: Path) -> None:
    library.quarantine.move(plan(library, "shortest-path"), tmp_path / "away")
    file = tmp_path / "sounds" / COPIES[1]
    file.write_bytes(b"mine")
    report = library.quarantine.restore(tmp_path / "away")
    assert (len(report.files), file.read_bytes()) == (2, b"mine")
    assert "another file is there" in report.left_out[str(file)]
    file.unlink()
    assert len(library.quarantine.restore(tmp_path / "away").files) == 1


def test_another_disk(
    library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no such links here")

    before = files_below(tmp_path / "sounds")
    monkeypatch.setattr(os, "link", refuse)
    assert len(library.quarantine.move(plan(library, "oldest"), tmp_path / "away").files) == 3
    assert len(files_below(tmp_path / "sounds")) == len(before) - 3
    library.quarantine.restore(tmp_path / "away")
    assert files_below(tmp_path / "sounds") == before


def test_options_that_do_not_go_together(library: sqlclap.Library, tmp_path: Path) -> None:
    for options in (("--quarantine", tmp_path), ("--restore", tmp_path, "--keep", "oldest")):
        assert run("duplicates", library.path, *options).exit_code == 2
    assert "expected a rule" in fail("duplicates", library.path, "--keep", "biggest")
    manifest = tmp_path / "away" / NAME
    manifest.parent.mkdir()
    manifest.write_text("no manifest\n")
    assert "line 1" in fail("duplicates", library.path, "--restore", manifest.parent)


@needs_fork
@pytest.mark.parametrize("work", ["move", "restore"])
def test_killed_at_any_step_nothing_is_lost(
    library: sqlclap.Library, made: Path, tmp_path: Path, work: str
) -> None:
    planned = plan(library, "shortest-path")
    path, away = library.path, tmp_path / "away"
    library.close()

    def prepare() -> None:
        set_scene(made, tmp_path)
        if work == "restore":
            move()

    def move() -> None:
        with sqlclap.open(path, mode="write") as opened:
            opened.quarantine.move(planned, away)

    def restore() -> None:
        with sqlclap.open(path, mode="read") as opened:
            opened.quarantine.restore(away)

    whole = files_below(made / "sounds")
    steps = 0
    for steps in each_kill(tmp_path, prepare, {"move": move, "restore": restore}[work]):
        there = {*files_below(tmp_path / "sounds")}
        assert {"a.wav", "b.flac", "alone.wav"} <= there
        contents = [*files_below(tmp_path / "sounds").values(), *files_below(away).values()]
        assert len(contents) >= len(whole)
        if work == "move" and steps % 2:  # half of them go on, the others turn back
            move()
            assert len(files_below(away)) == 3
            with sqlclap.open(path, mode="read") as opened:
                left = "SELECT count(*) FROM samples"
                assert opened.connection.execute(left).get == 3
        if (away / NAME).exists():
            restore()
            assert files_below(away) == {}
        assert files_below(tmp_path / "sounds") == whole
    assert steps > 9


@needs_fork
def test_killed_before_the_library_follows(
    library: sqlclap.Library, made: Path, tmp_path: Path
) -> None:
    gone = sample_at(library, COPIES[1])
    library.curation.note([gone], "the first one")
    planned = plan(library, "shortest-path")
    path = library.path
    library.close()

    def kill() -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        return True

    def move() -> None:
        with sqlclap.open(path, mode="write") as opened:
            opened.connection.set_commit_hook(kill)
            opened.quarantine.move(planned, tmp_path / "away")

    _, status = os.waitpid(forked(move), 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    last = (tmp_path / "away" / NAME).read_text().splitlines()[-1]
    assert json.loads(last)["step"] == "move"
    with sqlclap.open(path, mode="write") as opened:
        assert opened.connection.execute("SELECT count(*) FROM samples").get == 6
        opened.quarantine.move(planned, tmp_path / "away")
        assert opened.curation.of("a.wav").note == "the first one"
        assert opened.connection.execute("SELECT count(*) FROM samples").get == 3


def test_files_that_are_not_there_are_counted(library: sqlclap.Library) -> None:
    folder = Path(library.path).parent
    (folder / "sounds").rename(folder / "unplugged")
    planned = plan(library, "oldest")
    groups = {sound.sample_id for group in library.duplicates() for sound in group.sounds}
    assert (list(planned), set(planned.absent)) == ([], groups)
    assert len(groups) > 2
    for how in ((), ("--json",), ("--quarantine", folder / "away")):
        told = run("duplicates", library.path, "--keep", "oldest", *how)
        assert told.exit_code == 0
        assert f"{len(groups)} sounds of these groups left out" in told.stderr
    verified = rows_of("duplicates", library.path, "--verify")
    notes = {one["verified"]["note"] for one in verified if one["verified"]}
    assert notes
    assert notes <= {f"{Path(one['path']).name} is not there" for one in verified}
