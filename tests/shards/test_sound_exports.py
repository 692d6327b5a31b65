"""Sounds of a set go out as one library's do: the same files, lists and words."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sqlclap.errors import PartialAnswerError, UnknownSoundError
from sqlclap.exchange.sound_export import SoundChoice, SoundExport
from sqlclap.shards import SetOptions, open_set
from tests.cli.running import fail, rows_of, run, succeed
from tests.page.sets.far import TOKEN, FarSet, far_set
from tests.support.heard_twins import HeardTwins, mapped

CHOSEN: tuple[tuple[str, ...], ...] = (
    ("--all",),
    ("--label", "hum"),
    ("--label", "hum", "--label", "HISS", "--by-label"),
    ("--all", "--by-label", "--keep-folders"),
    ("--collection", "Track 7", "--keep-folders"),
    ("--folder", "site1"),
    ("--where", "duration_s > 1.5"),
    ("--min-rating", "3"),
    ("--site", "site2"),
    ("site1/*",),
    ("loose/tone.wav", "loose/noise.wav", "loose/tone.wav"),
    ("*.wav", "--label", "hum"),
)


def exported(twins: HeardTwins, kind: str, chosen: tuple[str, ...]) -> list[Path]:
    """Export of both, the library first, and check that the same is said."""
    places, told = [], []
    for library, name in ((twins.one, "of-one"), (twins.set, "of-set")):
        place = twins.folder / name
        result = run("export", library, *chosen, kind, place)
        assert result.exit_code == 0, result.output
        places.append(place)
        lines = sorted(result.stdout.replace(name, "").splitlines())  # a set's ids, its order
        told.append((re.sub(r" \(\d\)", "", " ".join(lines)), result.stderr))
    assert told[0] == told[1]
    return places


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.mark.parametrize("chosen", CHOSEN, ids=" ".join)
def test_folders_hold_the_same_files(heard_twins: HeardTwins, chosen: tuple[str, ...]) -> None:
    one, of_set = exported(heard_twins, "--copy", chosen)
    assert sorted(files_in(of_set).values()) == sorted(files_in(one).values())
    if "--by-label" in chosen or "--keep-folders" in chosen:
        assert {Path(name).parent for name in files_in(of_set)} == {
            Path(name).parent for name in files_in(one)
        }


@pytest.mark.parametrize("kind", ["--hardlink", "--symlink"])
def test_links_are_to_the_same_files(heard_twins: HeardTwins, kind: str) -> None:
    one, of_set = exported(heard_twins, kind, ("--folder", "loose"))
    assert files_in(of_set) == files_in(one)
    assert all(file.samefile(one / file.name) for file in of_set.iterdir())
    told = succeed("export", heard_twins.set, "--folder", "loose", kind, of_set)
    assert "; 3 there already" in told


def test_archives_and_playlists_are_the_same(heard_twins: HeardTwins) -> None:
    named = ("loose/tone.wav", "site1/20240501_060000.wav", "loose/noise.wav")
    archives = [zipfile.ZipFile(one) for one in exported(heard_twins, "--zip", named)]
    told = [{name: one.read(name) for name in one.namelist()} for one in archives]
    assert told[0] == told[1]
    for one in exported_again(heard_twins):
        one.unlink()
    one, of_set = exported(heard_twins, "--m3u8", named)
    assert of_set.read_text() == one.read_text()


def exported_again(twins: HeardTwins) -> Iterator[Path]:
    """Yield what was exported, so that it can make room."""
    yield from twins.folder.glob("of-*")


def tables(twins: HeardTwins, kind: str, chosen: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    one, of_set = exported(twins, kind, chosen)
    if kind == "--parquet":
        return [pq.read_table(file).to_pylist() for file in (one, of_set)]
    if kind == "--json-file":
        return [json.loads(file.read_text()) for file in (one, of_set)]
    return [list(csv.DictReader(file.open())) for file in (one, of_set)]


@pytest.mark.parametrize("kind", ["--csv-file", "--json-file", "--parquet"])
def test_tables_are_the_same_with_the_sets_ids(heard_twins: HeardTwins, kind: str) -> None:
    one, of_set = tables(heard_twins, kind, ("--all",))
    wanted = [
        row | {"sample_id": str(row["sample_id"]) if kind == "--csv-file" else row["sample_id"]}
        for row in mapped(one, heard_twins.ids)
    ]
    assert of_set == sorted(wanted, key=lambda row: int(row["sample_id"]))
    assert len(of_set) == 10


def test_ids_and_lines_of_searches_name_sounds(heard_twins: HeardTwins) -> None:
    found = succeed("search", heard_twins.set, "tone", "-n", "4", "--nl")
    ids = [json.loads(line)["sample_id"] for line in found.splitlines()]
    typed = [f"{one >> 40}:{one % 2**40}" for one in ids]
    places = [heard_twins.folder / "piped.json", heard_twins.folder / "named.json"]
    succeed("export", heard_twins.set, "-", "--json-file", places[0], stdin=found.encode())
    succeed("export", heard_twins.set, *typed, "--json-file", places[1])
    told = [[row["sample_id"] for row in json.loads(one.read_text())] for one in places]
    assert told == [ids, ids]
    with open_set(heard_twins.set, SetOptions(mode="read")) as opened:
        assert {one.sample_id for one in opened.curation.recent()} == set(ids)


def test_a_dry_run_writes_nothing(heard_twins: HeardTwins) -> None:
    _, of_set = exported(heard_twins, "--copy", ("--label", "hum", "--by-label", "--dry-run"))
    assert not of_set.exists()
    assert (
        rows_of("export", heard_twins.set, "--all", "--dry-run", "--copy", of_set)["written"] == 10
    )


def test_clips_are_the_same(heard_twins: HeardTwins) -> None:
    for kind in ("votes", "anchors", "tags"):
        chosen = ("--from", kind, "--pad", "0.1", "--all-verdicts")
        one, of_set = exported(heard_twins, "--clips", chosen)
        rows = [list(csv.DictReader((place / "clips.csv").open())) for place in (one, of_set)]
        for row in rows[0]:
            own = int(row["sample_id"])
            row["sample_id"] = str(heard_twins.ids[own])
            row["clip"] = row["clip"].replace(f"_{own}_", f"_{row['sample_id']}_")
        assert rows[1] == rows[0]
        names = [sorted(files_in(place)) for place in (one, of_set)]
        assert len(names[0]) == len(names[1]) > 2
        for place in (one, of_set):
            place.rename(place.with_name(f"{place.name}-{kind}"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("nothing.wav", "--copy"), "neither an id, nor a path"),
        (("nowhere/tone.wav", "--copy"), "did you mean"),
        (("tone.*", "--copy"), "'*tone.*' matches"),
        (("loose/tone.wav@0-1", "--copy"), "neither an id, nor a path"),
        (("--label", "none", "--copy"), "no label 'none'"),
        (("--folder", "none", "--copy"), "none"),
        (("--collection", "none", "--copy"), "none"),
        (("--where", "duration_s > 99", "--copy"), "there is nothing to export"),
        (("loose/tone.wav", "--label", "hiss", "--copy"), "there is nothing to export"),
        (("--clips",), None),
    ],
)
def test_what_can_not_be_exported_is_told(
    heard_twins: HeardTwins, asked: tuple[str, ...], says: str | None
) -> None:
    place = heard_twins.folder / "out"
    if says is None:
        place.mkdir()
        (place / "file").touch()
        says = "holds something"
    told = fail("export", heard_twins.set, *asked, place)
    assert says in told
    assert not [*heard_twins.folder.glob("out/*.wav")]


def test_a_missing_shard_is_named(heard_twins: HeardTwins, tmp_path: Path) -> None:
    with open_set(heard_twins.set) as opened:
        entry = opened.shards[1]
    whole = [one for one in heard_twins.whole.values() if one >> 40 == entry.number]
    entry.path.rename(tmp_path / "away")
    result = run("export", heard_twins.set, "--all", "--json-file", tmp_path / "some.json")
    assert result.exit_code == 0
    assert "2 of 3 shards answered" in result.stderr
    assert f"shard {entry.number}" in result.stderr
    rows = json.loads((tmp_path / "some.json").read_text())
    assert {row["sample_id"] for row in rows} == {*heard_twins.whole.values()} - {*whole}
    for asked in (("--all", "--require-all"), (str(whole[0]),)):
        told = fail("export", heard_twins.set, *asked, "--copy", tmp_path / "out")
        assert f"shard {entry.number}" in told
    with open_set(heard_twins.set) as opened:
        choice = SoundChoice(only_of(opened.labels))
        with pytest.raises((UnknownSoundError, PartialAnswerError)):
            opened.export(choice, SoundExport("copy", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def only_of(labels: Any) -> list[Any]:
    """Return what names the anchors of both labels, as far as their shards answer, and one else."""
    return [1 << 50, *(one.sample_id for one in labels.anchors("hum") if one.sample_id)]


@pytest.fixture
def far(
    heard_twins: HeardTwins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FarSet]:
    """The set with two shards at a node, and the third one beside whoever asks."""
    from sqlclap.shards.protocol import TOKEN_VARIABLE

    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with far_set(heard_twins.folder, tmp_path / "far", "set") as made:
        yield made


def test_sounds_at_nodes_are_fetched(heard_twins: HeardTwins, far: FarSet, tmp_path: Path) -> None:
    one, afar = tmp_path / "of-one", tmp_path / "of-far"
    succeed("export", heard_twins.one, "--all", "--copy", one)
    succeed("export", far.file, "--all", "--copy", afar)
    assert sorted(files_in(afar).values()) == sorted(files_in(one).values())
    times = [sorted(file.stat().st_mtime_ns for file in place.iterdir()) for place in (one, afar)]
    assert times[0] == times[1]
    assert "; 10 there already" in succeed("export", far.file, "--all", "--copy", afar)
    succeed("export", far.file, "--all", "--zip", tmp_path / "far.zip")
    with zipfile.ZipFile(tmp_path / "far.zip") as archive:
        held = sorted(archive.read(name) for name in archive.namelist())
    assert held == sorted(files_in(one).values())
    for place, library in ((one, heard_twins.one), (afar, far.file)):
        succeed("export", library, "--clips", f"{place}-clips", "--from", "anchors")
    clips = [sorted(files_in(Path(f"{place}-clips"))) for place in (one, afar)]
    assert len(clips[0]) == len(clips[1])


def test_sounds_at_nodes_have_no_path_here(
    far: FarSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = [one for one in read_ids(far.file) if one >> 40 == 3]
    for kind in ("--symlink", "--hardlink", "--m3u8"):
        place = tmp_path / kind[2:]
        result = run("export", far.file, "--all", kind, place)
        assert result.exit_code == 0, result.output
        assert "it lies at a node, and has no path on this machine" in result.stderr
        listed = (
            place.read_text().count("#EXTINF") if place.is_file() else len(list(place.iterdir()))
        )
        assert listed == len(here)


def read_ids(file: Path) -> list[int]:
    with open_set(file) as opened:
        return [one.sample_id for one in opened.search("tone", 20)]


def test_a_node_that_goes_leaves_its_sounds_out(far: FarSet, tmp_path: Path) -> None:
    from sqlclap.shards.far_files import SetFiles
    from sqlclap.shards.sounds import samples_of

    with open_set(far.file) as opened:
        samples = samples_of(opened.session, read_ids(far.file))
        files = SetFiles(samples)
        afar = next(one for one in samples if one.sample_id >> 40 < 3)
        assert files.why_gone(afar.sample_id, afar.file) is None
        far.process.terminate()
        far.process.wait(30)
        told = files.why_gone(afar.sample_id, afar.file)
        assert "lies at a node" in str(told)
        with pytest.raises(UnknownSoundError, match="can't be asked"):
            opened.export(SoundChoice([afar.sample_id]), SoundExport("zip", tmp_path / "gone.zip"))
    assert not (tmp_path / "gone.zip").exists()
