"""Sounds are given out as files, links, archives and lists, and nothing is overwritten."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import ExportFilesError
from sqlclap.exchange.sound_export import SoundChoice, SoundExport
from tests.cli.running import fail, rows_of, succeed


@pytest.fixture
def twins(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """The six sounds, and another of the same name as one of them."""
    (sounds / "more").mkdir()
    shutil.copy(sounds / "tones" / "tone-110.wav", sounds / "more" / "tone-220.wav")
    filled.ingest([sounds])
    return filled


def everything(kind: str, target: Path, **settings: bool) -> SoundExport:
    return SoundExport(kind, target, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["copy", "hardlink", "symlink"])
def test_files_of_one_name_stay_apart_and_a_repeated_export_goes_on(
    twins: sqlclap.Library, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    dry = twins.export(SoundChoice(), everything(kind, out, dry_run=True))
    assert (dry.written, out.exists()) == (7, False)
    first = twins.export(SoundChoice(), everything(kind, out))
    names = sorted(one.name for one in out.iterdir())
    assert [one.target for one in dry.files] == [one.target for one in first.files]
    assert len(names) == 7
    assert {"tone-220.wav", "tone-220 (2).wav"} <= set(names)
    by_id = {one.sample_id: one for one in first.files}
    for sample_id, given in by_id.items():
        there = out / given.target
        assert there.read_bytes() == twins.curation.of(sample_id).file.read_bytes()
        assert there.is_symlink() == (kind == "symlink")
        assert (there.stat().st_nlink > 1) == (kind == "hardlink")
    (out / "tone-880.wav").unlink()
    (out / "noise-1.flac").unlink()
    (out / "noise-1.flac").write_bytes(b"somebody's own")
    again = twins.export(SoundChoice(), everything(kind, out))
    assert (again.written, again.there) == (2, 5)
    assert (out / "noise-1.flac").read_bytes() == b"somebody's own"
    assert (out / "noise-1 (2).flac").exists()
    assert not [one for one in out.iterdir() if "draft" in one.name]


def test_folders_are_labels_or_those_of_the_sources(twins: sqlclap.Library, tmp_path: Path) -> None:
    for name, sounds in (("low", [1, 2]), ("../up", [2])):
        twins.labels.add(name)
        twins.labels.add_anchors(name, sounds)
    labelled = twins.export(SoundChoice(), everything("copy", tmp_path / "a", by_label=True))
    assert labelled.written == 8  # one is in two folders
    folders = {one.target.split("/")[0] for one in labelled.files}
    assert "unlabelled" in folders
    assert "low" in folders
    assert all(one.resolve().is_relative_to(tmp_path / "a") for one in (tmp_path / "a").rglob("*"))
    only = twins.export(
        SoundChoice(labels=["LOW"]), everything("copy", tmp_path / "b", by_label=True)
    )
    assert {one.target.split("/")[0] for one in only.files} == {"low"}
    kept = twins.export(SoundChoice(), everything("copy", tmp_path / "c", keep_folders=True))
    assert (tmp_path / "c" / "tones" / "tone-110.wav").exists()
    assert kept.written == 7


def test_archives_and_lists_are_new_files(twins: sqlclap.Library, tmp_path: Path) -> None:
    gone = twins.curation.of(1).file
    gone.unlink()
    report = twins.export(SoundChoice(), everything("zip", tmp_path / "x.zip"))
    assert list(report.left_out) == [str(gone)]
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == 6
    choice = SoundChoice([3, 2])
    for kind in ("m3u8", "csv", "json", "parquet"):
        twins.export(choice, everything(kind, tmp_path / f"x.{kind}"))
    playlist = (tmp_path / "x.m3u8").read_text(encoding="utf-8").splitlines()
    files = [str(twins.curation.of(one).file) for one in (3, 2)]
    assert [line for line in playlist if not line.startswith("#")] == files
    assert [row["sample_id"] for row in json.loads((tmp_path / "x.json").read_text())] == [3, 2]
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 3
    import pandas as pd

    assert pd.read_parquet(tmp_path / "x.parquet")["sample_id"].tolist() == [3, 2]
    with pytest.raises(ExportFilesError, match="is there already"):
        twins.export(choice, everything("json", tmp_path / "x.json"))


def test_the_command_reads_what_searches_print(
    twins: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    library, out = twins.path, tmp_path / "out"
    found = succeed("search", library, "tone", "-n", "2", "--nl", "--model", fake_bundle)
    report = rows_of("export", library, "-", "--copy", out, stdin=found.encode())
    wanted = [json.loads(line)["sample_id"] for line in found.splitlines()]
    assert [one["sample_id"] for one in report["files"]] == wanted
    assert {row["sample_id"] for row in rows_of("recent", library)} == set(wanted)
    twins.collections.add("Track 7", [5])
    shown = succeed("export", library, "--collection", "track 7", "--copy", out, "--dry-run")
    assert "1 file" in shown
    assert "would be written" in shown
    assert "2 there already" in succeed("export", library, *map(str, wanted), "--copy", out)
    assert "expected one of --copy" in fail("export", library, "--all")
    assert "or --all" in fail("export", library, "--copy", out)
    assert "are of --clips" in fail("export", library, "--all", "--copy", out, "--pad", "1")
    assert "--clips takes" in fail("export", library, "1", "--clips", out)
    assert "no sound is among" in fail("export", library, "--where", "0", "--copy", out)
