"""The page about metadata: its commands and its SQL run on such a library."""

from __future__ import annotations

import re
from pathlib import Path

import sqlclap
from sqlclap.metadata.entries import ORIGINS
from tests.cli.running import rows_of
from tests.docs.console import REPOSITORY
from tests.support.sounds import tone, write_sound

PAGE = (REPOSITORY / "docs" / "metadata.md").read_text(encoding="utf-8")
SQL = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_pages_commands_and_sql_find_what_they_are_about(
    tmp_path: Path, fake_bundle: Path
) -> None:
    write_sound(tmp_path / "loops" / "GlassLoop_90bpm_Cmin.wav", tone(200))
    write_sound(tmp_path / "loops" / "glass_125bpm_Am.wav", tone(300))
    path = tmp_path / "sounds.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([tmp_path])
        said, ranked = (library.connection.execute(one).fetchall() for one in SQL)
    assert ("tempo", 90.0, "name") in said
    assert len(ranked) == 2
    assert rows_of("metadata", path, "loops/GlassLoop_90bpm_Cmin.wav")
    found = rows_of("similar", path, "1", "--min-tempo", "120", "--max-tempo", "130", "--key", "Am")
    assert [Path(row["path"]).name for row in found] == ["glass_125bpm_Am.wav"]


def test_the_page_lists_the_origins_by_trust() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.partition("## Where it is kept")[0], re.MULTILINE)
    listed = re.findall(r"`(\w+)`", " ".join(rows[1:]))
    assert listed == list(ORIGINS)
