"""The reference page: every function is on it, and every example runs and gives a row."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.search.fields import names_of
from sqlclap.sqlfunctions.adapters import register_functions
from sqlclap.sqlfunctions.spec import Spec
from sqlclap.sqlfunctions.specs import SPECS
from tests.docs.console import REPOSITORY, answer_review, make_scene

PAGE = REPOSITORY / "docs" / "sql.md"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo sounds and a library of some of them, with two labels."""
    folder = make_scene(tmp_path_factory.mktemp("reference"))
    with sqlclap.open(folder / "sounds.db") as library:
        library.ingest([folder / "demo" / "sounds" / name for name in ("bass", "drums")])
        for name, anchors in (("one", [2, 3]), ("another", [4, 5])):
            library.labels.add(name)
            library.labels.add_anchors(name, anchors)
        answer_review(library, "another")
    return folder


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_examples_run(spec: Spec, scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene)
    bytes_of_a_sound = (scene / "demo" / "sounds" / "drums" / "bd_808.ogg").read_bytes()
    with sqlclap.open(scene / "sounds.db", mode="read") as library:
        register_functions(library.connection)
        values = {"bytes": bytes_of_a_sound} if ":bytes" in spec.example else {}
        rows = library.connection.execute(spec.example, values).fetchall()
    assert rows
    assert None not in rows[0]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_function_is_on_the_page(spec: Spec) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"### {spec.name}\n" in page
    assert spec.signature in page
    assert spec.example in page


def test_every_option_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for option in names_of("sql"):
        assert f"`{option}`" in page
