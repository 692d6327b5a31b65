"""The page about exchange does what it says, from its first command to its last."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import (
    BLOCK,
    REPOSITORY,
    make_scene,
    read_examples,
    run_example,
    same_output,
)


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    page = (REPOSITORY / "docs" / "exchange.md").read_text(encoding="utf-8")
    for block in BLOCK.findall(page):
        for example in read_examples(block):
            printed = run_example(example.command, scene)
            assert same_output(example.output, printed), (
                f"{example.command}\n--- the page\n{example.output}\n--- printed now\n{printed}\n"
                "--- renew it with `make docs`"
            )
    assert len([*(scene / "breaks").rglob("*.wav")]) == 2
