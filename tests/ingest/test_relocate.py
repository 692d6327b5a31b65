"""`relocate` takes samples along, and makes one of what was ingested twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import RelocateError
from sqlclap.ingest.relocate import RelocateOptions
from sqlclap.labels.votes import CastVote
from tests.ingest.scenes import contents, roots, rows, said, say_something, statuses, watch_hashing
from tests.support.sounds import noise, tone, write_sound


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
    library.labels.vote("tone", [str(tones / "tone-880.wav")], CastVote("reject"))
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


def test_sources_within_the_old_folder_move_along(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    for inner in ("tones/tone-110.wav", "noises", "."):
        library.ingest([sounds / inner])
    before = rows(library)
    sounds.rename(tmp_path / "renamed")
    assert library.sources.relocate(sounds, tmp_path / "renamed").moved == 6
    assert rows(library) == before
    kinds = {Path(source.root).name: source.kind for source in library.sources.list()}
    assert kinds == {"renamed": "tree", "noises": "tree", "tones": "files"}
    assert library.ingest().unchanged == 6


def test_a_folder_can_move_into_a_tree_that_is_there(
    library: sqlclap.Library, sounds: Path
) -> None:
    library.ingest([sounds / "tones", sounds / "noises"])
    (sounds / "tones").rename(sounds / "noises/tones")
    assert library.sources.relocate(sounds / "tones", sounds / "noises/tones").moved == 4
    assert roots(library) == [str(sounds / "noises")]
    assert library.ingest().unchanged == 6


def test_a_folder_can_move_into_its_own_place(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
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
