"""Databases of perch-hoplite and sets: what one library gives and takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.errors import LibraryError, SetError
from sqlclap.exchange.hoplite import HopliteDatabase
from sqlclap.labels.votes import CastVote
from sqlclap.shards import ShardSet, open_set
from sqlclap.shards.making import init_set
from tests.cli.running import fail, rows_of, run
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders

pytest.importorskip("usearch")
NAMES = [f"site-{one % 2}/REC_2024050{one + 1}_050000.wav" for one in range(8)]
DATA = Path(__file__).parents[1] / "exchange" / "data" / "hoplite"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[ShardSet, sqlclap.Library]]:
    """A set and a library of the same sounds, deployments and votes."""
    with (
        init_set(tmp_path / "set.toml", 2) as made,
        sqlclap.open(tmp_path / "one.db") as library,
    ):
        sounds = next(spread_folders(made, NAMES))
        for number, name in enumerate(NAMES):
            write_sound(sounds / name, tone(150 + 60 * number))
        for one in (made, library):
            one.ingest([sounds])
            one.labels.ensure("owl", [NAMES[0]])
            one.labels.vote("owl", NAMES[1:3], CastVote("accept"))
            one.labels.vote("owl", [NAMES[5]], CastVote("reject"))
            one.deployments.by_folder(sounds)
        yield made, library


def held(folder: Path) -> Any:
    """What a database holds, by recordings."""
    with HopliteDatabase(folder) as hoplite:
        names = {one.deployment_id: one.name for one in hoplite.deployments()}
        return sorted(
            (
                one.filename,
                one.started_at,
                names.get(one.deployment_id or 0),
                hoplite.vectors(hoplite.windows(one.recording_id)).round(3).tolist(),
                [(said.label, said.verdict) for said in hoplite.annotations(one.recording_id)],
            )
            for one in hoplite.recordings()
        )


def said(made: Any) -> list[Any]:
    return sorted((one.path, one.verdict) for one in made.labels.votes("owl"))


def test_a_set_goes_there_and_back_as_a_library_does(
    pair: tuple[ShardSet, sqlclap.Library], tmp_path: Path
) -> None:
    made, library = pair
    reports = [made.write_hoplite(tmp_path / "out-0"), library.write_hoplite(tmp_path / "out-1")]
    counts = [(one.recordings, one.windows, one.annotations, one.deployments) for one in reports]
    assert counts[0] == counts[1]
    assert counts[0][0] == len(NAMES)
    assert held(tmp_path / "out-0") == held(tmp_path / "out-1")

    made.close()
    with init_set(tmp_path / "back.toml", 3) as back, sqlclap.open(tmp_path / "back.db") as one:
        taken = [each.take_hoplite(tmp_path / "out-0") for each in (back, one)]
        kept = ("recordings", "windows", "present", "labels", "votes", "known", "deployments")
        told = [{name: getattr(each, name) for name in kept} for each in taken]
        assert told[0] == told[1]
        assert said(back) == said(one)
        again = back.take_hoplite(tmp_path / "out-0")
        assert (again.votes, again.known, len(said(back))) == (0, 3, 3)
        found = [each.similar(NAMES[4], 6) for each in (back, one)]
        assert [(row.path, round(row.score, 5)) for row in found[0]] == [
            (row.path, round(row.score, 5)) for row in found[1]
        ]
        assert [row.name for row in back.deployments.list()] == [
            row.name for row in one.deployments.list()
        ]
        assert back.ingest().unchanged == len(NAMES)


def test_what_would_be_a_part_is_refused(
    pair: tuple[ShardSet, sqlclap.Library], tmp_path: Path
) -> None:
    made, _ = pair
    with pytest.raises(SetError, match="take it into a library of its own"):
        made.take_hoplite(DATA)
    made.close()
    (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
    with open_set(tmp_path / "set.toml") as opened, pytest.raises(LibraryError):
        opened.write_hoplite(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert "set-0002.db" in fail("hoplite", "export", tmp_path / "set.toml", tmp_path / "out")


def test_a_shard_that_is_locked_gets_its_part_later(
    pair: tuple[ShardSet, sqlclap.Library], tmp_path: Path
) -> None:
    pair[1].write_hoplite(tmp_path / "out")
    init_set(tmp_path / "new.toml", 2).close()
    locked = apsw.Connection(str(tmp_path / "new-0002.db"))
    locked.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        done = run("hoplite", "import", tmp_path / "new.toml", tmp_path / "out")
    locked.close()
    assert (done.exit_code, "not written, shard 2" in done.stderr) == (1, True)
    report = rows_of("hoplite", "import", tmp_path / "new.toml", tmp_path / "out")
    assert (report["recordings"], report["not_written"]) == (len(NAMES), [])
    with open_set(tmp_path / "new.toml") as opened:
        assert said(opened) == said(pair[1])
        assert opened.info().sounds == len(NAMES)
