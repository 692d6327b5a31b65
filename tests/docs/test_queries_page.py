"""The page about queries of several terms prints what it shows."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import BLOCK, REPOSITORY, check_examples, make_scene, read_examples

PAGE = (REPOSITORY / "docs" / "queries.md").read_text(encoding="utf-8")


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    examples = [example for block in BLOCK.findall(PAGE) for example in read_examples(block)]
    assert len(examples) == 3
    check_examples(PAGE, scene)
