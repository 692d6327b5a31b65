"""Every example in the README and the docs does what the page says."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sqlclap
from sqlclap.sqlfunctions.adapters import register_functions
from tests.docs.console import (
    BLOCK,
    REPOSITORY,
    answer_review,
    make_scene,
    read_examples,
    run_example,
    same_output,
)

ROOT_PAGES = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*ROOT_PAGES, *sorted((REPOSITORY / "docs").glob("*.md"))]
SQL_BLOCK = re.compile(r"(?<=^```sql\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def page_id(page: Path) -> str:
    return page.name


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that no page writes to."""
    return with_library(tmp_path_factory.mktemp("docs").resolve())


def with_library(folder: Path) -> Path:
    """Lay out the demo sounds and the library that the README starts with, and labels."""
    make_scene(folder)
    run_example("sqlclap ingest sounds.db demo/sounds", folder)
    with sqlclap.open(folder / "sounds.db") as library:
        for name, others in (("one", [2, 3]), ("another", [40, 41])):
            library.labels.add(name)
            library.labels.add_anchors(name, others)
        answer_review(library, "another")
    return folder


def test_readme_commands_print_what_it_shows(tmp_path: Path) -> None:
    folder = make_scene(tmp_path.resolve())
    (block, *others) = BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    for example in (example for text in (block, *others) for example in read_examples(text)):
        printed = run_example(example.command, folder)
        assert same_output(example.output, printed), (
            f"{example.command}\n--- the README\n{example.output}\n--- printed now\n{printed}\n"
            "--- renew it with `make docs`"
        )


class NearlySame(doctest.OutputChecker):
    """Takes scores of another machine's arithmetic for the same."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(want, got, optionflags) or same_output(want, got)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ">>> " in page.read_text("utf-8")], ids=page_id
)
def test_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(with_library(tmp_path.resolve()))
    text = page.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(NearlySame(), optionflags=doctest.ELLIPSIS)
    result = runner.run(examples)
    assert result.attempted > 0
    assert result.failed == 0


# The demo's files say nothing of themselves: test_metadata_page.py runs that page's SQL.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "metadata.md"], ids=page_id
)
def test_sql_runs_and_gives_rows(page: Path, scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene)
    with sqlclap.open(scene / "sounds.db", mode="read") as library:
        register_functions(library.connection)
        for statement in SQL_BLOCK.findall(page.read_text(encoding="utf-8")):
            assert library.connection.execute(statement).fetchall(), statement


def test_readme_has_sql() -> None:
    assert SQL_BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_generated_parts_are_fresh(page: Path) -> None:
    """Commands' help is written into the docs by cog; `make docs` renews it."""
    check = [sys.executable, "-m", "cogapp", "--check", str(page)]
    done = subprocess.run(check, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("1  0.512  kick.wav", "1  0.508  kick.wav", True),
        ("1  0.512  kick.wav", "1  0.412  kick.wav", False),
        ("1  0.512  kick.wav", "1  0.512  snare.wav", False),
        ("6 new; 2.00 s of sound in 0.11 s", "6 new; 2.00 s of sound in 9.70 s", True),
    ],
)
def test_outputs_are_compared_with_care(expected: str, printed: str, same: bool) -> None:
    assert same_output(expected, printed) is same
