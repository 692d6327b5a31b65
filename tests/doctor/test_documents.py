"""JSON that another program damaged: one line that names the next step; the doctor lists it."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

import sqlclap
from tests.cli.running import run, succeed
from tests.support.map_tables import draw_map
from tests.support.sounds import noise, tone, write_sound

DAMAGE = ("{", "[1", "7", "null", "text", "")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """A library with a label, votes of a review, a map and clusters."""
    folder = tmp_path_factory.mktemp("documents")
    for number in range(8):
        write_sound(folder / "sounds" / f"tone-{number}.wav", tone(100 + 50 * number))
        write_sound(folder / "sounds" / f"noise-{number}.wav", noise(number))
    path = folder / "library.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.labels.add("kick")
        library.labels.add_anchors("kick", [1, 2])
        review = library.labels.review("kick", 6, seed=0)
        for item in review.items:
            ballot = sqlclap.labels.votes.CastVote(
                "accept", "review", review.review_id, item.stratum
            )
            library.labels.vote("kick", [item.sample_id], ballot)
        library.labels.tag_by_hand("kick", [1])
    draw_map(path)
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copyfile(original, tmp_path / "library.db"))


def damage(path: Path, table: str, column: str, text: str) -> None:
    other = apsw.Connection(str(path))
    other.execute(f"UPDATE {table} SET {column} = ?", (text,))  # noqa: S608
    assert other.changes()
    other.close()


MISSING = {"layouts": "{}", "clusterings": '{"neighbours": 3}'}

COLUMNS = {
    ("models", "contract"): ("similar", "library.db", "3"),
    ("layouts", "params"): ("map", "library.db"),
    ("reviews", "draws"): ("calibrate", "library.db", "kick"),
    ("tag_runs", "params"): ("tags", "library.db"),
    ("clusterings", "params"): ("cluster", "library.db"),
}


@pytest.mark.parametrize("text", DAMAGE)
@pytest.mark.parametrize(("column", "command"), COLUMNS.items(), ids=map(".".join, COLUMNS))
def test_damage_is_told_in_a_line_and_listed(
    path: Path, column: tuple[str, str], command: tuple[str, ...], text: str
) -> None:
    damage(path, *column, text)
    told = run(*(path if part == "library.db" else part for part in command))
    assert "Traceback" not in told.output
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    if told.exit_code:
        assert len(told.stderr.strip().splitlines()) <= 2, told.stderr
    examined = run("doctor", path).output
    assert f"{'.'.join(column)} of row 1 is damaged JSON" in examined
    if column[0] != "models":  # no other copy of that is anywhere
        assert "PROBLEM" not in run("doctor", path, "--repair").output
        assert succeed("info", path)


@pytest.mark.parametrize(("table", "text"), MISSING.items())
def test_a_document_that_lacks_what_is_needed(path: Path, table: str, text: str) -> None:
    damage(path, table, "params", text)
    command = {"layouts": "map", "clusterings": "cluster"}[table]
    told = run(command, path)
    assert told.exit_code == 1
    assert f"{table}.params" in told.stderr
    assert "doctor --repair" in told.stderr
    assert "PROBLEM" not in run("doctor", path, "--repair").output
    assert succeed("map", path) if table == "layouts" else True


def test_the_next_step_is_named(path: Path, fake_bundle: Path) -> None:
    damage(path, "models", "contract", "{}")
    with (
        sqlclap.open(path, mode="read") as library,
        pytest.raises(sqlclap.SqlclapError, match=r"models\.contract of fake .*restore"),
    ):
        library.similar(3)
