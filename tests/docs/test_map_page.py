"""The map page's commands run, and print what the page shows but for figures and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import BLOCK, NUMBER, REPOSITORY, make_scene, read_examples, run_example


@pytest.mark.slow
def test_map_page_commands_run(tmp_path: Path) -> None:
    folder = make_scene(tmp_path.resolve())
    (block,) = BLOCK.findall((REPOSITORY / "docs" / "map.md").read_text(encoding="utf-8"))
    for example in read_examples(block):
        printed = run_example(example.command, folder)
        shown, now = (text.splitlines()[0].split() for text in (example.output, printed))
        # From a minute on, times have no unit: while all is compiled for the first time, say.
        words = [
            [word for word in line if word != "s" and not NUMBER.search(word)]
            for line in (shown, now)
        ]
        assert words[0] == words[1], example.command
    assert (folder / "map.png").read_bytes().startswith(b"\x89PNG")
