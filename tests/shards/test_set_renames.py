"""Files that get a name of another shard: what was said of them follows, as in one library."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest

from sqlclap import IngestOptions
from sqlclap.errors import IngestError
from sqlclap.shards import open_set
from sqlclap.shards.joining import merge_shards
from tests.cli.running import rows_of, run
from tests.support.ray_scene import LocalCrew
from tests.support.rename_scene import NAMES, RenameScene, counts
from tests.support.sounds import noise, tone, write_sound
from tests.support.two_models import EARS, WORDS, install_two_models


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
    scene.check_settled()
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
        own = scene.shard_of(name)
        copy = scene.name_in(own.__eq__ if number > 2 else own.__ne__, form)
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
        if any(old[one] != new[one] == old[two] != new[two] for one in folders for two in folders):
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
    scene.swap(first, other)
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
    kept = [one["kept"] for one in scene.said()]
    assert kept[0] == kept[1]
    assert NAMES[2] in [path for path, *_ in kept[0]]


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
        new = scene.name_in(scene.shard_of(name).__ne__, f"{{}}-{name}")
        scene.rename(name, new)
    size = (scene.sounds / NAMES[2]).stat().st_size
    (scene.sounds / NAMES[2]).unlink()
    (scene.sounds / scene.name_in(lambda one: one != scene.shard_of(NAMES[2]))).write_bytes(
        bytes(size)
    )
    assert scene.ingest() == [{"missing": 1, "unchanged": 9}] * 2
    assert "dusty" in str(scene.check_alike()["kept"])


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


def ids_of(scene: RenameScene) -> dict[str, int]:
    """Return the set's ids of sounds by their names."""
    with scene.opened_set() as opened:
        return {one.path: one.sample_id for one in opened.search("tone", 100)}


def test_vectors_of_other_models_are_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going back to a former model costs nothing, also after files were renamed."""
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    install_two_models(tmp_path / "home")
    scene = RenameScene(tmp_path.resolve() / "scene", tmp_path / "home" / "models" / WORDS)
    with open_set(scene.set) as opened:
        opened.ingest([scene.sounds])
        opened.use_model(EARS)
        opened.ingest()
    scene.rename_across()
    with open_set(scene.set) as opened:
        assert counts(opened.ingest()) == {"moved": 9, "unchanged": 1}
        assert opened.use_model(WORDS).waiting == 0


def test_joined_shards_take_no_sound_for_a_new_one(scene: RenameScene) -> None:
    """Else those of an unplugged disk would be taken for renamed to copies of before."""
    backup = scene.folder / "backup"
    shutil.copytree(scene.sounds, backup)
    scene.ingest(backup)
    before = scene.check_alike()
    merge_shards(scene.set, 1, 2)
    away = scene.sounds.rename(scene.folder / "away")
    assert scene.ingest(backup) == [{"unchanged": 10}] * 2
    away.rename(scene.sounds)
    assert scene.ingest() == [{"unchanged": 10}] * 2
    assert scene.check_alike() == before
