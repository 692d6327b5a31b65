"""The pages about queries of several terms, and of words for measures, print what they show."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import BLOCK, REPOSITORY, check_examples, make_scene, read_examples

QUERIES, WORDS = (
    (REPOSITORY / "docs" / name).read_text(encoding="utf-8") for name in ("queries.md", "words.md")
)


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    examples = [
        example for block in BLOCK.findall(QUERIES + WORDS) for example in read_examples(block)
    ]
    assert len(examples) == 9
    check_examples(QUERIES, scene)
    check_examples(WORDS, scene)
