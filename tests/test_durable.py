"""Files that are there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlclap.durable import draft_of


def write_half(target: Path) -> None:
    with draft_of(target) as draft:
        draft.write_text("half of the sec")
        target.with_name("nowhere").read_text()


def test_a_draft_becomes_the_file_or_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "map.svg"
    with draft_of(target) as draft:
        draft.write_text("first")
        assert not target.exists()
    with pytest.raises(FileNotFoundError):
        write_half(target)
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "map.svg")
    with draft_of(tmp_path / "link") as draft:
        draft.write_text("drawn")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "map.svg").read_text() == "drawn"
