"""The page about attached tables does what it says, and leaves the database as it was."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import REPOSITORY, check_examples, make_scene


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    before = (scene / "clips.db").read_bytes()
    page = (REPOSITORY / "docs" / "attach.md").read_text(encoding="utf-8")
    check_examples(page, scene)
    assert (scene / "clips.db").read_bytes() == before
    assert sorted(file.name for file in scene.iterdir()) == ["clips.db", "demo"]
