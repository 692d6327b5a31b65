"""Activity: recordings and a label's finds by the recorders' hours and dates."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.cli.heat_map import HeatMapCell, heat_map
from sqlclap.errors import LabelValueError, QueryError, UnknownLabelError
from sqlclap.labels.activity import ActivityRequest
from sqlclap.recordings.activity import count_timeless
from sqlclap.recordings.deployment_file import Deployment
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import noise, tone, write_sound

NAMES = (
    "pond/20240501_053000.wav", "pond/20240501_053500.wav", "pond/20240502_053000.wav",
    "oak/20240501_053000.wav", "oak/20240531_235959.wav", "oak/bell.wav",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """Six sounds at two sites, one of them over midnight and one at no known time."""
    folder = tmp_path_factory.mktemp("activity")
    for number, name in enumerate(NAMES):
        write_sound(folder / "sounds" / name, tone(200.0 + 90 * number, seconds=3.0))
    with sqlclap.open(folder / "birds.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.deployments.put([Deployment("pond", site="Pond"), Deployment("oak", site="Oak")])
        library.connection.execute(
            "UPDATE recording_times SET started_at = NULL WHERE time_source = 'file'"
        )
        library.labels.add("owl")
        library.labels.tag_by_hand("owl", ["pond/20240501_053000.wav", "oak/20240531_235959.wav"])
        library.labels.add_anchors("owl", ["pond/20240501_053000.wav"])
    return folder / "birds.db"


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(made, tmp_path / "birds.db"))


def counts(path: Path, **request: object) -> dict[str, tuple[int, float, int | None]]:
    with sqlclap.open(path, mode="read") as library:
        rows = library.activity(ActivityRequest(**request))  # type: ignore[arg-type]
        return {
            row.period: (row.recordings, row.duration_s, row.recordings_with_it) for row in rows
        }


def test_recordings_count_in_each_hour_that_they_reach_into(path: Path) -> None:
    assert counts(path) == {
        "2024-05-01 05": (3, 9.0, None),
        "2024-05-02 05": (1, 3.0, None),
        "2024-05-31 23": (1, 1.0, None),
        "2024-06-01 00": (1, 2.0, None),
    }
    with sqlclap.open(path, mode="read") as library:
        assert count_timeless(library.connection) == 1


def test_a_recording_counts_once_in_a_longer_period(path: Path) -> None:
    assert counts(path, by="month", label="owl") == {
        "2024-05": (5, 13.0, 2), "2024-06": (1, 2.0, 0),
    }  # fmt: skip
    assert counts(path, by="hour", label="owl") == {
        "00": (1, 2.0, 0), "05": (4, 12.0, 1), "23": (1, 1.0, 1),
    }  # fmt: skip
    assert counts(path, by="date", label="owl")["2024-05-01"] == (3, 9.0, 1)


def test_what_is_counted_is_narrowed_by_the_filters_of_searches(path: Path) -> None:
    pond = sqlclap.Filter(site="pond", recorded_before="2024-05-02")
    assert counts(path, label="owl", only=pond) == {"2024-05-01 05": (2, 6.0, 1)}
    assert counts(path, only=sqlclap.Filter(recorded_after="2030")) == {}


def test_what_a_label_matches_is_counted_as_matches_tells_it(path: Path) -> None:
    with sqlclap.open(path, mode="write") as library:
        library.labels.vote("owl", ["pond/20240502_053000.wav"], sqlclap.CastVote("reject"))
        told = {match.path for match in library.labels.matches("owl", 50, with_anchors=True)}
    assert "pond/20240502_053000.wav" not in told
    by_date = counts(path, by="date", label="owl", confidence="low")
    assert by_date["2024-05-02"] == (1, 3.0, 0)
    assert by_date["2024-05-01"] == (3, 9.0, 3)


def test_a_matching_moment_counts_in_its_own_hour(
    path: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    """A call is a moment: the recording around it, mostly other sound, doesn't match as a whole."""
    call = np.concatenate([tone(300.0, seconds=2.0), noise(5, 0.5), tone(300.0, seconds=0.5)])
    for name in ("20240503_055958.wav", "20240504_055958.wav"):
        write_sound(tmp_path / "night" / name, call)
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([tmp_path / "night"])
        library.labels.add("call", threshold=0.98)
        library.labels.add_anchors("call", ["20240503_055958.wav@2-2.5"])
        whole = library.labels.matches("call", 50, with_anchors=True, confidence="medium")
    assert not whole
    found = counts(path, label="call", confidence="medium")
    told = {period: row[2] for period, row in found.items() if period > "2024-05-03"}
    assert told["2024-05-03 05"] == told["2024-05-04 05"] == 0
    assert told["2024-05-03 06"] == told["2024-05-04 06"] == 1


def test_what_can_not_be_answered_is_refused(path: Path) -> None:
    with pytest.raises(UnknownLabelError):
        counts(path, label="crow")
    with pytest.raises(QueryError, match="expected a period of date and hour, hour, date, month"):
        counts(path, by="week")
    with pytest.raises(LabelValueError):
        counts(path, label="owl", confidence="sure")
    assert "no site 'x': there are Oak, Pond" in fail("activity", path, "--site", "x")
    assert "crow" in fail("activity", path, "crow")


def test_the_command_draws_a_heat_map(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = run("activity", path, "owl")
    title, dates, *hours = answer.stdout.splitlines()
    assert title == (
        "owl in 2 of 4 hours recorded, 2024-05-01 to 2024-06-01: share of recordings with it"
    )
    assert dates.split() == ["2024-05-01", "2024-05-13", "2024-05-25"]
    assert hours[5] == "  05 ▒·"
    assert hours[23] == "  23 " + " " * 30 + "█"
    assert hours[0] == "  00 " + " " * 31 + "·"
    assert hours[1] == "  01"
    assert answer.stderr == "not counted: 1 sound without a known time\n"
    assert "how much of each was recorded" in succeed("activity", path)


def test_the_command_counts_by_periods_for_people_and_programs(path: Path) -> None:
    table = succeed("activity", path, "owl", "--by", "hour")
    assert [line.split()[:6] for line in table.splitlines()[2:]] == [
        ["00", "1", "2.00", "s", "0", "0.0"], ["05", "4", "12.00", "s", "1", "25.0"],
        ["23", "1", "1.00", "s", "1", "100.0"],
    ]  # fmt: skip
    rows = rows_of("activity", path, "owl", "--by", "month")
    assert rows[0] == {
        "period": "2024-05", "date": None, "hour": None, "recordings": 5, "duration_s": 13.0,
        "recordings_with_it": 2,
    }  # fmt: skip
    cells = list(csv.DictReader(io.StringIO(succeed("activity", path, "--csv"))))
    assert [cell["date"] for cell in cells] == [row[:10] for row in counts(path)]
    assert [int(cell["hour"]) for cell in cells] == [5, 5, 23, 0]


def test_without_any_known_time_the_command_says_so(path: Path) -> None:
    assert "no recording whose time is known" in succeed("activity", path, "--hours", "12")


def test_dates_that_do_not_fit_share_columns() -> None:
    cells = {("2024-01-01", 0): HeatMapCell(1, 1), ("2024-12-31", 0): HeatMapCell(1, 2)}
    lines = heat_map(cells, 80)
    assert max(map(len, lines[1:25])) <= 80
    assert lines[1][5] == "█"
    assert lines[1][-1] == "▓"
    assert "a column is 5 days" in lines[-2]
