"""What models run on reports to nobody, and leaves nothing behind in the home of who asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlclap
from tests.support.sounds import tone, write_sound


def test_a_search_leaves_no_identifier_and_no_reports_in_the_home_of_who_asks(
    tmp_path: Path,
) -> None:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(440))
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.ingest([tmp_path / "sounds"])
    home = tmp_path / "home"
    home.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORT_", "XDG_", "SQLCLAP_"))
    }
    subprocess.run(
        [sys.executable, "-m", "sqlclap", "search", str(tmp_path / "sounds.db"), "hum"],
        env=kept | {"HOME": str(home)},
        capture_output=True,
        check=True,
    )
    left = sorted(str(one.relative_to(home)) for one in home.rglob("*") if one.is_file())
    assert left == [".config/sqlclap/last-library"]


def test_who_wants_the_reports_is_not_overruled() -> None:
    code = "import os, sqlclap.models; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for said, expected in ((None, "1"), ("0", "0")):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
        environment = kept if said is None else kept | {"ORT_DISABLE_TELEMETRY": said}
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        assert ended.stdout.strip() == expected
