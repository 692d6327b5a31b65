"""What is checked before a release, and the README that PyPI shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sqlclap
from releasing.check import HEADING, problems
from releasing.readme import with_absolute_links
from tests.docs.console import REPOSITORY

CHANGELOG = "# Changes\n\n## 1.2.3, 2026-11-27\n\n- **All of it.**\n\n## 1.2.2, 2026-01-01\n"


def lay_out(folder: Path, changelog: str) -> Path:
    (folder / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    return folder


def test_a_tag_whose_version_has_its_dated_entry_can_be_published(tmp_path: Path) -> None:
    assert problems("v1.2.3", "1.2.3", lay_out(tmp_path, CHANGELOG)) == []


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "said"),
    [
        ("v1.2.4", "1.2.3", CHANGELOG, "expected v1.2.3"),
        ("1.2.3", "1.2.3", CHANGELOG, "expected v1.2.3"),
        ("v1.2.4", "1.2.4", CHANGELOG, "begins with 1.2.3: expected 1.2.4"),
        ("v1.2.3", "1.2.3", CHANGELOG.replace("2026-11-27", "unreleased"), "expected its date"),
        ("v1.2.3", "1.2.3", CHANGELOG.replace(", 2026-11-27", ""), "expected its date"),
        ("v1.2.3", "1.2.3", "# Changes\n", "begins with no version"),
    ],
)
def test_what_does_not_agree_is_said(
    tag: str, version: str, changelog: str, said: str, tmp_path: Path
) -> None:
    (problem,) = problems(tag, version, lay_out(tmp_path, changelog))
    assert said in problem


def test_entries_that_were_not_folded_in_are_said(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "mine.md").touch()
    (problem,) = problems("v1.2.3", "1.2.3", lay_out(tmp_path, CHANGELOG))
    assert "mine.md" in problem


def test_the_changelog_begins_with_the_version_at_work() -> None:
    newest = HEADING.search((REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert newest is not None
    assert newest[1] == sqlclap.__version__


def test_the_command_ends_with_one_where_something_is_wrong() -> None:
    command = [sys.executable, "-m", "releasing.check", "v0.0.0"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"expected v{sqlclap.__version__}" in ended.stderr


def test_links_and_pictures_become_absolute() -> None:
    page = "![a](docs/a.png) [b](docs/b.md#c), [d](https://d.org), [e](#e)"
    assert with_absolute_links(page, "https://x.org/y", "v1") == (
        "![a](https://x.org/y/raw/v1/docs/a.png) [b](https://x.org/y/blob/v1/docs/b.md#c), "
        "[d](https://d.org), [e](#e)"
    )


def test_the_readme_has_no_relative_link_left() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = with_absolute_links(page, "https://x.org/y", "v1")
    assert "](docs/" not in shown
    assert "[[[" not in shown
    assert "https://x.org/y/raw/v1/docs/images/first-minutes.webp" in shown
