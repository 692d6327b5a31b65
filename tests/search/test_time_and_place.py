"""Filters by date, hour and place: by the recorder's clock, alike on every surface."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.recordings.deployment_file import Deployment
from tests.cli.running import fail, rows_of
from tests.page.visiting import Site
from tests.support.fake_bundle import WINDOW_S
from tests.support.sounds import noise, tone, write_sound

NAMES = (
    "pond/20240430_235959.wav", "pond/20240501_000000.wav", "pond/20240501_053000.wav",
    "oak/20240501_223000.wav", "oak/20240502_035959.wav", "oak/20240502_040000.wav",
)  # fmt: skip
TIMELESS = "pond/bell.wav"


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """A library of recordings at two sites, and a sound whose time nothing tells."""
    folder = tmp_path_factory.mktemp("field")
    for number, name in enumerate((*NAMES, TIMELESS)):
        write_sound(folder / "sounds" / name, tone(200.0 + 60 * number))
    path = folder / "birds.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        places = [Deployment("pond", site="Teich"), Deployment("oak", site="Wald")]
        library.deployments.put(places)
        forget = "UPDATE recording_times SET started_at = NULL, time_source = NULL"
        library.connection.execute(f"{forget} WHERE time_source = 'file'")
    return path


@pytest.fixture(scope="module")
def labelled(field: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a label; its anchor is the first recording."""
    copy = Path(shutil.copyfile(field, tmp_path_factory.mktemp("labelled") / "labelled.db"))
    with sqlclap.open(copy) as library:
        library.labels.ensure("call", [1])
    return copy


@pytest.fixture
def library(field: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(field, model=str(fake_bundle), mode="read") as opened:
        yield opened


CASES: list[tuple[dict[str, str], tuple[int, ...]]] = [
    ({"recorded_after": "2024-05-01"}, (1, 2, 3, 4, 5)),
    ({"recorded_after": "2024-05"}, (1, 2, 3, 4, 5)),
    ({"recorded_after": "2024-05-01T05:30"}, (2, 3, 4, 5)),
    ({"recorded_before": "2024-05-01"}, (0,)),
    ({"recorded_before": "2024-05-01 05:30:00"}, (0, 1)),
    ({"recorded_after": "2024-05-01", "recorded_before": "2024-05-02"}, (1, 2, 3)),
    ({"hours": "4-7"}, (2, 5)),
    ({"hours": "22-4"}, (0, 1, 3, 4)),
    ({"hours": "5"}, (2,)),
    ({"hours": "23-0, 5:30-5:31"}, (0, 2)),
    ({"hours": "0-24"}, (0, 1, 2, 3, 4, 5)),
    ({"site": "teich"}, (0, 1, 2, 6)),
    ({"deployment": "OAK", "hours": "3"}, (4,)),
    ({"site": "Wald", "recorded_before": "2024"}, ()),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_what_passes(
    library: sqlclap.Library, given: dict[str, str], expected: tuple[int, ...]
) -> None:
    passing = {sample.path for sample in library.samples(sqlclap.Filter(**given))}  # type: ignore[arg-type]
    assert passing == {(*NAMES, TIMELESS)[number] for number in expected}
    found = library.similar(1, 50, sqlclap.SearchOptions(**given))  # type: ignore[arg-type]
    assert {match.path for match in found} == passing - {library.samples()[0].path}
    call = "SELECT clap_neighbors(clap_vector(1), 50, ?)"
    sqlclap.register_functions(library.connection)
    told: Any = library.connection.execute(call, (json.dumps(given | {"without": 1}),)).get
    assert [row["sample_id"] for row in json.loads(told)] == [match.sample_id for match in found]
    options = [part for name, text in given.items() for part in (flag(name), text)]
    rows = rows_of("similar", library.path, "1", "-n", "50", *options)
    assert [row["sample_id"] for row in rows] == [match.sample_id for match in found]


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def test_moments_are_those_of_the_recordings_that_pass(library: sqlclap.Library) -> None:
    options = sqlclap.SearchOptions(hours="4-7", moments=True)
    assert {match.path for match in library.similar(1, 50, options)} == {NAMES[2], NAMES[5]}


NO_HOURS = ("", " ", "4-", "25", "24", "4-25", "4-4", "7:60", "dawn", "4-7,", "-4")
NO_DATES = ("", "tomorrow", "2024-13", "2024-02-30", "01.05.2024", "2024-05-01T25:00")


@pytest.mark.parametrize("hours", NO_HOURS)
def test_what_are_no_hours_is_told_in_a_line(library: sqlclap.Library, hours: str) -> None:
    with pytest.raises(QueryError, match="expected hours of the day such as 4-7"):
        sqlclap.Filter(hours=hours)
    assert "expected" in fail("similar", library.path, "1", f"--hours={hours}")


@pytest.mark.parametrize("date", NO_DATES)
def test_what_is_no_date_is_told_in_a_line(library: sqlclap.Library, date: str) -> None:
    with pytest.raises(QueryError, match="expected a date such as 2024-05-01"):
        sqlclap.Filter(recorded_before=date)
    line = fail("similar", library.path, "1", "--recorded-after", date)
    assert f"got '{date}'" in line


def test_a_zone_is_refused_for_times_are_by_the_clock_there() -> None:
    with pytest.raises(QueryError, match="by the recorders' own clocks, without a zone"):
        sqlclap.Filter(recorded_after="2024-05-01T05:30+02:00")


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(QueryError, match="no recording begins from 2024-05-02T00:00:00 on and bef"):
        sqlclap.Filter(recorded_after="2024-05-02", recorded_before="2024-05-02")


def test_a_place_that_there_is_not_is_told_with_those_there_are(library: sqlclap.Library) -> None:
    assert fail("similar", library.path, "1", "--site", "Tiech").endswith(
        "no site 'Tiech': there are Teich, Wald"
    )
    line = fail("similar", library.path, "1", "--deployment", "pnod")
    assert line.endswith("no deployment 'pnod': there are oak, pond")
    sqlclap.register_functions(library.connection)
    call = "SELECT clap_neighbors(clap_vector(1), 5, json_object('site', 'x'))"
    with pytest.raises(QueryError, match="no site 'x'"):
        library.connection.execute(call)


FILTERED: list[dict[str, Any]] = [
    {"hours": "22-4"},
    {"site": "wald", "recorded_after": "2024-05-02"},
    {"folder": "pond", "max_length": 5},
]


@pytest.mark.parametrize("given", FILTERED)
def test_a_labels_matches_are_narrowed_alike_everywhere(
    labelled: Path, fake_bundle: Path, given: dict[str, Any]
) -> None:
    with sqlclap.open(labelled, model=str(fake_bundle), mode="read") as library:
        everything = [match.sample_id for match in library.labels.matches("call", 50)]
        passing = {sample.sample_id for sample in library.samples(sqlclap.Filter(**given))}
        found = library.labels.matches("call", 50, only=sqlclap.Filter(**given))
        ids = [match.sample_id for match in found]
        assert ids == [one for one in everything if one in passing]
        assert 0 < len(ids) < len(everything)
        sqlclap.register_functions(library.connection)
        for call in (
            "SELECT value ->> 'sample_id' FROM json_each(clap_matches('call', 50, ?))",
            "SELECT sample_id FROM clap_label_matches('call', 50, ?)",
        ):
            rows = library.connection.execute(call, (json.dumps(given),)).fetchall()
            assert [row[0] for row in rows] == ids
    options = [part for name, one in given.items() for part in (flag(name), str(one))]
    rows = rows_of("matches", labelled, "call", "-n", "50", *options)
    assert [row["sample_id"] for row in rows] == ids
    site = Site(labelled)
    try:
        told = site.visitor({"id": "root"}, "labelled").json("api/matches", label="call", **given)
    finally:
        site.close()
    assert [row["sample_id"] for row in told["matches"]] == ids


def test_matches_take_an_expression_with_its_parameters(labelled: Path) -> None:
    where = ("--where", "sample_id < :most", "-p", "most", "4")
    rows = rows_of("matches", labelled, "call", *where)
    assert [row["sample_id"] for row in rows] == [2, 3]
    assert "no site 'x'" in fail("matches", labelled, "call", "--site", "x")


def test_duplicates_are_looked_for_among_what_passes(
    field: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    copy = Path(shutil.copyfile(field, tmp_path / "copy.db"))
    with sqlclap.open(copy, model=str(fake_bundle)) as library:
        for name in ("pond/20240503_120000.wav", "oak/20240503_120000.wav", "oak/twin.wav"):
            write_sound(field.parent / "sounds" / name, tone(777.0))
        library.ingest([field.parent / "sounds"])
        alike = [{sound.path for sound in group.sounds} for group in library.duplicates()]
        assert {len(group) for group in alike} == {3}
        only = sqlclap.Filter(site="Wald")
        (group,) = library.duplicates(only=only)
        assert {sound.path for sound in group.sounds} == {"oak/20240503_120000.wav", "oak/twin.wav"}
        assert library.duplicates(only=sqlclap.Filter(site="Teich")) == []
    rows = rows_of("duplicates", copy, "--site", "wald")
    assert {row["path"] for row in rows} == {"oak/20240503_120000.wav", "oak/twin.wav"}
    assert rows_of("duplicates", copy, "--site", "wald", "--hours", "5") == []


@pytest.fixture
def night(library_of_nights: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(library_of_nights, model=str(fake_bundle), mode="read") as opened:
        yield opened


@pytest.fixture(scope="module")
def library_of_nights(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """Four seconds around midnight, in windows of half a second, and a short sound before it."""
    folder = tmp_path_factory.mktemp("nights")
    samples = np.concatenate([tone(300.0, 2.0), noise(1, 2.0)])
    write_sound(folder / "sounds" / "20240430_235958.wav", samples)
    write_sound(folder / "sounds" / "20240430_235959.wav", noise(5, WINDOW_S))
    path = folder / "night.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.labels.ensure("noise", [2])
    return path


AROUND_MIDNIGHT: list[tuple[dict[str, str], str, str]] = [
    ({"recorded_before": "2024-05-01"}, "23:59:58.0", "23:59:59.5"),
    ({"recorded_after": "2024-05-01"}, "00:00:00.0", "00:00:01.5"),
    ({"hours": "0-5"}, "00:00:00.0", "00:00:01.5"),
    ({"hours": "22-0"}, "23:59:58.0", "23:59:59.5"),
    ({"hours": "23-1", "recorded_after": "2024-04-30T23:59:59"}, "23:59:59.0", "00:00:01.5"),
    ({"hours": "1-5"}, "", ""),
]


def begun(start_s: float) -> str:
    return f"{datetime(2024, 4, 30, 23, 59, 58) + timedelta(seconds=start_s):%H:%M:%S.%f}"[:10]


@pytest.mark.parametrize(("given", "first", "last"), AROUND_MIDNIGHT)
def test_of_moments_their_own_time_counts(
    night: sqlclap.Library, given: dict[str, str], first: str, last: str
) -> None:
    only = sqlclap.Filter(**given)  # type: ignore[arg-type]
    options = sqlclap.SearchOptions(**given, moments=True)  # type: ignore[arg-type]
    long = next(s.sample_id for s in night.samples() if (s.duration_s or 0) > 1)

    def times(rows: Any) -> list[str]:
        spans = sorted((r.start_s, r.end_s) for r in rows if r.sample_id == long)
        return [begun(start) for start, _ in spans]

    found = times(night.search("noise", 50, options))
    assert (found[:1], found[-1:]) == ([first] * bool(first), [last] * bool(last))
    assert times(night.find(sqlclap.Query().more("noise"), 50, options)) == found
    sqlclap.register_functions(night.connection)
    call = "SELECT sample_id, start_s, end_s FROM clap_moments(?, 50, ?)"
    vector = night.encoder.embed_texts(["noise"])[0].tobytes()
    rows: Any = night.connection.execute(call, (vector, json.dumps(given))).fetchall()
    assert [begun(row[1]) for row in sorted(rows) if row[0] == long] == found
    windows = night.labels.matches("noise", 50, moments=True, windows=True, only=only)
    assert times(windows) == found
    events = night.search("noise", 50, replace(options, events=True, min_score=-1.0))
    spans = [one for one in events if isinstance(one, sqlclap.Moment) and one.sample_id == long]
    assert [(begun(one.start_s), begun(one.end_s - WINDOW_S)) for one in spans] == [
        (first, last)
    ] * bool(first)
    of_label = night.labels.matches("noise", 50, moments=True, confidence="low", only=only)
    assert {begun(one.start_s) for one in of_label if one.sample_id == long} <= {*found}  # type: ignore[attr-defined]
    short = {one.path for one in night.search("noise", 50, options)} - {"20240430_235958.wav"}
    assert bool(short) == (first.startswith("23"))
