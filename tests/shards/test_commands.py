"""Commands in a set's place of a library: they work, or say in one line what to open instead."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import QueryError, SetError, UnknownSoundError
from sqlclap.labels.tagging import TagRequest
from sqlclap.shards import ShardSet, open_set
from sqlclap.shards.making import init_set
from tests.cli.running import error_of, fail, rows_of, run, succeed
from tests.support.command_tree import Leaf, leaves
from tests.support.sounds import noise, tone, write_sound

HZ = (110, 180, 220, 330, 440, 880)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a set of two shards with seven sounds and a label; not to be written to."""
    folder = tmp_path_factory.mktemp("commands")
    for hz in HZ:
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    write_sound(folder / "sounds" / "noise.wav", noise(1))
    (folder / "labels.json").write_text('{"format": "sqlclap labels 1", "records": []}')
    with init_set(folder / "set.toml", 2) as made:
        made.ingest([folder / "sounds"])
        made.labels.ensure("kick", ["tone-110.wav"])
        assert all(one.sounds for one in made.info().shards)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


@pytest.fixture
def given(folder: Path) -> Mapping[str, Path]:
    """What commands are given."""
    return {
        "library": folder / "set.toml",
        "a folder": folder / "sounds",
        "a file": folder / "labels.json",
    }


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "leaf", [one for one in leaves() if one.takes_library], ids=lambda leaf: leaf.name
)
def test_every_command_works_or_says_what_to_do(
    leaf: Leaf,
    given: Mapping[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Unexpected errors are raised by `run`: a set is refused on purpose, in one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    monkeypatch.setattr("sqlclap.watching.Watcher._watch_those_there", lambda _, stop: stop.set())
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    called = leaf.call(given)
    result = run(*leaf.words, *leaf.for_programs, *called[len(leaf.words) :], stdin=b"")
    if result.exit_code == 0 or "problems" in result.stdout:  # it works, and found some
        return
    assert result.exit_code in (1, 2), result.output
    assert error_of(result)


def test_what_is_of_one_library_is_told_with_a_library(folder: Path) -> None:
    path, shard = folder / "set.toml", folder / "set-0001.db"
    told = fail("neighbors", path, "--store", "3")
    assert f"is for one library: open one of its shards, such as {shard}; `sqlclap nei" in told
    told = fail("attach", path, "--table", "clips", "--path", "file_path")
    assert f"{path} is a set; expected the database that holds the table" in told


def test_sounds_are_kept_where_they_lie(folder: Path) -> None:
    """Favourites, ratings and notes: one list over all shards, in the order of one library."""
    path = folder / "set.toml"
    with open_set(path) as opened:
        found = {one.path: one.sample_id for one in opened.search("tone", 7)}
        kept = opened.curation
        first, last = found["tone-110.wav"], found["noise.wav"]
        assert kept.add_favourites(["tone-*.wav"]) == len(HZ)
        assert kept.add_favourites([last, "tone-110.wav"]) == 1
        assert kept.rate([first], 3) == 1
        assert kept.rate([last, "tone-440.wav"], 5) == 2
        assert kept.note(["noise.wav"], "hiss") == 1
        assert len(kept.favourites()) == len(HZ) + 1
        assert {one.sample_id for one in kept.favourites()} == set(found.values())
        ratings = [(one.rating, one.path) for one in kept.rated()]
        assert [rating for rating, _ in ratings] == [5, 5, 3]
        assert ratings[-1] == (3, "tone-110.wav")
        assert [(one.sample_id, one.note) for one in kept.noted()] == [(last, "hiss")]
        assert kept.of(last).rating == 5
        opened.collections.add("quiet", [last])
        assert list(kept.of(last).collections) == ["quiet"]
        assert [list(one.collections) for one in kept.rated()].count(["quiet"]) == 1
        assert kept.record_use([first], "play") == 1
        assert kept.record_use([last], "open") == 1
        assert [one.sample_id for one in kept.recent(1)] == [last]
        assert kept.remove_favourites([last]) == 1
        assert last not in {one.sample_id for one in kept.favourites()}


def test_a_pattern_for_one_sound_is_refused_in_words_and_shows_all_notes(folder: Path) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        opened.curation.note(["tone-*.wav"], "a tone")
        with pytest.raises(QueryError, match=rf"'tone-\*' names {len(HZ)} sounds, expected one"):
            opened.curation.of("tone-*")
    assert [row["note"] for row in rows_of("note", path, "tone-*")] == ["a tone"] * len(HZ)
    assert fail("metadata", path, "tone-*").endswith(f"names {len(HZ)} sounds, expected one")


def test_ids_are_shown_as_people_type_them(folder: Path) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        sound = next(one.sample_id for one in opened.search("tone", 7) if "110" in one.path)
    typed = f"{sound >> 40}:{sound & ((1 << 40) - 1)}"
    assert succeed("rate", path, "3", typed) == "1 sound rated 3\n"
    assert [row["sample_id"] for row in rows_of("rate", path, "list")] == [sound]
    for shown in (succeed("rate", path, "list"), succeed("search", path, "tone")):
        assert typed in shown
        assert str(sound) not in shown


def test_a_name_that_names_nothing_changes_nothing(folder: Path) -> None:
    with open_set(folder / "set.toml") as opened:
        for wrong in ("nothing-*.wav", "1:99", "nothing.wav", folder / "labels.json"):
            with pytest.raises(UnknownSoundError):
                opened.curation.rate(["tone-110.wav", wrong], 4)
        assert opened.curation.rated() == []


def test_a_shard_that_is_gone_is_an_error_before_anything_is_written(folder: Path) -> None:
    with open_set(folder / "set.toml") as opened:
        ids = [one.sample_id for one in opened.search("tone", 7)]
        places = {one >> 40 for one in ids}
        assert places == {1, 2}
        (folder / "set-0002.db").rename(folder / "away.db")
        for named in (ids, ["tone-*"]):
            with pytest.raises((SetError, UnknownSoundError), match="shard 2"):
                opened.curation.rate(named, 4)
        (folder / "away.db").rename(folder / "set-0002.db")
        assert opened.curation.rated() == []


def test_a_sound_is_found_for_other_programs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`play` hands the file on, and keeps that it was used; `metadata` reads what it says."""
    player = tmp_path / "player"
    player.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path / "played"}\n')
    player.chmod(0o755)
    path = folder / "set.toml"
    with open_set(path) as opened:
        sound = opened.search("noise", 7)[0]
    monkeypatch.setenv("SQLCLAP_PLAYER", str(player))
    succeed("play", path, str(sound.sample_id))
    with open_set(path) as opened:
        assert [one.sample_id for one in opened.curation.recent()] == [sound.sample_id]
    rows = json.loads(succeed("metadata", path, sound.path, "--json"))
    with sqlclap.open(folder / f"set-{sound.sample_id >> 40:04}.db", mode="read") as library:
        own = library.curation.of(sound.path).sample_id
        assert [row["field"] for row in rows] == [one.field for one in library.metadata(own)]


def test_the_page_shows_a_set_as_a_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datasette_sqlclap import serving

    served: list[tuple[list[str], str]] = []

    def note(opened: ShardSet, how: serving.Serving, _: object) -> None:
        datasette, of_set = serving.make_datasette_of_set(opened, how.read_only)
        served.append((sorted(set(datasette.databases) - {"_internal"}), opened.options.mode))
        of_set.close()

    monkeypatch.setattr(serving, "serve_set", note)
    path = folder / "set.toml"
    succeed("serve", path, "--no-browser")
    succeed("serve", path, "--no-browser", "--read-only")
    assert served == [(["set"], "write"), (["set"], "read")]
    (folder / "set-0002.db").rename(folder / "away.db")
    told = run("serve", path, "--no-browser")
    assert told.exit_code == 0
    assert "not answering, shard 2: " in told.stderr
    (folder / "set-0001.db").unlink()
    assert "no shard of" in run("serve", path, "--no-browser").stderr
    assert "--shards is for sets" in fail("serve", folder / "set-catalog.db", "--shards")


def test_the_page_shows_each_shard_for_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels are the set's, which a shard's page doesn't know: nobody can label there."""
    from datasette_sqlclap import serving

    served: list[tuple[list[str], bool]] = []

    def note(libraries: Sequence[Path], how: serving.Serving, _: object) -> None:
        datasette = serving.make_datasette(libraries, how.read_only)
        served.append((sorted(set(datasette.databases) - {"_internal"}), how.read_only))

    monkeypatch.setattr(serving, "serve", note)
    path = folder / "set.toml"
    assert "2 shards of" in succeed("serve", path, "--no-browser", "--shards")
    assert served == [(["set-0001", "set-0002"], True)]
    (folder / "set-0002.db").rename(folder / "away.db")
    told = run("serve", path, "--no-browser", "--shards")
    assert told.exit_code == 0
    assert "not shown, shard 2: " in told.stderr
    assert served[1:] == [(["set-0001"], True)]
    (folder / "set-0001.db").unlink()
    assert "no shard of" in run("serve", path, "--no-browser", "--shards").stderr
    line = fail("explore", path, "--no-browser")
    assert f"`sqlclap explore FOLDER --library {path}` takes one into it" in line


@pytest.mark.parametrize("name", ["set-0001.db", "set-catalog.db"])
def test_nothing_is_taken_into_a_shard_alone(folder: Path, name: str) -> None:
    """Else it would hold what belongs into other shards; the set's ingest goes on."""
    library = folder / name
    before = rows_of("info", library)["counts"]["samples"]
    for refused in (
        ("ingest", library, folder / "sounds"),
        ("ingest", library),
        ("relocate", library, folder / "sounds", folder),
    ):
        assert f"is part of the set {folder / 'set.toml'}" in fail(*refused)
    assert rows_of("info", library)["counts"]["samples"] == before
    write_sound(folder / "more" / "late.wav", tone(990))
    assert succeed("ingest", folder / "set.toml", folder / "more").startswith("1 new")
    assert "all is well" in succeed("shards", "verify", folder / "set.toml")


def test_tags_are_written_into_files_and_shards_know(tmp_path: Path) -> None:
    """Their next ingest finds nothing new, and labels go on speaking of the same sounds."""
    import mutagen

    path = tmp_path / "set.toml"
    with init_set(path, 2) as opened:
        folders = (tmp_path / f"sounds-{number}" for number in range(1_000))
        tagged_names = ("tone-110.wav", "tone-880.wav")
        sounds = next(
            one
            for one in folders
            if len({opened.shard_of(str(one), name).number for name in tagged_names}) == 2
        )
        for hz in HZ:
            write_sound(sounds / f"tone-{hz}.wav", tone(hz))
        opened.ingest([sounds])
        opened.labels.ensure("kick", ["tone-110.wav"])
        opened.labels.change("kick", threshold=0.1)
        opened.labels.tag_by_hand("kick", ["tone-880.wav"])
        opened.labels.tag(TagRequest(labels=("kick",), confidence="medium", force=True))
        tagged = {str(one.path) for one in opened.labels.tags()}
        assert {"tone-110.wav", "tone-880.wav"} <= tagged
        assert {one.sample_id >> 40 for one in opened.labels.tags()} == {1, 2}
    told = succeed("tags", path, "--write-files", "--force", "--json")
    assert {row["path"] for row in json.loads(told)} == tagged
    for name in tagged:
        frames = mutagen.File(sounds / name).tags
        assert frames["TXXX:SQLCLAP_LABEL"].text == ["kick"]
    assert succeed("ingest", path).startswith("6 unchanged")
    with open_set(path) as opened:
        assert {str(one.path) for one in opened.labels.tags()} == tagged
        assert [one.path for one in opened.labels.anchors("kick")] == ["tone-110.wav"]
        assert opened.labels.matches("kick", 3, with_anchors=True)[0].path == "tone-110.wav"
        catalog, content = opened.session.catalog.database, "SELECT content_hash FROM {} "
        query = f"{content.format('anchors')} EXCEPT {content.format('samples')}"
        assert catalog.execute(query).fetchall() == []


def test_annotations_are_taken_in(folder: Path) -> None:
    path, table = folder / "set.toml", folder / "said.csv"
    table.write_text("recording,label\ntone-110.wav,low\ntone-880.wav,high\nnone.wav,low\n")
    told = run("annotations", "import", path, table)
    assert told.exit_code == 0
    assert told.stdout == ("3 annotations in 1 file: 2 new votes, 2 new labels; 0 there already\n")
    assert told.stderr == "left out: recording: none.wav: 1 annotation: not in the library\n"
    with open_set(path) as opened:
        assert [one.path for one in opened.labels.votes("low")] == ["tone-110.wav"]
    (folder / "set-0002.db").rename(folder / "away.db")
    assert "shard 2" in fail("annotations", "import", path, table, "--require-all")
    result = run("annotations", "import", path, table)
    assert (result.exit_code, result.stderr.count("which is missing")) == (0, 3)
    assert rows_of("annotations", "import", path, table)["added"] == 0
