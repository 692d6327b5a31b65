"""The page about sets does what it says."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import REPOSITORY, check_examples, make_scene


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "shards.md").read_text(encoding="utf-8")
    check_examples(page, make_scene(tmp_path.resolve()))
