"""A source is a file or a tree as named: it never widens by itself, whatever nests or overlaps."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.db.statements import write_transaction
from sqlclap.errors import IngestError, UnknownSourceError
from sqlclap.ingest.pipeline import IngestOptions
from tests.ingest.scenes import rows, statuses, watch_decoding
from tests.support.sounds import noise, tone, write_sound

PRUNE = IngestOptions(prune=True)


def sources(library: sqlclap.Library) -> dict[str, str]:
    return {source.root: source.kind for source in library.sources.list()}


def files(library: sqlclap.Library) -> list[str]:
    """Return the samples' files; no file may be in a library twice."""
    query = "SELECT root || '/' || path FROM samples JOIN sources USING (source_id)"
    found = sorted(file for (file,) in library.connection.execute(query))
    assert len({os.path.realpath(file) for file in found}) == len(found)
    return found


def test_a_single_file_is_only_that_file(library: sqlclap.Library, sounds: Path) -> None:
    named = sounds / "tones/tone-110.wav"
    assert library.ingest([named]).new == 1
    assert sources(library) == {str(sounds / "tones"): "files"}

    assert library.ingest().unchanged == 1
    assert library.ingest([named]).unchanged == 1
    assert library.ingest([sounds / "noises"]).new == 2
    assert library.ingest().unchanged == 3
    assert files(library) == sorted(
        [str(named), *(str(sounds / f"noises/noise-{n}.flac") for n in (1, 2))]
    )


def test_a_file_can_be_named_in_a_folder_whose_name_is_not_text(
    library: sqlclap.Library, sounds: Path
) -> None:
    folder = sounds / os.fsdecode(b"caf\xe9")
    (sounds / "tones").rename(folder)
    for hz in (110, 220):
        assert library.ingest([folder / f"tone-{hz}.wav"]).new == 1
    assert sources(library) == {str(sounds): "files"}
    assert set(rows(library)) == {rf"caf\xe9/tone-{hz}.wav" for hz in (110, 220)}
    assert library.ingest().unchanged == 2
    with pytest.raises(IngestError, match="ingest its parent"):
        library.ingest([folder])
    assert library.ingest([sounds]).new == 4


def test_files_of_one_folder_share_a_source(library: sqlclap.Library, sounds: Path) -> None:
    for hz in (110, 220):
        library.ingest([sounds / f"tones/tone-{hz}.wav"])
    assert sources(library) == {str(sounds / "tones"): "files"}
    assert library.ingest().unchanged == 2


def test_naming_the_folder_of_named_files_makes_it_a_tree(
    library: sqlclap.Library, sounds: Path
) -> None:
    library.ingest([sounds / "tones/tone-110.wav"])
    before = rows(library)
    report = library.ingest([sounds / "tones"])
    assert (report.new, report.unchanged) == (3, 1)
    assert sources(library) == {str(sounds / "tones"): "tree"}
    assert before.items() <= rows(library).items()


def test_a_named_file_that_goes_is_missing_and_pruned_with_its_source(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    named = sounds / "tones/tone-110.wav"
    library.ingest([named, sounds / "noises"])
    named.rename(tmp_path / "aside.wav")
    assert library.ingest().missing == 1
    (tmp_path / "aside.wav").rename(named)
    assert library.ingest().restored == 1
    named.unlink()
    assert library.ingest([], PRUNE).pruned == 1
    assert sources(library) == {str(sounds / "noises"): "tree"}


def test_a_named_file_that_fails_is_tried_again_when_it_changes(
    library: sqlclap.Library, sounds: Path
) -> None:
    broken = sounds / "tones/broken.wav"
    broken.write_bytes(b"broken")
    assert len(library.ingest([broken]).failed) == 1
    assert library.ingest().failed_before == 1
    write_sound(broken, tone(300))
    assert library.ingest().new == 1
    assert files(library) == [str(broken)]


@pytest.mark.parametrize("inner", ["tones", "tones/tone-110.wav"])
def test_an_outer_tree_leaves_inner_sources_as_they_are(
    library: sqlclap.Library, sounds: Path, inner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.ingest([sounds / inner])
    before = rows(library)
    decoded = watch_decoding(monkeypatch)

    report = library.ingest([sounds])

    assert (report.unchanged, report.new) == (len(before), 6 - len(before))
    assert len(decoded) == 6 - len(before)
    assert before.items() <= rows(library).items()
    assert len(files(library)) == 6
    write_sound(sounds / "tones/new.wav", tone(50))
    assert library.ingest([sounds]).new == 1
    write_sound(sounds / "tones/newer.wav", tone(60))
    assert library.ingest().new == 1
    assert len(files(library)) == 8


def test_a_folder_or_file_inside_a_tree_belongs_to_it(
    filled: sqlclap.Library, sounds: Path
) -> None:
    write_sound(sounds / "tones/new.wav", tone(50))
    write_sound(sounds / "noises/new.wav", noise(7))
    assert filled.ingest([sounds / "tones"]).new == 1
    assert filled.ingest([sounds / "noises/new.wav"]).new == 1
    assert sources(filled) == {str(sounds): "tree"}


@pytest.mark.parametrize("name", [".hidden", "$RECYCLE.BIN", "left out"])
def test_what_a_tree_passes_over_can_be_named_and_stays(
    library: sqlclap.Library, sounds: Path, name: str
) -> None:
    """Named by itself, a folder is a tree of its own, and a file is a named file."""
    hidden = write_sound(sounds / name / "one.wav", tone(500)).parent
    write_sound(sounds / name / "two.wav", tone(600))
    library.ingest([sounds], IngestOptions(exclude=("left out",)))
    assert library.ingest([hidden / "one.wav"]).new == 1
    assert library.ingest([], PRUNE).pruned == 0
    assert len(files(library)) == 7
    assert library.ingest([hidden]).new == 1
    assert sources(library) == {str(sounds): "tree", str(hidden): "tree"}
    assert library.ingest([sounds], PRUNE).unchanged == len(files(library)) == 8


def test_a_folder_goes_by_several_names(
    library: sqlclap.Library, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(sounds)
    library.ingest([tmp_path / "link"])
    monkeypatch.chdir(sounds / "tones")
    for name in (sounds, f"{sounds}/", "..", ".", "../../link/noises", "tone-110.wav"):
        assert library.ingest([name]).new == 0
    assert sources(library) == {str(sounds): "tree"}


def test_a_folder_is_known_by_where_it_is_too(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    """As under a mount, or where case makes no difference: another name, the same folder."""
    (tmp_path / "mounted").symlink_to(sounds)
    with write_transaction(filled.connection) as connection:
        connection.execute("UPDATE sources SET root = ?", (str(tmp_path / "mounted"),))
    assert filled.ingest([sounds]).unchanged == 6
    assert filled.ingest([sounds / "tones"]).unchanged == 4
    assert filled.ingest([sounds / "tones/tone-110.wav"]).unchanged == 1
    assert sources(filled) == {str(tmp_path / "mounted"): "tree"}


def test_a_link_into_another_source_is_left_to_it(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    library.ingest([sounds / "tones"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "theirs").symlink_to(sounds / "tones")
    (tmp_path / "mine" / "others").symlink_to(sounds / "noises")
    assert library.ingest([tmp_path / "mine"]).new == 2
    assert len(files(library)) == 6


def test_a_folder_that_a_link_led_to_can_be_named_itself(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "theirs").symlink_to(sounds)
    library.ingest([tmp_path / "mine"])
    before = {sample_id for sample_id, _ in rows(library).values()}
    report = library.ingest([sounds])
    assert (report.moved, report.new) == (6, 0)
    assert {sample_id for sample_id, _ in rows(library).values()} == before
    assert library.ingest().unchanged == len(files(library)) == 6


def test_a_file_that_older_libraries_hold_by_a_link_and_by_its_name_is_held_once(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "theirs").symlink_to(sounds / "tones")
    library.ingest([tmp_path / "mine"])
    with write_transaction(library.connection) as connection:
        connection.execute("UPDATE samples SET bytes = bytes + 1")  # so they are not recognised
    library.ingest([sounds / "tones"])
    assert len(rows(library)) == 8
    assert library.ingest().merged == 4
    assert len(files(library)) == 4


def test_links_within_a_tree_are_followed_also_when_it_lies_in_another(
    library: sqlclap.Library, sounds: Path
) -> None:
    write_sound(sounds / "tones/.store/deep.wav", tone(50))
    (sounds / "tones/pack").symlink_to(sounds / "tones/.store")
    assert library.ingest([sounds / "tones"]).new == 5
    assert library.ingest([sounds]).new == 2
    (sounds / "tones/.store/deep.wav").unlink()
    assert library.ingest([sounds]).missing == 1


def test_sources_can_be_removed_and_what_was_said_comes_back(
    filled: sqlclap.Library, sounds: Path
) -> None:
    filled.labels.add("tone")
    filled.labels.add_anchors("tone", ["tones/tone-110.wav"])
    with pytest.raises(UnknownSourceError, match=f"expected one of: {sounds}"):
        filled.sources.remove(sounds / "tones")
    assert filled.sources.remove(sounds) == 6
    assert (rows(filled), filled.sources.list()) == ({}, [])
    assert filled.connection.execute("SELECT count(*) FROM vec_1").get == 0
    filled.ingest([sounds])
    (anchor,) = filled.labels.anchors("tone")
    assert anchor.path == "tones/tone-110.wav"


def test_a_source_that_is_not_there_says_what_can_be_done(
    filled: sqlclap.Library, sounds: Path
) -> None:
    shutil.rmtree(sounds)
    with pytest.raises(IngestError, match=r"relocate .*sources remove"):
        filled.ingest()
    assert set(statuses(filled).values()) == {"ok"}


def test_a_database_is_no_sound(library: sqlclap.Library, sounds: Path) -> None:
    with pytest.raises(IngestError, match="is a SQLite file"):
        library.ingest([sounds, library.path])
    assert library.sources.list() == []
