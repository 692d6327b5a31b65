"""Files that get a name of another shard: what was said of them follows, as in one library."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import pytest

from sqlclap import IngestOptions
from sqlclap.db.database import Database
from sqlclap.db.statements import write_transaction
from sqlclap.errors import IngestError
from sqlclap.shards import ShardSet, handing_on, renames
from tests.cli.running import rows_of, run
from tests.support.ray_scene import LocalCrew
from tests.support.rename_scene import NAMES, NOISE, RenameScene, counts
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> RenameScene:
    """Both have taken the sounds in, and the same is said in both; not to be written to."""
    scene = RenameScene(tmp_path_factory.mktemp("renames").resolve() / "scene", fake_bundle)
    assert scene.ingest() == [{"new": 10}] * 2
    scene.say()
    return scene


@pytest.fixture
def scene(built: RenameScene) -> Iterator[RenameScene]:
    """The same, to be written to: all of it is put back at the end, under the same names."""
    kept = built.folder.parent / "kept"
    shutil.copytree(built.folder, kept, symlinks=True)
    yield built
    shutil.rmtree(built.folder)
    kept.rename(built.folder)


@pytest.mark.parametrize("prune", [False, True])
def test_all_that_was_said_follows(scene: RenameScene, prune: bool) -> None:
    before = scene.check_alike()
    scene.rename_across()

    assert scene.ingest(prune=prune) == [{"moved": 9, "unchanged": 1}] * 2

    after = scene.check_alike()
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    assert all(before.values())
    assert "kit/" not in str(after)
    assert statuses(scene) == {"ok"}
    assert scene.ingest() == [{"unchanged": 10}] * 2
    assert scene.check_alike() == after


def test_a_folder_that_is_renamed_keeps_what_was_said(scene: RenameScene) -> None:
    """Some of its sounds stay in their shards, with their ids; others get new ones."""
    own = {name: scene.shard_of(name) for name in NAMES}
    for number in count():
        new = {name: name.replace("kit", f"drums-{number}") for name in NAMES}
        stay = [name for name in NAMES if scene.shard_of(new[name]) == own[name]]
        if 0 < len(stay) < len(NAMES):
            break
    ids = ids_of(scene)
    (scene.sounds / "kit").rename(scene.sounds / f"drums-{number}")

    assert scene.ingest() == [{"moved": 9, "unchanged": 1}] * 2

    scene.check_alike()
    after = ids_of(scene)
    assert {name for name in NAMES if after[new[name]] == ids[name]} == set(stay)


def test_a_source_that_has_another_name(scene: RenameScene) -> None:
    """As in a library, its files are recognised where they are taken in by the new one."""
    other = scene.folder / "elsewhere"
    scene.sounds.rename(other)
    assert scene.ingest(other) == [{"moved": 10}] * 2
    scene.check_alike()
    with scene.both() as both:
        roots = [[one.root for one in opened.sources.list()] for opened in both]
    assert roots == [[str(other)]] * 2


def test_a_copy_that_was_there_before_gets_what_was_said(scene: RenameScene) -> None:
    """Also where the copy lies in the same shard; neither is a move."""
    for number, name in enumerate(NAMES[:4]):
        form = f"copy-{{}}-{number}.wav"
        copy = scene.name_in(
            lambda one, n=name, i=number: (one == scene.shard_of(n)) == (i > 2), form
        )
        shutil.copy(scene.sounds / name, scene.sounds / copy)
    assert scene.ingest() == [{"new": 4, "unchanged": 10}] * 2
    for name in NAMES[:4]:
        (scene.sounds / name).unlink()
    assert scene.ingest() == [{"merged": 4, "unchanged": 10}] * 2
    scene.check_alike()


def test_files_of_one_content_are_told_by_their_names(tmp_path: Path, fake_bundle: Path) -> None:
    """A sample that lies in the new name's shard is kept for the file that matches it better."""
    scene = RenameScene(tmp_path.resolve(), fake_bundle)
    folders = [f"pack-{one}" for one in "abcdef"]
    for folder in folders:
        write_sound(scene.sounds / folder / "kick.wav", tone(50))
    scene.ingest()
    with scene.both() as both:
        for folder in folders:
            for one in both:
                one.curation.note([f"{folder}/kick.wav"], f"of {folder}")
    old = {one: scene.shard_of(f"{one}/kick.wav") for one in folders}
    for number in count():
        new = {one: scene.shard_of(f"moved-{number}/{one}/kick.wav") for one in folders}
        if any(new[one] == old[two] != new[two] for one in folders for two in folders):
            break
    for folder in folders:
        scene.rename(f"{folder}/kick.wav", f"moved-{number}/{folder}/kick.wav")

    assert scene.ingest() == [{"moved": 6, "unchanged": 10}] * 2

    kept = scene.check_alike()["kept"]
    assert [(path.split("/")[1], note) for path, _, _, note, _ in kept] == [
        (one, f"of {one}") for one in folders
    ]


def test_files_that_swap_names_take_along_what_was_said(scene: RenameScene) -> None:
    first = NAMES[0]
    other = next(one for one in NAMES if scene.shard_of(one) != scene.shard_of(first))
    swap(scene, first, other)
    assert scene.ingest() == [{"moved": 2, "unchanged": 8}] * 2
    scene.check_alike()
    assert scene.ingest() == [{"unchanged": 10}] * 2


def test_files_that_are_numbered_anew_take_along_what_was_said(scene: RenameScene) -> None:
    before = {name: (scene.sounds / name).read_bytes() for name in NAMES}
    for old, new in zip(NAMES, [*NAMES[1:], "kit/tone-9.wav"], strict=True):
        (scene.sounds / new).unlink(missing_ok=True)
        (scene.sounds / new).write_bytes(before[old])
    (scene.sounds / NAMES[0]).unlink()
    write_sound(scene.sounds / NAMES[0], noise(77))
    assert scene.ingest() == [{"new": 1, "moved": 9, "unchanged": 1}] * 2
    kept = {path: note for path, _, _, note, _ in scene.check_alike()["kept"]}
    assert kept["kit/tone-3.wav"] == "dusty"


def test_an_edited_file_keeps_what_was_said_beside_a_copy_elsewhere(scene: RenameScene) -> None:
    """The content that it had is another file's, and was before: it has not been renamed."""
    copy = scene.name_in(lambda one: one != scene.shard_of(NAMES[2]))
    shutil.copy(scene.sounds / NAMES[2], scene.sounds / copy)
    scene.ingest()
    write_sound(scene.sounds / NAMES[2], noise(5))
    assert scene.ingest() == [{"changed": 1, "unchanged": 10}] * 2
    assert NAMES[2] in [path for path, *_ in scene.check_alike()["kept"]]


@pytest.mark.parametrize("which", ["old", "new", "both"])
@pytest.mark.parametrize("prune", [False, True])
def test_a_shard_that_is_away_loses_nothing(scene: RenameScene, which: str, prune: bool) -> None:
    name = NAMES[2]
    old = scene.shard_of(name)
    new = scene.name_in(lambda one: one != old)
    scene.rename(name, new)
    away = {"old": {old}, "new": {scene.shard_of(new)}, "both": {old, scene.shard_of(new)}}[which]
    with scene.opened_set() as opened, gone(opened, away):
        report = opened.ingest(options=IngestOptions(prune=prune))
        assert {one.shard for one in report.not_written} == away
        assert report.pruned == report.moved == report.merged == 0
    with scene.both() as (library, opened):
        reports = [one.ingest(options=IngestOptions(prune=prune)) for one in (library, opened)]
        assert (reports[1].moved, reports[1].missing, reports[1].pruned) == (1, 0, 0)
    scene.check_alike()


def test_a_shard_that_is_locked_meanwhile_gets_it_later(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
    scene.rename_across(NAMES[:3])
    with scene.opened_set() as opened:
        locked = opened.shard_of(str(scene.sounds), NAMES[0])
        follow, held = renames.Renames._hand_on, apsw.Connection(str(locked.path))

        def held_back(self: renames.Renames) -> renames.Followed:
            held.execute("BEGIN IMMEDIATE")
            return follow(self)

        monkeypatch.setattr(renames.Renames, "_hand_on", held_back)
        with closing(held):
            report = opened.ingest(options=IngestOptions(prune=True))
        assert report.not_written
        assert report.missing > 0
        monkeypatch.setattr(renames.Renames, "_hand_on", follow)
        left = opened.ingest(options=IngestOptions(prune=True))
        assert (report.moved + left.moved, left.missing, left.pruned) == (3, 0, 0)
    scene.ingest()
    scene.check_alike()


class KilledError(Exception):
    """As a process that ends there."""


STEPS = ["taken in", "copies aside", "catalog", "kept", "committed", "handed on", "not noted"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("prune", [False, True])
def test_what_was_killed_is_ended_by_the_next(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch, step: str, prune: bool
) -> None:
    other = next(one for one in NAMES[5:] if scene.shard_of(one) != scene.shard_of(NAMES[4]))
    swap(scene, NAMES[4], other)
    scene.rename_across(NAMES[:4])
    kill_at(step, monkeypatch)
    options = IngestOptions(prune=prune)
    with scene.opened_set() as opened, pytest.raises(KilledError):
        opened.ingest(options=options)
    monkeypatch.undo()
    with scene.both() as (library, opened):
        library.ingest(options=options)
        report = opened.ingest(options=options)
        assert (report.missing, report.pruned, report.new) == (0, 0, 0)
    scene.check_alike()
    assert statuses(scene) == {"ok"}
    assert scene.ingest() == [{"unchanged": 10}] * 2


def kill_at(step: str, patch: pytest.MonkeyPatch) -> None:
    """Let an ingest end at a step."""
    if step == "committed":
        kill_between_commits(patch)
        return
    place, name, is_before = {
        "taken in": (renames.Renames, "follow", True),
        "copies aside": (renames.Renames, "_put_copies_aside", False),
        "catalog": (handing_on, "_in_catalog", False),
        "kept": (handing_on, "_take_over", False),
        "handed on": (handing_on, "_in_shards", False),
        "not noted": (renames.Renames, "_note_sought", True),
    }[step]
    inner = getattr(place, name)

    def killed(*told: Any) -> None:
        if not is_before:
            inner(*told)
        raise KilledError

    patch.setattr(place, name, killed)


def kill_between_commits(patch: pytest.MonkeyPatch) -> None:
    """What sounds had is committed in their new shard, and not yet gone from the old one."""
    inner, targets = handing_on._in_shards, list[object]()

    def noted(goers: Database, heirs: Database, wanted: Any) -> None:
        targets.append(heirs)
        inner(goers, heirs, wanted)

    @contextmanager
    def killed(database: Database) -> Iterator[object]:
        with write_transaction(database) as written:
            yield written
        if database in targets:
            raise KilledError

    patch.setattr(handing_on, "_in_shards", noted)
    patch.setattr(handing_on, "write_transaction", killed)


def test_an_unplugged_disk_is_no_rename(scene: RenameScene) -> None:
    """Its sounds have copies that were there before: they stay what they are till it is back."""
    backup = scene.folder / "backup"
    shutil.copytree(scene.sounds, backup)
    assert scene.ingest(backup) == [{"new": 10}] * 2
    before = scene.check_alike()
    away = scene.sounds.rename(scene.folder / "away")
    for _ in range(2):
        assert scene.ingest(backup) == [{"unchanged": 10}] * 2
    with scene.opened_set() as opened, pytest.raises(IngestError, match="plugged in"):
        opened.ingest()
    away.rename(scene.sounds)
    assert scene.ingest() == [{"unchanged": 10}] * 2
    assert scene.check_alike() == before


def test_what_can_not_be_read_is_no_rename(scene: RenameScene) -> None:
    """Empty and broken files under other names, and one that takes a sound's name and size."""
    for name in ("empty.wav", "broken.wav"):
        (scene.sounds / name).write_bytes(b"" if name == "empty.wav" else b"RIFF and no more")
    scene.ingest()
    for name in ("empty.wav", "broken.wav"):
        new = scene.name_in(lambda one, n=name: one != scene.shard_of(n), f"{{}}-{name}")
        scene.rename(name, new)
    size = (scene.sounds / NAMES[2]).stat().st_size
    (scene.sounds / NAMES[2]).unlink()
    (scene.sounds / scene.name_in(lambda one: one != scene.shard_of(NAMES[2]))).write_bytes(
        bytes(size)
    )
    assert scene.ingest() == [{"missing": 1, "unchanged": 9}] * 2
    assert "dusty" in str(scene.check_alike()["kept"])


def test_what_is_gone_for_good_is_pruned(scene: RenameScene) -> None:
    """Where a shard is away, what something is said of waits: its file may be there."""
    (scene.sounds / NAMES[2]).unlink()
    (scene.sounds / NOISE).unlink()
    other = next(
        one for one in (1, 2, 3) if one not in (scene.shard_of(NAMES[2]), scene.shard_of(NOISE))
    )
    with scene.opened_set() as opened, gone(opened, {other}):
        report = opened.ingest(options=IngestOptions(prune=True))
        assert (report.pruned, report.missing) == (0, 2)
    assert scene.ingest(prune=True) == [{"pruned": 2, "unchanged": 8}] * 2


def test_a_file_that_was_named_by_itself_makes_no_folder_a_source(
    tmp_path: Path, fake_bundle: Path
) -> None:
    scene = RenameScene(tmp_path.resolve(), fake_bundle)
    alone = scene.folder / "alone"
    write_sound(alone / "kick.wav", tone(60))
    write_sound(alone / "private.wav", tone(70))
    scene.ingest(alone / "kick.wav")
    with scene.both() as both:
        for one in both:
            one.curation.note([alone / "kick.wav"], "mine")
    new = scene.name_in(lambda one: True)
    for number in count():
        new = f"{number}.wav"
        with scene.opened_set() as opened:
            if opened.shard_of(str(alone), "kick.wav") != opened.shard_of(str(scene.sounds), new):
                break
    scene.sounds.mkdir(exist_ok=True)
    (alone / "kick.wav").rename(scene.sounds / new)
    assert scene.ingest() == [{"new": 10, "moved": 1}] * 2
    assert scene.ingest() == [{"unchanged": 11}] * 2
    with scene.both() as both:
        for one in both:
            one.ingest()
            assert [source.root for source in one.sources.list()] == [str(scene.sounds)]
    assert "mine" in str(scene.check_alike()["kept"])


def test_workers_elsewhere_make_no_difference(scene: RenameScene) -> None:
    scene.rename_across()
    options = IngestOptions(crew=LocalCrew(lambda _: False))
    with scene.both() as (library, opened):
        library.ingest()
        assert counts(opened.ingest(options=options)) == {"moved": 9, "unchanged": 1}
    scene.check_alike()


def test_commands_tell_of_moves(scene: RenameScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLCLAP_HOME", str(scene.folder))
    scene.rename_across(NAMES[:5])
    told = rows_of("ingest", scene.set, "--model", scene.model)
    assert (told["moved"], told["new"], told["missing"], told["not_written"]) == (5, 0, 0, [])
    scene.rename_across(NAMES[5:])
    told = run("ingest", scene.set, "--model", scene.model).output
    assert told.startswith("4 moved, 6 unchanged")


def test_a_note_of_both_stays_once(scene: RenameScene) -> None:
    """What is said of the new name by then, is said beside what was."""
    name = NAMES[2]
    copy = scene.name_in(lambda one: one != scene.shard_of(name))
    shutil.copy(scene.sounds / name, scene.sounds / copy)
    scene.ingest()
    with scene.both() as both:
        for one in both:
            one.curation.note([copy], "new")
            one.labels.add_anchors("hiss", [copy])
    (scene.sounds / name).unlink()
    scene.ingest()
    assert "new\ndusty" in [note for _, _, _, note, _ in scene.check_alike()["kept"]]


@contextmanager
def gone(opened: ShardSet, numbers: set[int]) -> Iterator[None]:
    """Take shards' libraries away for a while."""
    paths = [opened.shard(number).path for number in numbers]
    for path in paths:
        path.rename(f"{path}.away")
    yield
    for path in paths:
        Path(f"{path}.away").rename(path)


def swap(scene: RenameScene, one: str, other: str) -> None:
    """Let two files swap their names."""
    scene.rename(one, "aside.wav")
    scene.rename(other, one)
    scene.rename("aside.wav", other)


def statuses(scene: RenameScene) -> set[str]:
    """Return what sounds of the set's shards are."""
    found = set()
    with scene.opened_set() as opened:
        for shard in opened.shards:
            with shard.open("read") as library:
                found |= {
                    row[0] for row in library.connection.execute("SELECT status FROM samples")
                }
    return found


def ids_of(scene: RenameScene) -> dict[str, int]:
    """Return the set's ids of sounds by their names."""
    with scene.opened_set() as opened:
        return {one.path: one.sample_id for one in opened.search("tone", 100)}
