"""The page about backups does what it says, in the shell too."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import sqlclap
from tests.cli.running import run
from tests.docs.console import (
    BLOCK,
    REPOSITORY,
    check_examples,
    make_scene,
    read_examples,
    run_example,
)

PAGE = (REPOSITORY / "docs" / "backup.md").read_text(encoding="utf-8")
SHELL = re.compile(r"(?<=^```sh\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    check_examples(PAGE, scene)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
def test_the_shell_makes_the_copies_that_the_page_names(tmp_path: Path) -> None:
    scene = make_scene(tmp_path.resolve())
    for example in read_examples(BLOCK.findall(PAGE)[0]):
        run_example(example.command, scene)
    for block in SHELL.findall(PAGE):
        subprocess.run(["bash", "-e", "-c", block], cwd=scene, check=True)
    assert (
        "repaired: made anew: pragma user_version"
        in run("doctor", scene / "reloaded.db", "--repair").stdout
    )
    answers = set()
    for name in ("sounds.db", "other.db", "third.db", "reloaded.db"):
        with sqlclap.open(scene / name, mode="read") as library:
            found = [match.sample_id for match in library.search("kick drum", 5)]
            anchors = library.connection.execute("SELECT count(*) FROM anchors").get
            answers.add((*found, anchors))
        assert run("doctor", scene / name).exit_code == 0
    assert len(answers) == 1
