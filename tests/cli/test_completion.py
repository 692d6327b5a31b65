"""Shells complete commands and options, and say nothing besides."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

RUN = "from sqlclap.cli import main; main(prog_name='sqlclap')"


def complete(shell: str, words: str, **more: str) -> str:
    environment = os.environ | {"_SQLCLAP_COMPLETE": shell, "COMP_WORDS": words} | more
    ended = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_and_options_complete(shell: str) -> None:
    assert "sqlclap" in complete(f"{shell}_source", "")
    place = "fav" if shell == "fish" else "1"
    assert "favourite" in complete(f"{shell}_complete", "sqlclap fav", COMP_CWORD=place)
    place = "--min-r" if shell == "fish" else "2"
    found = complete(f"{shell}_complete", "sqlclap search --min-r", COMP_CWORD=place)
    assert "--min-rating" in found
