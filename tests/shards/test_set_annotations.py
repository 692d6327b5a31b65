"""Annotations of a set go out as one library's do, in all formats."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sqlclap.errors import PartialAnswerError
from sqlclap.shards import SetOptions, open_set
from tests.cli.running import fail, rows_of, run
from tests.support.heard_twins import HeardTwins

SUFFIXES = {
    "audacity": ".txt",
    "birdnet": ".BirdNET.results.csv",
    "csv": ".csv",
    "kaleidoscope": ".csv",
    "parquet": ".parquet",
    "raven": ".selections.txt",
}
ASKED: tuple[tuple[str, ...], ...] = (
    (),
    ("--from", "anchors"),
    ("--from", "tags"),
    ("--from", "tags", "--label", "hum", "--relative"),
    ("--label", "hum", "--label", "hiss", "--absolute"),
    ("--recording", "site1/*", "--from", "anchors"),
    ("--recording", "loose/noise.wav", "--from", "anchors"),
)
OF_ONE = ("--recording", "loose/noise.wav", "--from", "anchors")


def written(twins: HeardTwins, place: str, asked: tuple[str, ...]) -> list[Path]:
    """Export both to a place, and check that the same is said."""
    places, told = [], []
    for library, name in ((twins.one, "of-one"), (twins.set, "of-set")):
        (twins.folder / name).mkdir(exist_ok=True)
        places.append(twins.folder / name / place)
        named = f"{places[-1]}/" if place.endswith("/") else places[-1]
        result = run("annotations", "export", library, named, *asked)
        told.append((result.exit_code, result.output.replace(name, "")))
    assert told[0] == told[1]
    return places


@pytest.mark.parametrize("chosen", SUFFIXES)
def test_files_are_the_same(heard_twins: HeardTwins, chosen: str) -> None:
    for asked in (OF_ONE,) if chosen == "audacity" else ASKED:
        one, of_set = written(heard_twins, f"a{SUFFIXES[chosen]}", ("--format", chosen, *asked))
        if chosen == "parquet":
            assert pq.read_table(of_set).equals(pq.read_table(one))
        else:
            assert of_set.read_text() == one.read_text()


@pytest.mark.parametrize("chosen", ["csv", "raven"])
def test_rejected_ones_are_the_same(heard_twins: HeardTwins, chosen: str) -> None:
    one, of_set = written(heard_twins, "all", ("--format", chosen, "--all-verdicts"))
    assert of_set.read_text() == one.read_text()
    assert "reject" in of_set.read_text()


@pytest.mark.parametrize("chosen", ["audacity", "csv"])
def test_folders_have_a_file_a_recording(heard_twins: HeardTwins, chosen: str) -> None:
    for kind in ("anchors", "tags"):
        one, of_set = written(heard_twins, f"{kind}/", ("--format", chosen, "--from", kind))
        told = [
            {file.relative_to(place).as_posix(): file.read_text() for file in place.rglob("*.*")}
            for place in (one, of_set)
        ]
        assert told[1] == told[0]
        assert len(told[0]) > 2


def test_what_can_not_be_written_is_told(heard_twins: HeardTwins) -> None:
    for asked in (("--label", "none"), ("--recording", "none.wav"), ("--format", "audacity")):
        told = [
            fail("annotations", "export", library, heard_twins.folder / "x", *asked)
            for library in (heard_twins.one, heard_twins.set)
        ]
        assert told[1].split(":")[1].split(",")[0][:20] == told[0].split(":")[1][:20]


def test_a_path_of_two_sources_is_written_wholly(heard_twins: HeardTwins) -> None:
    """Though nothing was said of the other recording that is called so."""
    _, of_set = written(heard_twins, "a.csv", ("--from", "anchors", "--label", "hum"))
    assert any("/site1/20240501_050000.wav" in line for line in of_set.read_text().splitlines())


def test_a_missing_shard_is_named(heard_twins: HeardTwins, tmp_path: Path) -> None:
    place = tmp_path / "tags.csv"
    every = rows_of("annotations", "export", heard_twins.set, place, "--from", "tags")
    said = rows_of("annotations", "export", heard_twins.set, place)
    with open_set(heard_twins.set) as opened:
        tagged = next(one for one in opened.labels.tags("hum") if one.confidence != "hand")
        lost = next(one for one in opened.shards if one.number == tagged.sample_id >> 40)
        lost.path.rename(tmp_path / "away")
    result = run("annotations", "export", heard_twins.set, place, "--from", "tags")
    assert result.exit_code == 0
    assert f"missing shard {lost.number}" in result.stderr
    assert not result.stdout.startswith(f"{every['annotations']} ")
    assert rows_of("annotations", "export", heard_twins.set, place) == said  # votes are all here
    asked = ("annotations", "export", heard_twins.set, tmp_path / "y.csv", "--require-all")
    assert f"shard {lost.number}" in fail(*asked)
    assert not (tmp_path / "y.csv").exists()
    with (
        open_set(heard_twins.set, SetOptions(require_all=True)) as opened,
        pytest.raises(PartialAnswerError),
    ):
        opened.annotations.find()


def test_recordings_of_missing_shards_have_files_of_their_own(
    heard_twins: HeardTwins, tmp_path: Path
) -> None:
    """Their ids are not known then."""
    asked = ("--from", "anchors", "--format", "csv")
    one, _ = written(heard_twins, "whole/", asked)
    with open_set(heard_twins.set) as opened:
        for shard in opened.shards[:2]:
            shard.path.rename(tmp_path / f"away-{shard.number}")
    place = tmp_path / "some"
    result = run("annotations", "export", heard_twins.set, f"{place}/", *asked)
    assert result.exit_code == 0, result.output
    assert "missing shard" in result.stderr
    files = [[*folder.rglob("*.csv")] for folder in (one, place)]
    assert len(files[0]) == len(files[1])
