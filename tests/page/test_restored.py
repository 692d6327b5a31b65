"""A library that is restored from a backup while it is served, and goes another way then."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound


def apart(*arguments: str | Path) -> str:
    """Run a command in a process of its own, as they do who restore while others serve."""
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_page_answers_by_what_was_restored(
    library: Path, open_site: Callable[..., Site], tmp_path: Path
) -> None:
    sounds, backup = tmp_path / "more", tmp_path / "backup.db"
    apart("sqlclap", "index", "build", library)
    apart("apsw", library, f".backup {backup}")
    write_sound(sounds / "one.wav", noise(77))
    apart("sqlclap", "ingest", library, sounds)
    visitor = open_site(library).anyone
    before = visitor.get("api/similar?sample=13&n=5").json()
    apart("apsw", library, f".restore {backup}")
    (sounds / "one.wav").unlink()
    write_sound(sounds / "other.wav", tone(331))
    apart("sqlclap", "ingest", library, sounds)
    after = visitor.get("api/similar?sample=13&n=5").json()
    exact = json.loads(apart("sqlclap", "similar", library, "13", "-n", "5", "--exact", "--json"))
    found = [one["sample_id"] for one in after["matches"]]
    assert found == [one["sample_id"] for one in exact]
    assert found != [one["sample_id"] for one in before["matches"]]
