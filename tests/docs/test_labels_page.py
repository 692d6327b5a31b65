"""The labels page does what it says, from its first command to its last."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from benchmarks import kits
from tests.docs.console import REPOSITORY, check_examples, make_scene

PAGE = (REPOSITORY / "docs" / "labels.md").read_text(encoding="utf-8")
PYTHON = re.compile(r"(?<=^```python\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scene(tmp_path_factory.mktemp("labels-page").resolve())


def test_the_commands_print_what_the_page_shows(scene: Path) -> None:
    check_examples(PAGE, scene)


def write_script(folder: Path, text: str) -> Path:
    script = folder / "page.py"
    script.write_text(text, encoding="utf-8")
    return script


def test_the_python_runs_after_them(scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene)
    (block,) = PYTHON.findall(PAGE)
    runpy.run_path(str(write_script(scene, block)))


def test_the_kits_table_has_a_row_for_each_class() -> None:
    for label in kits.CLASSES:
        assert f"\n| {label} (" in PAGE


@pytest.mark.parametrize(
    ("instrument", "label"),
    [
        ("BassDrum", "kick"),
        ("Snare Rock", "snare"),
        ("Snare Rimshot (Pearl)", "stick"),
        ("Snare Roll", None),
        ("Hi-Hat Semiopen", "hi-hat"),
        ("Side OHH", "hi-hat"),
        ("Hand Clap", "clap"),
        ("Crash/Ride Bell", "cymbal"),
        ("Floor Tom", "tom"),
        ("Djembe1 Slap", None),
    ],
)
def test_instruments_names_speak_of_classes(instrument: str, label: str | None) -> None:
    assert kits.class_of(instrument) == label
