"""Names with a date or time of which there is none: told, for the file's own time is taken."""

from __future__ import annotations

from pathlib import Path

import sqlclap
from sqlclap.shards.making import init_set
from tests.cli.running import rows_of, run
from tests.support.sounds import tone, write_sound

IMPOSSIBLE = ["AM1/20240230_053000.wav", "AM1/20240601_256100.wav"]
OTHERS = ["AM1/20240601_053000.wav", "kick_120bpm.wav", "take 20240601.wav"]


def test_an_ingest_tells_of_them_once_with_an_example(tmp_path: Path) -> None:
    for number, name in enumerate([*IMPOSSIBLE, *OTHERS]):
        write_sound(tmp_path / "field" / name, tone(110 * (number + 1)))
    with sqlclap.open(tmp_path / "sounds.db") as library:
        assert sorted(library.ingest([tmp_path / "field"]).impossible_times) == IMPOSSIBLE
        rows = library.connection.execute("SELECT path, time_source FROM recordings")
        sources = {str(path): source for path, source in rows}
        assert {name: sources[name] for name in IMPOSSIBLE} == dict.fromkeys(IMPOSSIBLE, "file")
        assert sources[OTHERS[0]] == "name"
        assert library.ingest([tmp_path / "field"]).impossible_times == []
    told = run("ingest", tmp_path / "other.db", tmp_path / "field")
    assert "2 names with a date or time that there is none of, such as AM1/2024" in told.stderr
    with init_set(tmp_path / "set.toml", 2):
        pass
    report = rows_of("ingest", tmp_path / "set.toml", tmp_path / "field")
    assert sorted(report["impossible_times"]) == IMPOSSIBLE
