"""Recordings by time and place: what ingest reads, deployments, and the views over them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import DeploymentError, IngestError
from sqlclap.recordings.deployment_file import Deployment
from sqlclap.recordings.deployments import ImportReport
from tests.cli.running import fail, rows_of, succeed
from tests.db.data.make_library_0_1_0 import unpack_library, write_sounds
from tests.support.sounds import tone, write_sound

STARTS = "SELECT path, started_at, started_at_utc, time_source FROM recordings ORDER BY path"
PLACES = "SELECT path, deployment, site FROM recordings ORDER BY path"
CSV = """name;site;lat;lon;habitat;battery
pond;Teich;52,5;13.4;water;AA
oak;;;;wood;
"""


def sounds(folder: Path) -> Path:
    """Write recordings of two recorders, and one that says nothing of its time."""
    for number, name in enumerate(
        ("pond/20240601_053000.wav", "pond/20240601_173000.wav", "oak/SM_20240602_053000.wav")
    ):
        write_sound(folder / name, tone(300.0 + 100 * number))
    other = write_sound(folder / "bell.wav", tone(900.0))
    os.utime(other, (1_600_000_000, 1_600_000_000))
    return folder


@pytest.fixture
def library(tmp_path: Path, fake_bundle: Path) -> sqlclap.Library:
    opened = sqlclap.open(tmp_path / "birds.db", model=str(fake_bundle))
    opened.ingest([sounds(tmp_path / "field")])
    return opened


def ask(library: sqlclap.Library, query: str) -> list[Any]:
    return library.connection.execute(query).fetchall()


def imported(library: sqlclap.Library, tmp_path: Path, text: str = CSV) -> ImportReport:
    file = tmp_path / "deployments.csv"
    file.write_text(text)
    return library.deployments.import_csv(file)


def test_an_ingest_reads_when_recordings_began(library: sqlclap.Library) -> None:
    with library:
        assert ask(library, STARTS) == [
            ("bell.wav", "2020-09-13T12:26:39.600", "2020-09-13T12:26:39.600Z", "file"),
            ("oak/SM_20240602_053000.wav", "2024-06-02T05:30:00", None, "name"),
            ("pond/20240601_053000.wav", "2024-06-01T05:30:00", None, "name"),
            ("pond/20240601_173000.wav", "2024-06-01T17:30:00", None, "name"),
        ]


def test_a_zone_is_kept_with_the_source_and_holds_for_what_is_there(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        library.ingest([tmp_path / "field"], sqlclap.IngestOptions(time_zone="Europe/Berlin"))
        write_sound(tmp_path / "field/pond/20240101_120000.wav", tone(700.0))
        library.ingest()
        utc = dict(ask(library, "SELECT path, started_at_utc FROM recordings"))
        assert utc["pond/20240601_053000.wav"] == "2024-06-01T03:30:00Z"
        assert utc["pond/20240101_120000.wav"] == "2024-01-01T11:00:00Z"
        assert ask(library, "SELECT time_zone FROM sources") == [("Europe/Berlin",)]


@pytest.mark.parametrize(
    "zone", ["Mars/Crater", "../../etc/passwd", "", "/etc", "\0", "+15:00", "+1:75", "2"]
)
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(IngestError, match="time zone"):
        sqlclap.IngestOptions(time_zone=zone)


def test_a_file_that_is_renamed_or_changed_is_read_again(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        old = tmp_path / "field/pond/20240601_053000.wav"
        old.rename(old.with_name("20250601_053000.wav"))
        library.ingest()
        assert "2025-06-01T05:30:00" in [row[1] for row in ask(library, STARTS)]
        assert len(ask(library, STARTS)) == 4


def test_an_older_library_gets_its_times(tmp_path: Path, fake_bundle: Path) -> None:
    write_sounds(tmp_path / "old")
    path = unpack_library(tmp_path / "old.db")
    with sqlclap.open(path, model=str(fake_bundle)) as opened:
        opened.connection.execute("UPDATE sources SET root = ?", (str(tmp_path / "old"),))
        assert ask(opened, STARTS) == []
        opened.ingest()
        there = "SELECT count(*) FROM samples WHERE status IN ('ok', 'silent')"
        assert len(ask(opened, STARTS)) == ask(opened, there)[0][0] > 0


def test_deployments_take_their_folders_recordings(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        report = imported(library, tmp_path)
        assert report == ImportReport(2, 0, 3, [])
        assert ask(library, PLACES)[1:] == [
            ("oak/SM_20240602_053000.wav", "oak", None),
            ("pond/20240601_053000.wav", "pond", "Teich"),
            ("pond/20240601_173000.wav", "pond", "Teich"),
        ]
        oak, pond = library.deployments.list()
        assert (pond.latitude, pond.longitude, pond.habitat) == (52.5, 13.4, "water")
        assert (pond.more, pond.recordings) == ({"battery": "AA"}, 2)
        assert (pond.first_at, pond.last_at) == ("2024-06-01T05:30:00", "2024-06-01T17:30:00")
        write_sound(tmp_path / "field/oak/20240603_000000.wav", tone(800.0))
        library.ingest()
        assert library.deployments.list()[0].recordings == 2
        assert oak.recordings == 1


def test_a_folder_may_be_the_end_of_a_sources_path_or_lie_beside_the_file(
    tmp_path: Path, fake_bundle: Path
) -> None:
    """Recorders' folders that were taken in one by one are sources themselves."""
    with sqlclap.open(tmp_path / "birds.db", model=str(fake_bundle)) as library:
        folders = [sounds(tmp_path / "field") / "pond", tmp_path / "field/oak"]
        library.ingest(folders)
        report = imported(library, tmp_path, "name,folder\nA,pond\nB,field/oak\n")
        assert report == ImportReport(2, 0, 3, [])
        assert [one.folder for one in library.deployments.list()] == [*map(str, folders)]
        write_sound(tmp_path / "other/pond/20240601_053000.wav", tone(500.0))
        library.ingest([tmp_path / "other/pond"])
        with pytest.raises(DeploymentError, match=r"'pond'.*may be .*/field/pond or .*/other/pond"):
            imported(library, tmp_path, "name,folder\nC,pond\n")


def test_importing_again_changes_and_folders_may_change_hands(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        imported(library, tmp_path)
        report = imported(library, tmp_path, "name,folder\npond,oak\noak,pond\n")
        assert (report.added, report.changed, report.recordings) == (0, 2, 3)
        assert [row[1] for row in ask(library, PLACES)[1:]] == ["pond", "oak", "oak"]
        library.deployments.remove("pond")
        assert [row[1] for row in ask(library, PLACES)[1:]] == [None, "oak", "oak"]
        with pytest.raises(DeploymentError, match="no deployment 'pond'"):
            library.deployments.remove("pond")


def test_the_innermost_folder_counts_and_ids_are_not_given_twice(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        imported(library, tmp_path, f"name,folder\nall,{tmp_path / 'field'}\npond,pond\n")
        assert [row[1] for row in ask(library, PLACES)] == ["all", "all", "pond", "pond"]
        library.deployments.remove("pond")
        assert [row[1] for row in ask(library, PLACES)] == ["all"] * 4
        imported(library, tmp_path, "name\npond\n")
        assert ask(library, "SELECT deployment_id FROM deployments ORDER BY 1") == [(1,), (3,)]


def test_deployments_follow_their_folders(library: sqlclap.Library, tmp_path: Path) -> None:
    with library:
        imported(library, tmp_path)
        (tmp_path / "field").rename(tmp_path / "moved")
        library.sources.relocate(tmp_path / "field", tmp_path / "moved")
        library.ingest()
        assert [row[1] for row in ask(library, PLACES)] == [None, "oak", "pond", "pond"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("site,lat\na,1\n", "expected a heading with `name`"),
        ("name,name\na,b\n", "each column once"),
        ("name,lat,lon\npond,91,0\n", "line 2: expected latitude in degrees from -90 to 90"),
        ("name,lat,lon\noak,1,2\npond,nan,0\n", "line 3: expected latitude"),
        ("name,lat,lon\npond,1,\n", "line 2: expected latitude and longitude"),
        ("name,site\n,x\n", "line 2: expected a name"),
        ("name\npond,2\n", "line 2: 2 cells below 1 headings"),
        ("name\npond\nPOND\n", "two deployments with the name 'pond'"),
        ("name,folder\na,pond\nb,pond\n", "two deployments with the folder"),
    ],
)
def test_what_is_not_right_is_told_and_nothing_is_taken_in(
    library: sqlclap.Library, tmp_path: Path, text: str, told: str
) -> None:
    with library:
        with pytest.raises(DeploymentError, match=told):
            imported(library, tmp_path, text)
        assert library.deployments.list() == []


def test_activity_counts_what_holds_a_label_beside_all(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    with library:
        imported(library, tmp_path)
        (sample,) = ask(library, "SELECT sample_id FROM samples WHERE path LIKE '%053000%' LIMIT 1")
        library.labels.add("bird")
        library.labels.tag_by_hand("bird", [int(str(sample[0]))])
        rows = ask(
            library,
            "SELECT site, date, hour, recordings, recordings_with_it FROM activity "
            "WHERE label = 'bird' AND date > '2024' ORDER BY date, hour",
        )
        assert [row[3:] for row in rows] in ([(1, 1), (1, 0), (1, 0)], [(1, 0), (1, 0), (1, 1)])


def test_the_command_line(library: sqlclap.Library, tmp_path: Path) -> None:
    library.close()
    path = tmp_path / "birds.db"
    (tmp_path / "d.csv").write_text(CSV)
    assert "2 new, 0 changed; 3 recordings assigned" in succeed(
        "deployments", "import", path, tmp_path / "d.csv"
    )
    rows = rows_of("deployments", "list", path)
    assert [(row["name"], row["recordings"]) for row in rows] == [("oak", 1), ("pond", 2)]
    assert "battery: AA" in succeed("deployments", "list", path, "--csv")
    assert json.loads(succeed("deployments", "remove", path, "oak", "--json")) == {"removed": "oak"}
    made = json.loads(succeed("deployments", "by-folder", path, tmp_path / "field", "--json"))
    assert (made["added"], made["recordings"]) == (1, 1)
    assert "lies in a folder below" in fail("deployments", "by-folder", path, tmp_path / "none")


class Stages:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, list[int]] = {}

    def started(self, stage: str, total: int) -> None:
        self._steps = self.told.setdefault(stage, [total, 0])

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        self._steps[1] += steps

    def failed(self, what: str, reason: str) -> None:
        raise AssertionError(f"{what}: {reason}")


def test_reading_the_times_of_an_older_library_is_told(library: sqlclap.Library) -> None:
    with library:
        again = Stages()
        library.ingest(listener=again)
        assert "reading recording times" not in again.told
        library.connection.execute("DELETE FROM recording_times")  # as a library of 0.1.0 has none
        older = Stages()
        library.ingest(listener=older)
        assert older.told["reading recording times"] == [4, 4]


def test_what_a_file_has_no_column_for_stays(library: sqlclap.Library, tmp_path: Path) -> None:
    with library:
        imported(library, tmp_path)
        before = list(library.deployments.list())
        again = imported(library, tmp_path)
        assert (again.added, again.changed, again.recordings) == (0, 0, 0)
        report = imported(library, tmp_path, "name,habitat,battery\nPOND,reed,\n")
        assert (report.added, report.changed, report.recordings) == (0, 1, 0)
        oak, pond = library.deployments.list()
        assert oak == before[0]
        assert pond == replace(before[1], habitat="reed", more={})
        put = library.deployments.put([Deployment("pond", pond.folder)])
        assert (put.changed, library.deployments.list()[1].site) == (1, None)
