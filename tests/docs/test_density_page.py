"""The page about call density does what it says, from its first command to its last."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.docs.console import REPOSITORY, make_scene, read_examples, run_example, same_output

PAGE = (REPOSITORY / "docs" / "density.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_commands_and_the_python_do_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(tmp_path.resolve())
    monkeypatch.chdir(scene)
    for kind, block in FENCED.findall(PAGE):
        if kind == "python":
            (scene / "page.py").write_text(block, encoding="utf-8")
            runpy.run_path(str(scene / "page.py"))
            continue
        for example in read_examples(block):
            printed = run_example(example.command, scene)
            assert same_output(example.output, printed), (
                f"{example.command}\n--- the page\n{example.output}\n--- printed now\n{printed}"
            )
