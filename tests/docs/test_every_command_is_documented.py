"""The CLI page holds every command, and every command's help has an example."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sqlclap.cli import COMMANDS, main
from tests.docs.console import REPOSITORY


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_in_the_docs_with_an_example(name: str) -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"\n## sqlclap {name}\n" in page
    shown = CliRunner().invoke(main, [name, "--help"]).output
    assert "Example" in shown
