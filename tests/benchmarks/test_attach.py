"""The bench of attached tables runs, on a small scale, and says what it should."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import rows_of, succeed


def test_attaching_at_a_small_scale(tmp_path: Path) -> None:
    row = rows_of("bench", "attach", "--rows", "300", "--folder", tmp_path)
    assert (row["rows"], row["changed"]) == (300, 9)
    assert 0 < row["changed_s"] < 60
    told = succeed("bench", "attach", "--rows", "200", "--folder", tmp_path)
    assert told.startswith("200 rows, a file each: attached within ")
    assert [*tmp_path.iterdir()] == []
