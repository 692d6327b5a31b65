"""A library that moved: samples are recognised, and `relocate` takes them along."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap import IngestOptions, RelocateOptions
from sqlclap.errors import RelocateError
from sqlclap.labels import Ballot, TagRequest
from tests.ingest.scenes import (
    contents,
    rows,
    statuses,
    watch_decoding,
    watch_hashing,
)
from tests.library.data.make_library_0_1_0 import unpack_library, write_sounds
from tests.support.sounds import noise, tone, write_sound

KEPT = "SELECT sample_id, embedding_id FROM embeddings ORDER BY embedding_id"


def roots(library: sqlclap.Library) -> list[str]:
    return [source.root for source in library.sources.list()]


def said(library: sqlclap.Library) -> dict[str, list[tuple[object, ...]]]:
    """Return what people said, and runs tagged, with the files it is said of."""
    where = "LEFT JOIN samples USING (sample_id)"
    queries = {
        "anchors": "SELECT label_id, path, polarity, weight FROM anchors {} ORDER BY 1, 2",
        "votes": "SELECT label_id, path, verdict FROM votes {} ORDER BY vote_id",
        "tags": "SELECT label_id, path, run_id, confidence FROM tags {} ORDER BY 1, 2",
    }
    return {
        name: library.connection.execute(query.format(where)).fetchall()
        for name, query in queries.items()
    }


def say_something(library: sqlclap.Library) -> None:
    library.labels.add("tone")
    library.labels.add_anchors("tone", ["tones/tone-110.wav", "tones/tone-220.wav"])
    library.labels.add_anchors("tone", ["noises/noise-1.flac"], "negative")
    for verdict in ("reject", "accept"):
        library.labels.vote("tone", ["tones/tone-440.wav"], Ballot(verdict))  # type: ignore[arg-type]
    library.labels.tag(TagRequest(("tone",), "low"))


# Recognised by an ingest.


def test_a_moved_library_keeps_all_ids_and_leaves_no_rows_behind(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_something(filled)
    before, kept = rows(filled), said(filled)
    sounds.rename(tmp_path / "renamed")
    decoded = watch_decoding(monkeypatch)

    report = filled.ingest([tmp_path / "renamed"])

    assert (report.moved, report.new, decoded) == (6, 0, [])
    assert (rows(filled), said(filled)) == (before, kept)
    assert roots(filled) == [str(tmp_path / "renamed")]
    assert filled.ingest().unchanged == 6


def test_equal_sounds_are_recognised_by_their_names(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    for pack in "cabd":
        write_sound(sounds / pack / "kick.wav", tone(60))
        write_sound(sounds / pack / f"{pack}.wav", tone(70))
    library.ingest([sounds])
    before = rows(library)
    sounds.rename(tmp_path / "renamed")
    shutil.rmtree(tmp_path / "renamed/b")
    write_sound(tmp_path / "renamed/0/kick.wav", tone(60))

    report = library.ingest([tmp_path / "renamed"], IngestOptions(threads=4))

    assert report.moved == 12
    after = rows(library)
    for path, row in before.items():
        if not path.startswith("b/"):
            assert after[path] == row, path


def test_a_copy_of_an_unplugged_disk_takes_its_samples(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    before = rows(filled)
    shutil.copytree(sounds, tmp_path / "copy")
    sounds.rename(tmp_path / "unplugged")
    assert filled.ingest([tmp_path / "copy"]).moved == 6
    assert rows(filled) == before

    (tmp_path / "unplugged").rename(sounds)
    assert filled.ingest([sounds]).new == 6  # two files each, and both are there
    assert len(filled.similar(before["tones/tone-110.wav"][0], n=20)) == 11


def test_what_is_left_on_a_disk_stays_its_own(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    shutil.copytree(sounds, tmp_path / "copy")
    assert filled.ingest([tmp_path / "copy"]).new == 6
    assert roots(filled) == [str(tmp_path / "copy"), str(sounds)]
    assert len(contents(filled)) == 12


@pytest.mark.parametrize("prune", [False, True])
def test_a_missing_sound_does_not_stay_beside_its_living_copy(
    filled: sqlclap.Library, sounds: Path, prune: bool
) -> None:
    say_something(filled)
    shutil.copy(sounds / "tones/tone-110.wav", sounds / "copy.wav")
    filled.ingest([sounds])
    copy = rows(filled)["copy.wav"]
    (sounds / "tones/tone-110.wav").unlink()

    report = filled.ingest([sounds], IngestOptions(prune=prune))

    assert (report.merged, report.missing, report.pruned) == (1, 0, 0)
    assert rows(filled)["copy.wav"] == copy
    assert (1, "copy.wav", "positive", 1.0) in said(filled)["anchors"]
    assert [match.path for match in filled.similar(copy[0], n=20)].count("copy.wav") == 0
    assert len(rows(filled)) == len(contents(filled)) == 6


# Told by the user.


def test_relocating_reads_nothing_and_keeps_everything(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_something(filled)
    before, kept, vectors = rows(filled), said(filled), contents(filled)
    sounds.rename(tmp_path / "renamed")
    hashed = watch_hashing(monkeypatch)

    report = filled.sources.relocate(sounds, tmp_path / "renamed")

    assert (report.samples, report.moved, report.merged, report.compared) == (6, 6, 0, 0)
    assert (rows(filled), said(filled), contents(filled)) == (before, kept, vectors)
    assert roots(filled) == [str(tmp_path / "renamed")]
    assert filled.ingest().unchanged == 6
    assert hashed == []
    assert filled.similar("tones/tone-110.wav")[0].file.is_file()


def test_a_dry_run_says_the_same_and_changes_nothing(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    sounds.rename(tmp_path / "renamed")
    report = filled.sources.relocate(
        sounds, tmp_path / "renamed", RelocateOptions(dry_run=True, verify=True)
    )
    assert (report.moved, report.compared, report.dry_run) == (6, 6, True)
    assert roots(filled) == [str(sounds)]


def test_copies_with_other_times_are_compared_by_content(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    sounds.rename(tmp_path / "renamed")
    for file in (tmp_path / "renamed").rglob("*.wav"):
        os.utime(file)
    assert filled.sources.relocate(sounds, tmp_path / "renamed").compared == 4
    assert filled.ingest().unchanged == 6


def test_another_folder_is_refused_unless_forced(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    before = rows(filled)
    other = tmp_path / "renamed"
    sounds.rename(other)
    (other / "tones/tone-110.wav").unlink()
    write_sound(other / "tones/tone-220.wav", noise(9))
    with pytest.raises(RelocateError, match=r"2 of 6 sounds are not at .* nothing was changed"):
        filled.sources.relocate(sounds, other)
    assert (rows(filled), roots(filled)) == (before, [str(sounds)])

    report = filled.sources.relocate(sounds, other, RelocateOptions(force=True))
    assert (report.absent, report.differing, len(report.examples)) == (1, 1, 2)
    done = filled.ingest()
    assert (done.unchanged, done.missing, done.changed) == (4, 1, 1)
    assert rows(filled)["tones/tone-220.wav"] == before["tones/tone-220.wav"]


def test_content_is_compared_on_request(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    other = tmp_path / "renamed"
    sounds.rename(other)
    file = other / "tones/tone-110.wav"
    stamp = file.stat()
    file.write_bytes(bytes(stamp.st_size))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(RelocateError, match="1 with other content"):
        filled.sources.relocate(sounds, other, RelocateOptions(verify=True))


def test_what_was_missing_may_stay_missing(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    (sounds / "tones/tone-110.wav").unlink()
    filled.ingest()
    sounds.rename(tmp_path / "renamed")
    report = filled.sources.relocate(sounds, tmp_path / "renamed")
    assert (report.moved, report.absent) == (6, 0)
    assert statuses(filled)["tones/tone-110.wav"] == "missing"


@pytest.mark.parametrize("outer", [False, True])
@pytest.mark.parametrize("reorganised", [False, True])
def test_what_was_ingested_twice_becomes_one_again(
    old_library: sqlclap.Library, tmp_path: Path, outer: bool, reorganised: bool
) -> None:
    """The rows of old hold all that was said; those of new, ingested as well, are the living."""
    library, old, new = old_library, tmp_path / "old", tmp_path / "elsewhere/new"
    before, kept = rows(library), said(library)
    shutil.copytree(old, new)
    tones = new / ("all tones" if reorganised else "tones")
    (new / "tones").rename(tones)
    assert library.ingest([new.parent if outer else new]).new == 9
    library.labels.vote("tone", [str(tones / "tone-880.wav")], Ballot("reject"))
    library.labels.add_anchors("tone", [str(tones / "tone-110.wav")], "negative")
    shutil.rmtree(old)

    dry = library.sources.relocate(old, new, RelocateOptions(dry_run=True))
    report = library.sources.relocate(old, new)

    for done in (dry, report):
        assert (done.moved, done.merged, done.absent, done.differing) == (9, 9, 0, 0)
    after = {path.removeprefix("new/").replace("all tones", "tones"): row
             for path, row in rows(library).items()}  # fmt: skip
    assert after == before
    now = said(library)
    assert [vote[2] for vote in now["votes"]] == [*(vote[2] for vote in kept["votes"]), "reject"]
    assert len(now["tags"]) == len(kept["tags"])
    assert len(now["anchors"]) == len(kept["anchors"])
    assert [row[2] for row in now["anchors"] if "110" in str(row[1])] == ["negative"]
    assert roots(library) == [str(new.parent if outer else new)]
    assert library.ingest().unchanged == 9
    assert len(rows(library)) == 9


def test_vectors_that_only_the_twin_has_are_not_lost(
    old_library: sqlclap.Library, tmp_path: Path
) -> None:
    library, old, new = old_library, tmp_path / "old", tmp_path / "new"
    library.ingest()
    shutil.copytree(old, new)
    library.ingest([new])
    library.connection.execute("DELETE FROM embeddings WHERE sample_id = 1")
    shutil.rmtree(old)
    assert library.sources.relocate(old, new).merged == 9
    assert len(library.similar("tones/tone-110.wav", n=20)) == 7
    assert len(library.labels.anchors("tone")) == 3
    assert library.ingest().unchanged == 9


def test_a_part_of_a_source_and_a_single_file_can_be_relocated(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    before = {path.rpartition("/")[2]: row for path, row in rows(filled).items()}
    (sounds / "tones").rename(sounds / "noises" / "mixed")
    (sounds / "noises/noise-1.flac").rename(tmp_path / "apart.flac")
    assert filled.sources.relocate(sounds / "tones", sounds / "noises/mixed").moved == 4
    assert (
        filled.sources.relocate(sounds / "noises/noise-1.flac", tmp_path / "apart.flac").moved == 1
    )
    after = {path.rpartition("/")[2]: row for path, row in rows(filled).items()}
    assert after.pop("apart.flac") == before.pop("noise-1.flac")
    assert after == before
    kinds = [(source.root, source.kind) for source in filled.sources.list()]
    assert kinds == [(str(tmp_path), "files"), (str(sounds), "tree")]
    assert filled.ingest().unchanged == 6


def test_folders_can_swap_names(filled: sqlclap.Library, sounds: Path, tmp_path: Path) -> None:
    for hz in (110, 220):
        shutil.copy2(sounds / f"tones/tone-{hz}.wav", sounds / f"noises/tone-{hz}.wav")
    write_sound(sounds / "tones/tones/tone-110.wav", tone(70))
    filled.ingest()
    before = rows(filled)
    (sounds / "tones").rename(sounds / "aside")
    (sounds / "aside").rename(sounds / "tones2")
    (sounds / "tones").mkdir()
    (sounds / "tones2").rename(sounds / "tones" / "tones")
    assert filled.sources.relocate(sounds / "tones", sounds / "tones/tones").moved == 5
    after = rows(filled)
    assert after["tones/tones/tone-110.wav"] == before["tones/tone-110.wav"]
    assert after["tones/tones/tones/tone-110.wav"] == before["tones/tones/tone-110.wav"]
    assert filled.ingest().unchanged == 9


def test_nothing_to_relocate_says_what_there_is(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    with pytest.raises(RelocateError, match=f"lies below .*; its sources: {sounds}"):
        filled.sources.relocate(tmp_path / "other", tmp_path / "else")
    with pytest.raises(RelocateError, match=r"did you mean `sqlclap relocate"):
        filled.sources.relocate(tmp_path / "new", sounds)
    with pytest.raises(RelocateError, match="already"):
        filled.sources.relocate(sounds, f"{sounds}/.")


def test_a_library_that_moves_itself_still_answers(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    filled.index.build()
    asked = [(match.path, match.score) for match in filled.similar("tones/tone-110.wav")]
    filled.close()
    (tmp_path / "other").mkdir()
    for name in ("library.db", "library.db-hnsw"):
        (tmp_path / name).rename(tmp_path / "other" / name)
    with sqlclap.open(tmp_path / "other/library.db", model=str(fake_bundle)) as moved:
        answers = moved.similar("tones/tone-110.wav")
        assert [(match.path, match.score) for match in answers] == asked
        assert moved.index.status().generation is not None


# Made by 0.1.0.


@pytest.fixture
def old_library(tmp_path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """A library of 0.1.0, its sounds at `old`."""
    write_sounds(tmp_path / "old")
    path = unpack_library(tmp_path / "old.db")
    with sqlclap.open(path, model=str(fake_bundle)) as opened:
        opened.connection.execute("UPDATE sources SET root = ?", (str(tmp_path / "old"),))
        yield opened


def test_a_library_of_0_1_0_opens_with_all_it_holds(
    old_library: sqlclap.Library, tmp_path: Path
) -> None:
    assert {name: len(what) for name, what in said(old_library).items()} == {
        "anchors": 4,
        "votes": 4,
        "tags": 6,
    }
    assert [(one.root, one.kind) for one in old_library.sources.list()] == [
        (str(tmp_path / "old"), "tree")
    ]
    before = rows(old_library)
    report = old_library.ingest()
    assert (report.restored + report.unchanged, report.new, report.missing) == (9, 0, 0)
    assert (rows(old_library), len(report.failed)) == (before, 1)
    assert {rb"tea\xe9.wav", b"caf\xe9.wav"} <= {
        os.fsencode(match.file.name) for match in old_library.similar("tones/tone-110.wav", n=20)
    }
