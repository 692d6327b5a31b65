"""The pages about vectors of one's own, and about clients, do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import REPOSITORY, check_examples, make_scene


@pytest.mark.parametrize("page", ["own-vectors.md", "clients.md"])
def test_the_commands_print_what_the_page_shows(tmp_path: Path, page: str) -> None:
    scene = make_scene(tmp_path.resolve())
    check_examples((REPOSITORY / "docs" / page).read_text(encoding="utf-8"), scene)
